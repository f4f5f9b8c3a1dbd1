/* How many: of everything, of a kind, of a colour, or of both. */
#include "core/scenes/asker.h"

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
  ph_question_answer (question, ph_count_words[asker->scene->n_things],
                      ph_asker_find (asker, PH_ANY, PH_ANY));
  return true;
}

const PhFamily ph_family_count = {
  .name = "count",
  .n_asked = 1,
  .ask = ask_count,
  .phrases = (const char *const *const[]){ count_phrases, ph_count_words, NULL },
};

static PhPhrases count_some_phrases = {
  "How many $1 are there?",          "How many $1 are there?",
  "How many $1 do you see?",         "How many $1 can you see?",
  "How many $1 are in the picture?", NULL,
};
static PhPhrases plural_things = { "things", "things", "objects", NULL };

static char *
dup_plural (PhAsker *asker, PhSort sort)
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
  int by = ph_random_weighted (asker->random, shares, G_N_ELEMENTS (shares));
  bool by_kind = by != 1, by_color = by != 0;
  PhSort sort = ph_random_chance (asker->random, .25)
                    ? ph_asker_absent_sort (asker, by_kind, by_color)
                    : ph_asker_present_sort (asker, by_kind, by_color);
  uint32_t found = ph_asker_find (asker, sort.kind, sort.color);
  g_autofree char *plural = dup_plural (asker, sort);

  ph_asker_say (asker, question, count_some_phrases, plural, NULL);
  ph_question_answer (question, ph_count_words[__builtin_popcount (found)], found);
  return true;
}

const PhFamily ph_family_count_some = {
  .name = "count_some",
  .n_asked = 2,
  .ask = ask_count_some,
  .phrases = (const char *const *const[]){ count_some_phrases, plural_things, NULL },
};
