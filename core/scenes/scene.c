#include "core/scenes/scene.h"

#include "core/scenes/shapes.h"

#include <glib.h>

/* Each purpose has random of its own, so that a change in one leaves the others alone. */
enum { STREAM_LAYOUT = 1, STREAM_GROUND, STREAM_LOOKS, STREAM_OUTLINES };

#define HELD_OUT_BIT (UINT64_C (1) << 63)

#define EDGE_GAP 2.0      /* from the picture's edge, units */
#define BORDER_GAP 2.5    /* of a centre from a region's border */
#define THING_GAP 4.5     /* between two things: room for the outlines of both */
#define STANDS_OUT .1     /* squared distance of colours, of at most 3 */
#define DIGIT_OUTLINE .12 /* of its radius at most: a thick pen would close a small 8 */
#define TRIES_TO_PLACE 60
#define TRIES_TO_LAY_OUT 40

const PhSceneOptions ph_scene_options_default = { .65, PH_SCENE_MAX_THINGS, .25 };

static const double count_weights[PH_SCENE_MAX_THINGS] = { .16, .2, .22, .21, .21 };

static const struct {
  const char *name;
  double weight, low, high; /* half-sides, units */
} sizes[PH_N_SIZES] = {
  { "small", .34, 8, 10 },
  { "medium", .4, 13, 16 },
  { "large", .26, 21, 25 },
};

/* A colour is any shade between two. */
static const struct {
  const char *name;
  double weight; /* more for those that many grounds rule out */
  PhRgb from, to;
} colors[PH_N_COLORS] = {
  { "red", 1, { 1, 0, 0 }, { .8, .12, .14 } },
  { "orange", 1, { 1, .65, 0 }, { .95, .45, .05 } },
  { "yellow", 1, { 1, 1, 0 }, { .96, .82, .12 } },
  { "green", 1, { 0, .48, .05 }, { .2, .78, .3 } },
  { "blue", 1, { 0, .05, 1 }, { .2, .42, .88 } },
  { "purple", 1, { .48, 0, .5 }, { .6, .25, .78 } },
  { "pink", 1.5, { 1, .42, .7 }, { 1, .74, .8 } },
  { "black", 1, { 0, 0, 0 }, { .13, .13, .14 } },
  { "white", 2.2, { 1, 1, 1 }, { .95, .95, .95 } },
};

static const char *const region_names[PH_SCENE_N_REGIONS] = {
  "top left", "top",         "top right", "left",         "center",
  "right",    "bottom left", "bottom",    "bottom right",
};

static PhRgb
blend (PhRgb a, PhRgb b, double share)
{
  return (PhRgb){ a.red + (b.red - a.red) * share, a.green + (b.green - a.green) * share,
                  a.blue + (b.blue - a.blue) * share };
}

static double
distance2 (PhRgb a, PhRgb b)
{
  double red = a.red - b.red, green = a.green - b.green, blue = a.blue - b.blue;

  return red * red + green * green + blue * blue;
}

/* All three channels moved by up to @spread, each on its own, and kept light. */
static PhRgb
light_near (PhRandom *random, PhRgb center, double spread)
{
  return (PhRgb){
    CLAMP (center.red + ph_random_between (random, -spread, spread), .55, 1),
    CLAMP (center.green + ph_random_between (random, -spread, spread), .55, 1),
    CLAMP (center.blue + ph_random_between (random, -spread, spread), .55, 1),
  };
}

static void
draw_ground (PhGround *ground, uint64_t seed)
{
  static const double weights[PH_N_GROUNDS] = { .35, .3, .2, .15 };
  PhRandom random;
  double grey;

  ph_random_start (&random, seed, STREAM_GROUND);
  ground->kind = (PhGroundKind) ph_random_weighted (&random, weights, PH_N_GROUNDS);
  grey = ph_random_chance (&random, .5) ? ph_random_between (&random, .62, .78)
                                    : ph_random_between (&random, .78, 1);
  ground->first = light_near (&random, (PhRgb){ grey, grey, grey },
                              ph_random_chance (&random, .3) ? .01 : .13);
  ground->second = ground->first;
  if (ground->kind == PH_GROUND_GRADED)
    ground->second = light_near (&random, ground->first, .18);
  else if (ground->kind == PH_GROUND_STRIPED)
    ground->second = light_near (&random, ground->first, .12);
  ground->angle = ph_random_between (&random, 0, 2 * G_PI);
  ground->stripe = ph_random_between (&random, 4, 12);
  ground->grain =
      ground->kind == PH_GROUND_NOISY ? ph_random_between (&random, .025, .055) : 0;
}

