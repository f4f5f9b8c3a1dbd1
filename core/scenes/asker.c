#include "core/scenes/asker.h"

#include "core/scenes/shapes.h"
#include "core/scenes/words.h"

const char *const ph_count_words[PH_SCENE_MAX_THINGS + 2] = {
  "zero", "one", "two", "three", "four", "five", NULL,
};

uint32_t
ph_asker_find (PhAsker *self, int kind, int color)
{
  uint32_t found = 0;

  for (int i = 0; i < self->scene->n_things; i++) {
    const PhThing *thing = &self->scene->things[i];

    if ((kind == PH_ANY || (int) thing->kind == kind) &&
        (color == PH_ANY || (int) thing->color == color))
      found |= 1u << i;
  }
  return found;
}

int
ph_asker_choose (PhAsker *self, uint32_t set)
{
  double weights[PH_SCENE_MAX_THINGS];

  if (set == 0)
    return -1;
  for (int i = 0; i < PH_SCENE_MAX_THINGS; i++)
    weights[i] = set >> i & 1;
  return ph_random_weighted (self->random, weights, PH_SCENE_MAX_THINGS);
}

PhSort
ph_asker_present_sort (PhAsker *self, bool by_kind, bool by_color)
{
  double weights[PH_SCENE_MAX_THINGS];
  PhSort sorts[PH_SCENE_MAX_THINGS];

  for (int i = 0; i < self->scene->n_things; i++) {
    const PhThing *thing = &self->scene->things[i];
    int n;

    sorts[i] = (PhSort){ by_kind ? (int) thing->kind : PH_ANY,
                         by_color ? (int) thing->color : PH_ANY };
    n = __builtin_popcount (ph_asker_find (self, sorts[i].kind, sorts[i].color));
    weights[i] = n * n;
  }
  return sorts[ph_random_weighted (self->random, weights, self->scene->n_things)];
}

PhSort
ph_asker_absent_sort (PhAsker *self, bool by_kind, bool by_color)
{
  PhSort sort;

  do {
    sort.kind = by_kind ? ph_random_below (self->random, PH_N_KINDS) : PH_ANY;
    sort.color = by_color ? ph_random_below (self->random, PH_N_COLORS) : PH_ANY;
  } while (ph_asker_find (self, sort.kind, sort.color) != 0);
  return sort;
}

static int
ways_to_name (PhAsker *self, int i)
{
  const PhThing *thing = &self->scene->things[i];
  uint32_t only = 1u << i;
  int ways = 0;

  if (ph_asker_find (self, thing->kind, PH_ANY) == only)
    ways |= PH_BY_KIND;
  if (ph_asker_find (self, thing->kind, thing->color) == only)
    ways |= PH_BY_BOTH;
  if (ph_asker_find (self, PH_ANY, thing->color) == only)
    ways |= PH_BY_COLOR;
  return ways;
}

uint32_t
ph_asker_nameable (PhAsker *self, int ways)
{
  uint32_t set = 0;

  for (int i = 0; i < self->scene->n_things; i++)
    if ((ways_to_name (self, i) & ways) != 0)
      set |= 1u << i;
  return set;
}

char *
ph_asker_dup_name (PhAsker *self, int thing, int ways)
{
  const PhThing *named = &self->scene->things[thing];
  const char *color = ph_color_get_name (named->color);
  int possible = ways_to_name (self, thing) & ways;
  const double weights[] = { possible & PH_BY_KIND ? 2 : 0, possible & PH_BY_BOTH ? 1 : 0,
                             possible & PH_BY_COLOR ? .4 : 0 };

  switch (ph_random_weighted (self->random, weights, G_N_ELEMENTS (weights))) {
  case 0:
    return g_strdup (ph_asker_kind_word (self, named->kind));
  case 1:
    return g_strdup_printf ("%s %s", color, ph_asker_kind_word (self, named->kind));
  default:
    return g_strdup_printf ("%s %s", color, ph_asker_thing_word (self));
  }
}

const char *
ph_asker_kind_word (PhAsker *self, int kind)
{
  if (kind == PH_KIND_DIGIT && ph_random_chance (self->random, .4))
    return "digit";
  return ph_shape_get ((PhKind) kind)->word;
}

const char *
ph_asker_plural_word (PhAsker *self, int kind)
{
  if (kind == PH_KIND_DIGIT && ph_random_chance (self->random, .4))
    return "digits";
  return ph_shape_get ((PhKind) kind)->plural;
}

const char *
ph_asker_thing_word (PhAsker *self)
{
  return ph_random_chance (self->random, .7) ? "thing" : "object";
}

const char *
ph_asker_pick (PhAsker *self, const char *const *phrases)
{
  int n = 0;

  while (phrases[n] != NULL)
    n++;
  return phrases[ph_random_below (self->random, n)];
}

void
ph_asker_say (PhAsker *self,
              PhQuestion *question,
              const char *const *phrases,
              const char *first,
              const char *second)
{
  question->text = ph_words_fill (ph_asker_pick (self, phrases), first, second);
}

void
ph_question_answer (PhQuestion *question, const char *answer, uint32_t about)
{
  question->answer = g_strdup (answer);
  question->about = about;
  question->answers = about;
}
