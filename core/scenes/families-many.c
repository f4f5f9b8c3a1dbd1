/* Questions about all things or about some of them. */
#include "core/scenes/asker.h"
#include "core/scenes/words.h"

static uint32_t
everything (PhAsker *asker)
{
  return ph_asker_find (asker, PH_ANY, PH_ANY);
}

static int
size_of (uint32_t set)
{
  return __builtin_popcount (set);
}

static PhPhrases count_phrases = {
  "How many things are there?",
  "How many things do you see?",
  "How many things can you see?",
  "How many things are in the picture?",
  "How many objects are there?",
  "How many objects can you see?",
  "How many objects are in the picture?",
  "How many shapes are there?",
  "Count the things.",
  NULL,
};

static bool
ask_count (PhAsker *asker, PhQuestion *question)
{
  ph_asker_say (asker, question, count_phrases, NULL, NULL);
  ph_question_answer (question, ph_count_words[asker->scene->n_things], everything (asker));
  return true;
}

const PhFamily ph_family_count = {
  "count", 1, ask_count, (const char *const *const[]){ count_phrases, ph_count_words, NULL },
};

/* -------- how many of a kind, of a colour, or of both -------- */

typedef struct {
  int kind;  /* or PH_ANY */
  int color; /* or PH_ANY */
} Sort;

static PhPhrases count_some_phrases = {
  "How many $1 are there?",
  "How many $1 are there?",
  "How many $1 do you see?",
  "How many $1 can you see?",
  "How many $1 are in the picture?",
  NULL,
};
static PhPhrases plural_things = { "things", "things", "objects", NULL };

/* Things of larger sorts are likelier, or nearly every answer would be "one". */
static Sort
sort_of_some_thing (PhAsker *asker, bool by_kind, bool by_color)
{
  double weights[PH_SCENE_MAX_THINGS];
  Sort sorts[PH_SCENE_MAX_THINGS];

  for (int i = 0; i < asker->scene->n_things; i++) {
    const PhThing *thing = &asker->scene->things[i];
    int n;

    sorts[i] = (Sort){ by_kind ? (int) thing->kind : PH_ANY,
                       by_color ? (int) thing->color : PH_ANY };
    n = size_of (ph_asker_find (asker, sorts[i].kind, sorts[i].color));
    weights[i] = n * n;
  }
  return sorts[ph_dice_weighted (asker->dice, weights, asker->scene->n_things)];
}

static Sort
absent_sort (PhAsker *asker, bool by_kind, bool by_color)
{
  Sort sort;

  do {
    sort.kind = by_kind ? ph_dice_below (asker->dice, PH_N_KINDS) : PH_ANY;
    sort.color = by_color ? ph_dice_below (asker->dice, PH_N_COLORS) : PH_ANY;
  } while (ph_asker_find (asker, sort.kind, sort.color) != 0);
  return sort;
}

static char *
dup_plural (PhAsker *asker, Sort sort)
{
  const char *noun = sort.kind == PH_ANY ? ph_asker_pick (asker, plural_things)
                                         : ph_asker_plural_word (asker, sort.kind);

  if (sort.color == PH_ANY)
    return g_strdup (noun);
  return g_strdup_printf ("%s %s", ph_color_get_name ((PhColor) sort.color), noun);
}

static bool
ask_count_some (PhAsker *asker, PhQuestion *question)
{
  static const double shares[] = { .45, .45, .1 };
  int by = ph_dice_weighted (asker->dice, shares, G_N_ELEMENTS (shares));
  bool by_kind = by != 1, by_color = by != 0;
  Sort sort = ph_dice_chance (asker->dice, .25)
                ? absent_sort (asker, by_kind, by_color)
                : sort_of_some_thing (asker, by_kind, by_color);
  uint32_t found = ph_asker_find (asker, sort.kind, sort.color);
  g_autofree char *plural = dup_plural (asker, sort);

  ph_asker_say (asker, question, count_some_phrases, plural, NULL);
  ph_question_answer (question, ph_count_words[size_of (found)], found);
  return true;
}

const PhFamily ph_family_count_some = {
  "count_some", 2, ask_count_some,
  (const char *const *const[]){ count_some_phrases, plural_things, NULL },
};

/* -------- yes or no -------- */

static PhPhrases is_there_phrases = {
  "Is there $1?",
  "Is there $1?",
  "Is there $1 in the picture?",
  "Do you see $1?",
  "Can you see $1?",
  "Does the picture show $1?",
  NULL,
};
static PhPhrases is_it_phrases = { "Is the $1 $2?", "Does the $1 look $2?", NULL };
static PhPhrases any_phrases = { "anything", "something", NULL };

/* One of a thing's own values, or any of the @n. */
static int
near_or_far (PhAsker *asker, double near, int own, int n)
{
  return ph_dice_chance (asker->dice, near) ? own : ph_dice_below (asker->dice, n);
}

/* What is not there, and mostly nearly is: the kind of one thing and the colour of
 * another, or a kind that is there in a colour that is not. */
static Sort
near_miss (PhAsker *asker)
{
  const PhThing *things = asker->scene->things;
  Sort sort;

  do {
    int a = ph_dice_below (asker->dice, asker->scene->n_things);
    int b = ph_dice_below (asker->dice, asker->scene->n_things);

    sort.kind = near_or_far (asker, .75, things[a].kind, PH_N_KINDS);
    sort.color = near_or_far (asker, .75, things[b].color, PH_N_COLORS);
  } while (ph_asker_find (asker, sort.kind, sort.color) != 0);
  return sort;
}