static bool
stands_out (const PhGround *ground, PhRgb rgb)
{
  return distance2 (rgb, ground->first) > STANDS_OUT &&
         distance2 (rgb, ground->second) > STANDS_OUT;
}

/* The colour of an earlier thing now and then; else whichever has a shade that stands
 * out. */
static void
choose_color (PhScene *scene, PhThing *thing, int n_before, PhRandom *random)
{
  bool repeat = n_before > 0 && ph_random_chance (random, .14);
  double weights[PH_N_COLORS];

  for (int i = 0; i < PH_N_COLORS; i++)
    weights[i] = colors[i].weight;
  do {
    thing->color = repeat ? scene->things[ph_random_below (random, n_before)].color
                          : (PhColor) ph_random_weighted (random, weights, PH_N_COLORS);
    thing->rgb =
        blend (colors[thing->color].from, colors[thing->color].to, ph_random_unit (random));
  } while (!stands_out (&scene->ground, thing->rgb));
}

/* One digit a scene at most: "which digit is written?" has one answer. */
static void
choose_kind (PhScene *scene, PhThing *thing, int n_before, double digits, PhRandom *random)
{
  bool has_digit = false;
  bool wants_digit = ph_random_chance (random, digits);

  for (int i = 0; i < n_before; i++)
    has_digit |= scene->things[i].kind == PH_KIND_DIGIT;

  thing->kind = (PhKind) ph_random_below (random, PH_KIND_DIGIT);
  if (n_before > 0 && ph_random_chance (random, .28)) {
    PhKind earlier = scene->things[ph_random_below (random, n_before)].kind;

    if (earlier != PH_KIND_DIGIT)
      thing->kind = earlier;
  } else if (wants_digit && !has_digit) {
    thing->kind = PH_KIND_DIGIT;
  }
  thing->digit = ph_random_below (random, 10);
  if (thing->kind != PH_KIND_DIGIT)
    thing->digit = -1;
}

static bool
near_border (double place)
{
  return ABS (place - PH_SCENE_UNITS / 3) < BORDER_GAP ||
         ABS (place - PH_SCENE_UNITS * 2 / 3) < BORDER_GAP;
}

static bool
apart (const PhThing *a, const PhThing *b)
{
  double dx = a->x - b->x, dy = a->y - b->y;
  double reach = ph_shape_get (a->kind)->reach * a->radius +
                 ph_shape_get (b->kind)->reach * b->radius + THING_GAP;

  return dx * dx + dy * dy > reach * reach;
}

static bool
fits (const PhScene *scene, const PhThing *thing, int n_before)
{
  if (near_border (thing->x) || near_border (thing->y))
    return false;
  for (int i = 0; i < n_before; i++)
    if (!apart (thing, &scene->things[i]))
      return false;
  return true;
}

static bool
place (PhScene *scene, PhThing *thing, int n_before, PhRandom *random)
{
  for (int try = 0; try < TRIES_TO_PLACE; try++) {
    double edge = thing->radius + EDGE_GAP;

    thing->x = ph_random_between (random, edge, PH_SCENE_UNITS - edge);
    thing->y = ph_random_between (random, edge, PH_SCENE_UNITS - edge);
    if (fits (scene, thing, n_before))
      return true;
  }
  return false;
}

static void
choose_sizes (PhScene *scene, PhRandom *random)
{
  double weights[PH_N_SIZES];

  for (int i = 0; i < PH_N_SIZES; i++)
    weights[i] = sizes[i].weight;
  for (int i = 0; i < scene->n_things; i++) {
    PhThing *thing = &scene->things[i];

    thing->size = (PhSize) ph_random_weighted (random, weights, PH_N_SIZES);
    thing->radius =
        ph_random_between (random, sizes[thing->size].low, sizes[thing->size].high);
  }
}

/* The order of the things is the order of placing: the largest come first, while there
 * is room. */
static void
sort_by_radius (PhScene *scene)
{
  for (int i = 1; i < scene->n_things; i++)
    for (int j = i; j > 0 && scene->things[j].radius > scene->things[j - 1].radius; j--) {
      PhThing smaller = scene->things[j - 1];

      scene->things[j - 1] = scene->things[j];
      scene->things[j] = smaller;
    }
}

static bool
place_all (PhScene *scene, PhRandom *random)
{
  for (int i = 0; i < scene->n_things; i++)
    if (!place (scene, &scene->things[i], i, random))
      return false;
  return true;
}

