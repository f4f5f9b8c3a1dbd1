/* Two things held against each other. */
#include "core/scenes/asker.h"

typedef bool (*PairTest) (const PhThing *a, const PhThing *b);

static bool
differ_in_size (const PhThing *a, const PhThing *b)
{
  return a->size != b->size;
}

static bool
share_color (const PhThing *a, const PhThing *b)
{
  return a->color == b->color;
}

static bool
differ_in_color (const PhThing *a, const PhThing *b)
{
  return a->color != b->color;
}

/* Two different things of the set that pass the test, in either order. */
static bool
choose_pair (PhAsker *asker, uint32_t set, PairTest test, int pair[2])
{
  int pairs[PH_SCENE_MAX_THINGS * PH_SCENE_MAX_THINGS][2];
  int n = 0, chosen;

  for (int a = 0; a < asker->scene->n_things; a++)
    for (int b = 0; b < asker->scene->n_things; b++)
      if (a != b && (set >> a & set >> b & 1) != 0 &&
          test (&asker->scene->things[a], &asker->scene->things[b])) {
        pairs[n][0] = a;
        pairs[n++][1] = b;
      }
  if (n == 0)
    return false;
  chosen = ph_random_below (asker->random, n);
  pair[0] = pairs[chosen][0];
  pair[1] = pairs[chosen][1];
  return true;
}

static PhPhrases bigger_phrases = {
  "Which is bigger, the $1 or the $2?",
  "Which is larger, the $1 or the $2?",
  "What is bigger, the $1 or the $2?",
  "Is the $1 or the $2 bigger?",
  NULL,
};
static PhPhrases smaller_phrases = {
  "Which is smaller, the $1 or the $2?",
  "What is smaller, the $1 or the $2?",
  "Is the $1 or the $2 smaller?",
  NULL,
};

/* Says the phrase with both names; returns the name of @pair[which]. */
static char *
say_pair (PhAsker *asker,
          PhQuestion *question,
          const char *const *phrases,
          const int pair[2],
          int ways,
          int which)
{
  g_autofree char *first = ph_asker_dup_name (asker, pair[0], ways);
  g_autofree char *second = ph_asker_dup_name (asker, pair[1], ways);

  ph_asker_say (asker, question, phrases, first, second);
  return which == 0 ? g_steal_pointer (&first) : g_steal_pointer (&second);
}

static bool
ask_bigger (PhAsker *asker, PhQuestion *question)
{
  const PhThing *things = asker->scene->things;
  int ways = ph_random_chance (asker->random, .7) ? PH_BY_KIND : PH_BY_BOTH;
  bool smaller = ph_random_chance (asker->random, .3);
  g_autofree char *name = NULL, *answer = NULL;
  int pair[2], which;

  if (!choose_pair (asker, ph_asker_nameable (asker, ways), differ_in_size, pair))
    return false;
  which = (things[pair[0]].size > things[pair[1]].size) != smaller ? 0 : 1;
  name = say_pair (asker, question, smaller ? smaller_phrases : bigger_phrases, pair,
                   ways, which);
  answer = g_strconcat ("the ", name, NULL);
  ph_question_answer (question, answer, 1u << pair[0] | 1u << pair[1]);
  question->answers = 1u << pair[which];
  return true;
}

const PhFamily ph_family_bigger = {
  .name = "bigger",
  .n_asked = 2,
  .ask = ask_bigger,
  .phrases = (const char *const *const[]){ bigger_phrases, smaller_phrases, NULL },
};

static PhPhrases same_color_phrases = {
  "Are the $1 and the $2 the same color?",
  "Are the $1 and the $2 the same colour?",
  "Do the $1 and the $2 have the same color?",
  "Do the $1 and the $2 have the same colour?",
  "Is the $1 the same color as the $2?",
  "Does the $1 have the same color as the $2?",
  NULL,
};

/* Fewer scenes have two of a colour than have none, so a part of the latter is spared,
 * and the former mostly say yes: half of the answers each way. */
#define SPARED .37
#define SAY_YES .8

static bool
ask_same_color (PhAsker *asker, PhQuestion *question)
{
  uint32_t nameable = ph_asker_nameable (asker, PH_BY_KIND);
  int pair[2];
  bool same = choose_pair (asker, nameable, share_color, pair);
  g_autofree char *name = NULL;

  if (same)
    same = ph_random_chance (asker->random, SAY_YES);
  else if (ph_random_chance (asker->random, SPARED))
    return false;
  if (!same && !choose_pair (asker, nameable, differ_in_color, pair))
    return false;

  name = say_pair (asker, question, same_color_phrases, pair, PH_BY_KIND, 0);
  ph_question_answer (question, same ? "yes" : "no", 1u << pair[0] | 1u << pair[1]);
  return true;
}

const PhFamily ph_family_same_color = {
  .name = "same_color",
  .n_asked = 2,
  .ask = ask_same_color,
  .phrases = (const char *const *const[]){ same_color_phrases, NULL },
};