static char *
dup_indefinite (PhAsker *asker, Sort sort)
{
  const char *color = sort.color == PH_ANY ? NULL : ph_color_get_name ((PhColor) sort.color);
  const char *noun = sort.kind == PH_ANY ? ph_asker_thing_word (asker)
                                         : ph_asker_kind_word (asker, sort.kind);
  GString *text;

  if (sort.kind == PH_ANY && ph_dice_chance (asker->dice, .4))
    return g_strdup_printf ("%s %s", ph_asker_pick (asker, any_phrases), color);

  text = g_string_new (NULL);
  ph_words_append_article (text, color != NULL ? color : noun);
  if (color != NULL)
    g_string_append_printf (text, "%s ", color);
  g_string_append (text, noun);
  return g_string_free (text, FALSE);
}

/* What the question makes one look at when there is none: the same kind in another
 * colour, or else the same colour. */
static uint32_t
closest_to (PhAsker *asker, Sort sort)
{
  uint32_t same_kind = sort.kind == PH_ANY ? 0 : ph_asker_find (asker, sort.kind, PH_ANY);

  if (same_kind != 0 || sort.color == PH_ANY)
    return same_kind;
  return ph_asker_find (asker, PH_ANY, sort.color);
}

static void
ask_is_there (PhAsker *asker, PhQuestion *question, bool by_kind, bool by_color, bool yes)
{
  Sort sort = yes                   ? sort_of_some_thing (asker, by_kind, by_color)
              : by_kind && by_color ? near_miss (asker)
                                    : absent_sort (asker, by_kind, by_color);
  uint32_t found = ph_asker_find (asker, sort.kind, sort.color);
  g_autofree char *name = dup_indefinite (asker, sort);

  ph_asker_say (asker, question, is_there_phrases, name, NULL);
  ph_question_answer (question, yes ? "yes" : "no",
                      yes ? found : closest_to (asker, sort));
  question->answers = found;
}

static bool
ask_is_it (PhAsker *asker, PhQuestion *question, bool yes)
{
  const PhThing *things = asker->scene->things;
  int i = ph_asker_choose (asker, ph_asker_nameable (asker, PH_BY_KIND));
  int color, other;
  g_autofree char *name = NULL;

  if (i < 0)
    return false;
  color = things[i].color;
  other = ph_dice_below (asker->dice, asker->scene->n_things);
  while (!yes && color == (int) things[i].color)
    color = near_or_far (asker, .5, things[other].color, PH_N_COLORS);

  name = ph_asker_dup_name (asker, i, PH_BY_KIND);
  ph_asker_say (asker, question, is_it_phrases, name, ph_color_get_name ((PhColor) color));
  ph_question_answer (question, yes ? "yes" : "no", 1u << i);
  return true;
}

static bool
ask_yes_no (PhAsker *asker, PhQuestion *question)
{
  static const double shares[] = { .5, .15, .15, .2 };
  int sort = ph_dice_weighted (asker->dice, shares, G_N_ELEMENTS (shares));
  bool yes = ph_dice_chance (asker->dice, .5);

  if (sort == 3)
    return ask_is_it (asker, question, yes);
  ask_is_there (asker, question, sort != 2, sort != 1, yes);
  return true;
}

static PhPhrases yes_no = { "yes", "no", NULL };

const PhFamily ph_family_yes_no = {
  "yes_no", 3, ask_yes_no,
  (const char *const *const[]){ is_there_phrases, is_it_phrases, any_phrases, yes_no, NULL },
};

/* -------- everything -------- */

static bool
reads_before (const PhThing *a, const PhThing *b)
{
  int region_a = ph_thing_get_region (a), region_b = ph_thing_get_region (b);

  return region_a != region_b ? region_a < region_b : a->x < b->x;
}

static void
reading_order (const PhScene *scene, int *order)
{
  for (int i = 0; i < scene->n_things; i++) {
    int j = i;

    for (; j > 0 && reads_before (&scene->things[i], &scene->things[order[j - 1]]); j--)
      order[j] = order[j - 1];
    order[j] = i;
  }
}

static void
answer_with_all (PhAsker *asker, PhQuestion *question, bool described)
{
  const PhScene *scene = asker->scene;
  GString *text = g_string_new (NULL);
  int order[PH_SCENE_MAX_THINGS];

  reading_order (scene, order);
  for (int i = 0; i < scene->n_things; i++) {
    const PhThing *thing = &scene->things[order[i]];

    ph_words_append_joint (text, i, scene->n_things);
    ph_words_append_thing (text, thing, described);
    if (described)
      g_string_append_printf (text, " at the %s",
                              ph_region_get_name (ph_thing_get_region (thing)));
  }
  ph_question_answer (question, text->str, everything (asker));
  g_string_free (text, TRUE);
}

static PhPhrases list_phrases = {
  "What do you see?",      "What can you see?",       "What is in the picture?",
  "What is there to see?", "Which things are there?", "Which objects are in the picture?",
  "List the things.",      "List the objects.",       "Name the things in the picture.",
  NULL,
};

static bool
ask_list (PhAsker *asker, PhQuestion *question)
{
  ph_asker_say (asker, question, list_phrases, NULL, NULL);
  answer_with_all (asker, question, false);
  return true;
}

const PhFamily ph_family_list = {
  "list", 1, ask_list, (const char *const *const[]){ list_phrases, NULL },
};

static PhPhrases describe_phrases = {
  "Describe the picture.", "Describe the picture.",       "Describe what you see.",
  "Describe this picture.", "What does the picture show?", "Describe the scene.",
  NULL,
};

static bool
ask_describe (PhAsker *asker, PhQuestion *question)
{
  ph_asker_say (asker, question, describe_phrases, NULL, NULL);
  answer_with_all (asker, question, true);
  return true;
}

const PhFamily ph_family_describe = {
  "describe", 1, ask_describe, (const char *const *const[]){ describe_phrases, NULL },
};
