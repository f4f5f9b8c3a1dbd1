/* Questions of yes and no about what is there, with near misses. */
#include "core/scenes/asker.h"
#include "core/scenes/words.h"

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
  return ph_random_chance (asker->random, near) ? own : ph_random_below (asker->random, n);
}

/* What is not there, and mostly nearly is: the kind of one thing and the colour of
 * another, or a kind that is there in a colour that is not. */
static PhSort
near_miss (PhAsker *asker)
{
  const PhThing *things = asker->scene->things;
  PhSort sort;

  do {
    int a = ph_random_below (asker->random, asker->scene->n_things);
    int b = ph_random_below (asker->random, asker->scene->n_things);

    sort.kind = near_or_far (asker, .75, things[a].kind, PH_N_KINDS);
    sort.color = near_or_far (asker, .75, things[b].color, PH_N_COLORS);
  } while (ph_asker_find (asker, sort.kind, sort.color) != 0);
  return sort;
}

static char *
dup_indefinite (PhAsker *asker, PhSort sort)
{
  const char *color =
      sort.color == PH_ANY ? NULL : ph_color_get_name ((PhColor) sort.color);
  const char *noun = sort.kind == PH_ANY ? ph_asker_thing_word (asker)
                                         : ph_asker_kind_word (asker, sort.kind);
  GString *text;

  if (sort.kind == PH_ANY && ph_random_chance (asker->random, .4))
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
closest_to (PhAsker *asker, PhSort sort)
{
  uint32_t same_kind = sort.kind == PH_ANY ? 0 : ph_asker_find (asker, sort.kind, PH_ANY);

  if (same_kind != 0 || sort.color == PH_ANY)
    return same_kind;
  return ph_asker_find (asker, PH_ANY, sort.color);
}

static void
ask_is_there (PhAsker *asker, PhQuestion *question, bool by_kind, bool by_color, bool yes)
{
  PhSort sort = yes                   ? ph_asker_present_sort (asker, by_kind, by_color)
                : by_kind && by_color ? near_miss (asker)
                                      : ph_asker_absent_sort (asker, by_kind, by_color);
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
  other = ph_random_below (asker->random, asker->scene->n_things);
  while (!yes && color == (int) things[i].color)
    color = near_or_far (asker, .5, things[other].color, PH_N_COLORS);

  name = ph_asker_dup_name (asker, i, PH_BY_KIND);
  ph_asker_say (asker, question, is_it_phrases, name,
                ph_color_get_name ((PhColor) color));
  ph_question_answer (question, yes ? "yes" : "no", 1u << i);
  return true;
}

static bool
ask_yes_no (PhAsker *asker, PhQuestion *question)
{
  static const double shares[] = { .5, .15, .15, .2 };
  int sort = ph_random_weighted (asker->random, shares, G_N_ELEMENTS (shares));
  bool yes = ph_random_chance (asker->random, .5);

  if (sort == 3)
    return ask_is_it (asker, question, yes);
  ask_is_there (asker, question, sort != 2, sort != 1, yes);
  return true;
}

static PhPhrases yes_no = { "yes", "no", NULL };

const PhFamily ph_family_yes_no = {
  .name = "yes_no",
  .n_asked = 3,
  .ask = ask_yes_no,
  .phrases = (const char *const *const[]){ is_there_phrases, is_it_phrases, any_phrases,
                                           yes_no, NULL },
};
