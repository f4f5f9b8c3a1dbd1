#include "core/scenes/questions.h"

#include "core/scenes/asker.h"
#include "core/scenes/shapes.h"
#include "core/scenes/words.h"

#include <stdlib.h>
#include <string.h>

static const PhFamily *const families[] = {
  &ph_family_color,  &ph_family_kind,       &ph_family_count,  &ph_family_count_some,
  &ph_family_yes_no, &ph_family_where,      &ph_family_region, &ph_family_relation,
  &ph_family_bigger, &ph_family_same_color, &ph_family_digit,  &ph_family_size,
  &ph_family_list,   &ph_family_describe,
};

#define N_FAMILIES ((int) G_N_ELEMENTS (families))

static const char *const digit_words[] = {
  "0", "1", "2", "3", "4", "5", "6", "7", "8", "9",
};

/* Words of names and joints that stand in no list of phrases. */
static const char *const other_words = "a an and at the thing object digit digits , .";

void
ph_question_free (PhQuestion *self)
{
  g_free (self->text);
  g_free (self->answer);
  g_free (self);
}

int
ph_question_get_n_families (void)
{
  return N_FAMILIES;
}

const char *
ph_question_get_family_name (int family)
{
  g_assert (family >= 0 && family < N_FAMILIES);

  return families[family]->name;
}

PhQuestion *
ph_question_ask (const PhScene *scene, int family, PhRandom *random)
{
  PhAsker asker = { scene, random };
  PhQuestion question = { .family = family };

  g_assert (family >= 0 && family < N_FAMILIES);

  if (!families[family]->ask (&asker, &question))
    return NULL;
  return g_memdup2 (&question, sizeof question);
}

static bool
is_asked (GPtrArray *questions, const char *text)
{
  for (guint i = 0; i < questions->len; i++) {
    PhQuestion *other = g_ptr_array_index (questions, i);

    if (g_str_equal (other->text, text))
      return true;
  }
  return false;
}

GPtrArray *
ph_questions_of (const PhScene *scene, PhRandom *random)
{
  GPtrArray *questions =
      g_ptr_array_new_with_free_func ((GDestroyNotify) ph_question_free);

  for (int family = 0; family < N_FAMILIES; family++)
    for (int i = 0; i < families[family]->n_asked; i++) {
      PhQuestion *question = ph_question_ask (scene, family, random);

      if (question == NULL)
        continue;
      if (is_asked (questions, question->text))
        ph_question_free (question);
      else
        g_ptr_array_add (questions, question);
    }
  return questions;
}

void
ph_thing_get_words (const PhThing *thing, PhThingWords *words)
{
  words->size = ph_size_get_name (thing->size);
  words->color = ph_color_get_name (thing->color);
  words->kind = ph_shape_get (thing->kind)->word;
  words->digit = thing->digit >= 0 ? digit_words[thing->digit] : NULL;
  words->region = ph_region_get_name (ph_thing_get_region (thing));
}

/* -------- vocabulary -------- */

static void
collect_phrases (GHashTable *words, const PhFamily *family)
{
  for (int list = 0; family->phrases[list] != NULL; list++)
    for (int i = 0; family->phrases[list][i] != NULL; i++) {
      g_autofree char *bare = ph_words_fill (family->phrases[list][i], "", "");

      ph_words_collect (words, bare);
    }
}

static void
collect_names (GHashTable *words)
{
  for (int i = 0; i < PH_N_KINDS; i++) {
    ph_words_collect (words, ph_shape_get ((PhKind) i)->word);
    ph_words_collect (words, ph_shape_get ((PhKind) i)->plural);
  }
  for (int i = 0; i < PH_N_COLORS; i++)
    ph_words_collect (words, ph_color_get_name ((PhColor) i));
  for (int i = 0; i < PH_N_SIZES; i++)
    ph_words_collect (words, ph_size_get_name ((PhSize) i));
  for (int i = 0; i < PH_SCENE_N_REGIONS; i++)
    ph_words_collect (words, ph_region_get_name (i));
  for (guint i = 0; i < G_N_ELEMENTS (digit_words); i++)
    ph_words_collect (words, digit_words[i]);
}

static int
compare_words (const void *a, const void *b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

char **
ph_scene_dup_vocabulary (void)
{
  g_autoptr (GHashTable) set =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autofree char **borrowed = NULL;
  char **words;
  guint n;

  for (int family = 0; family < N_FAMILIES; family++)
    collect_phrases (set, families[family]);
  collect_names (set);
  ph_words_collect (set, other_words);

  borrowed = (char **) g_hash_table_get_keys_as_array (set, &n);
  words = g_strdupv (borrowed);
  qsort (words, n, sizeof *words, compare_words);
  return words;
}