/* A crowd that finds no room keeps its number, and so the counts their weights; in the
 * end its sizes give way. */
static void
lay_out (PhScene *scene, PhRandom *random)
{
  for (int try = 0;; try++) {
    if (try % TRIES_TO_LAY_OUT == 0) {
      choose_sizes (scene, random);
      sort_by_radius (scene);
    }
    if (place_all (scene, random))
      return;
  }
}

static void
draw_things (PhScene *scene, const PhSceneOptions *options, uint64_t seed)
{
  PhRandom random;

  g_assert (options->max_things >= 1 && options->max_things <= PH_SCENE_MAX_THINGS);

  ph_random_start (&random, seed, STREAM_LAYOUT);
  scene->n_things = 1 + ph_random_weighted (&random, count_weights, options->max_things);
  for (int i = 0; i < scene->n_things; i++) {
    choose_kind (scene, &scene->things[i], i, options->digits, &random);
    choose_color (scene, &scene->things[i], i, &random);
  }
  lay_out (scene, &random);
}

static void
draw_looks (PhScene *scene, uint64_t seed)
{
  PhRandom random;

  ph_random_start (&random, seed, STREAM_LOOKS);
  for (int i = 0; i < scene->n_things; i++) {
    PhThing *thing = &scene->things[i];

    thing->turn = ph_random_between (&random, -.2, .2);
    thing->shading = ph_random_chance (&random, .25) ? ph_random_between (&random, 0, .14) : 0;
    for (int t = 0; t < PH_THING_N_TRAITS; t++)
      thing->traits[t] = ph_random_unit (&random);
  }
}

/* All things of a scene or none are outlined, by about the same pen. */
static void
draw_outlines (PhScene *scene, double share, uint64_t seed)
{
  static const PhRgb ink = { .07, .06, .09 };
  PhRandom random;
  bool outlined, parts, tinted;
  double width;

  ph_random_start (&random, seed, STREAM_OUTLINES);
  outlined = ph_random_chance (&random, share);
  parts = ph_random_chance (&random, .35);
  tinted = ph_random_chance (&random, .2);
  width = ph_random_between (&random, .8, 2.2);

  for (int i = 0; i < scene->n_things; i++) {
    PhThing *thing = &scene->things[i];

    thing->outline = !outlined ? PH_OUTLINE_NONE
                     : parts   ? PH_OUTLINE_PARTS
                               : PH_OUTLINE_RIM;
    thing->outline_width = outlined ? width * ph_random_between (&random, .9, 1) : 0;
    if (thing->kind == PH_KIND_DIGIT)
      thing->outline_width = MIN (thing->outline_width, thing->radius * DIGIT_OUTLINE);
    thing->outline_rgb = tinted ? blend (ink, thing->rgb, .3) : ink;
  }
}

void
ph_scene_draw (PhScene *scene, const PhSceneOptions *options, uint64_t seed)
{
  if (options == NULL)
    options = &ph_scene_options_default;

  *scene = (PhScene){ .seed = seed };
  draw_ground (&scene->ground, seed);
  draw_things (scene, options, seed);
  draw_looks (scene, seed);
  draw_outlines (scene, options->outlines, seed);
}

uint64_t
ph_scene_seed_train (uint64_t recipe_seed, uint64_t index)
{
  return ph_random_mix (recipe_seed, index) & ~HELD_OUT_BIT;
}

uint64_t
ph_scene_seed_held_out (uint64_t seed, uint64_t index)
{
  return ph_random_mix (seed, index) | HELD_OUT_BIT;
}

bool
ph_scene_seed_is_held_out (uint64_t scene_seed)
{
  return (scene_seed & HELD_OUT_BIT) != 0;
}

int
ph_thing_get_region (const PhThing *thing)
{
  int column = (int) (thing->x * 3 / PH_SCENE_UNITS);
  int row = (int) (thing->y * 3 / PH_SCENE_UNITS);

  return CLAMP (row, 0, 2) * 3 + CLAMP (column, 0, 2);
}

const char *
ph_kind_get_name (PhKind kind)
{
  return ph_shape_get (kind)->name;
}

const char *
ph_color_get_name (PhColor color)
{
  g_assert (color < PH_N_COLORS);

  return colors[color].name;
}

const char *
ph_size_get_name (PhSize size)
{
  g_assert (size < PH_N_SIZES);

  return sizes[size].name;
}

const char *
ph_region_get_name (int region)
{
  g_assert (region >= 0 && region < PH_SCENE_N_REGIONS);

  return region_names[region];
}
