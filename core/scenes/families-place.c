/* What is at a place of the picture or beside a thing. */
#include "core/scenes/asker.h"
#include "core/scenes/words.h"

#include <math.h>

static PhPhrases nothing_phrases = { "nothing", NULL };

/* Answers "a red star", or "nothing" for -1. */
static void
answer_thing (PhAsker *asker, PhQuestion *question, int thing, uint32_t about)
{
  GString *text = g_string_new (NULL);

  if (thing < 0)
    g_string_append (text, nothing_phrases[0]);
  else
    ph_words_append_thing (text, &asker->scene->things[thing], false);
  ph_question_answer (question, text->str, about);
  question->answers = thing < 0 ? 0 : 1u << thing;
  g_string_free (text, TRUE);
}

/* -------- what is at a place -------- */

#define NOTHING_NEAR 6.0 /* units around a region that is called empty */

static PhPhrases region_phrases = {
  "What is $1?",
  "What is $1?",
  "What do you see $1?",
  "What can you see $1?",
  "Which thing is $1?",
  "What is $1 of the picture?",
  NULL,
};

#define CORNER(name)                                                                     \
  {                                                                                      \
    "at the " name, "at the " name, "in the " name, "in the " name " corner", NULL       \
  }

static const char *const places[PH_SCENE_N_REGIONS][5] = {
  CORNER ("top left"),
  { "at the top", NULL },
  CORNER ("top right"),
  { "on the left", "at the left", NULL },
  { "in the center", "at the center", "in the centre", "in the middle", NULL },
  { "on the right", "at the right", NULL },
  CORNER ("bottom left"),
  { "at the bottom", NULL },
  CORNER ("bottom right"),
};

static double
outside (double place, int cell)
{
  const double side = PH_SCENE_UNITS / 3;

  return MAX (cell * side - place, place - (cell + 1) * side);
}

/* Things whose centre is in the region or within @margin of it. */
static uint32_t
things_near (const PhScene *scene, int region, double margin)
{
  uint32_t set = 0;

  for (int i = 0; i < scene->n_things; i++)
    if (outside (scene->things[i].x, region % 3) < margin &&
        outside (scene->things[i].y, region / 3) < margin)
      set |= 1u << i;
  return set;
}

static int
choose_region (PhAsker *asker, bool empty)
{
  double weights[PH_SCENE_N_REGIONS];
  double total = 0;

  for (int r = 0; r < PH_SCENE_N_REGIONS; r++) {
    uint32_t set = things_near (asker->scene, r, empty ? NOTHING_NEAR : 0);

    weights[r] = __builtin_popcount (set) == (empty ? 0 : 1);
    total += weights[r];
  }
  return total > 0 ? ph_random_weighted (asker->random, weights, PH_SCENE_N_REGIONS) : -1;
}

static bool
ask_region (PhAsker *asker, PhQuestion *question)
{
  bool empty = ph_random_chance (asker->random, .2);
  int region = choose_region (asker, empty);
  uint32_t set;

  if (region < 0)
    return false;
  set = things_near (asker->scene, region, 0);
  ph_asker_say (asker, question, region_phrases, ph_asker_pick (asker, places[region]),
                NULL);
  answer_thing (asker, question, ph_asker_choose (asker, set), set);
  return true;
}

const PhFamily ph_family_region = {
  .name = "region",
  .n_asked = 2,
  .ask = ask_region,
  .phrases =
      (const char *const *const[]){ region_phrases, nothing_phrases, places[0], places[1],
                                    places[2], places[3], places[4], places[5], places[6],
                                    places[7], places[8], NULL },
};

/* -------- what is beside a thing -------- */

#define CLEARLY 10.0 /* units between two centres in the direction asked about */
#define PERHAPS 1.3  /* times the way across: more than this is another direction */

enum { NOTHING = -1, UNCLEAR = -2 };

static PhPhrases relation_phrases = {
  "What is $1 the $2?",          "What is $1 the $2?",
  "Which thing is $1 the $2?",   "What do you see $1 the $2?",
  "What can you see $1 the $2?", NULL,
};

typedef struct {
  int dx, dy; /* where it points */
  const char *const words[4];
} Direction;

static const Direction directions[] = {
  { -1, 0, { "left of", "to the left of", "on the left of", NULL } },
  { 1, 0, { "right of", "to the right of", "on the right of", NULL } },
  { 0, -1, { "above", "over", NULL } },
  { 0, 1, { "below", "under", NULL } },
};

#define N_DIRECTIONS ((int) G_N_ELEMENTS (directions))

/* The only thing that clearly lies there, nothing if none is on that side at all, and
 * unclear in between: two of them, or one that people might or might not count. */
static int
look (const PhScene *scene, int from, const Direction *direction)
{
  int found = NOTHING;

  for (int i = 0; i < scene->n_things; i++) {
    double dx = scene->things[i].x - scene->things[from].x;
    double dy = scene->things[i].y - scene->things[from].y;
    double along = dx * direction->dx + dy * direction->dy;
    double across = fabs (dx * direction->dy) + fabs (dy * direction->dx);

    if (i == from || along <= 0)
      continue;
    if (across > along * PERHAPS)
      found = found == NOTHING ? UNCLEAR : found;
    else if (found >= 0 || along < CLEARLY || across >= along)
      return UNCLEAR;
    else
      found = i;
  }
  return found;
}

typedef struct {
  int from, direction, found;
} Sight;

static int
collect_sights (PhAsker *asker, bool nothing, Sight *sights)
{
  uint32_t nameable = ph_asker_nameable (asker, PH_BY_KIND | PH_BY_BOTH);
  int n = 0;

  for (int i = 0; i < asker->scene->n_things; i++)
    for (int d = 0; d < N_DIRECTIONS; d++) {
      int found = look (asker->scene, i, &directions[d]);

      if ((nameable >> i & 1) != 0 && (nothing ? found == NOTHING : found >= 0))
        sights[n++] = (Sight){ i, d, found };
    }
  return n;
}

static bool
ask_relation (PhAsker *asker, PhQuestion *question)
{
  Sight sights[PH_SCENE_MAX_THINGS * N_DIRECTIONS];
  bool nothing = asker->scene->n_things > 1 && ph_random_chance (asker->random, .12);
  int n = collect_sights (asker, nothing, sights);
  g_autofree char *name = NULL;
  Sight sight;

  if (n == 0)
    return false;
  sight = sights[ph_random_below (asker->random, n)];
  name = ph_asker_dup_name (asker, sight.from, PH_BY_KIND | PH_BY_BOTH);
  ph_asker_say (asker, question, relation_phrases,
                ph_asker_pick (asker, directions[sight.direction].words), name);
  answer_thing (asker, question, sight.found, 1u << sight.from);
  return true;
}

const PhFamily ph_family_relation = {
  .name = "relation",
  .n_asked = 2,
  .ask = ask_relation,
  .phrases = (const char *const *const[]){ relation_phrases, directions[0].words,
                                           directions[1].words, directions[2].words,
                                           directions[3].words, NULL },
};
