/* scene.h - a drawn picture of which everything is known
 *
 * One to five things, none covering another, on a light ground.  A scene is plain data:
 * scene.c makes one from a seed, render.h paints it, questions.h says what is true of it
 * and truth.h writes that down.  The same seed and options give the same scene on every
 * machine.  No call here allocates or locks, so any thread may make scenes.
 *
 * Places and lengths are in units: the picture is a square of PH_SCENE_UNITS by
 * PH_SCENE_UNITS, x to the right, y down, whatever its size in pixels.
 *
 * To add a kind: a value in PhKind before the digit and a line in the table of shapes.c.
 */
#pragma once

#include "core/tensor/random.h"

#include <stdbool.h>
#include <stdint.h>

#define PH_SCENE_UNITS 112.0
#define PH_SCENE_MAX_THINGS 5
#define PH_SCENE_N_REGIONS 9
#define PH_THING_N_TRAITS 6

typedef enum {
  PH_KIND_CIRCLE,
  PH_KIND_SQUARE,
  PH_KIND_TRIANGLE,
  PH_KIND_STAR,
  PH_KIND_HEART,
  PH_KIND_CROSS,
  PH_KIND_RING,
  PH_KIND_HOUSE,
  PH_KIND_TREE,
  PH_KIND_FISH,
  PH_KIND_CUP,
  PH_KIND_CAR,
  PH_KIND_MOON,
  PH_KIND_FLOWER,
  PH_KIND_ARROW,
  PH_KIND_DIGIT,
  PH_N_KINDS
} PhKind;

typedef enum {
  PH_COLOR_RED,
  PH_COLOR_ORANGE,
  PH_COLOR_YELLOW,
  PH_COLOR_GREEN,
  PH_COLOR_BLUE,
  PH_COLOR_PURPLE,
  PH_COLOR_PINK,
  PH_COLOR_BLACK,
  PH_COLOR_WHITE,
  PH_N_COLORS
} PhColor;

typedef enum { PH_SIZE_SMALL, PH_SIZE_MEDIUM, PH_SIZE_LARGE, PH_N_SIZES } PhSize;

typedef enum {
  PH_GROUND_PLAIN,
  PH_GROUND_GRADED,
  PH_GROUND_STRIPED,
  PH_GROUND_NOISY,
  PH_N_GROUNDS
} PhGroundKind;

typedef enum {
  PH_OUTLINE_NONE,
  PH_OUTLINE_RIM,   /* around the whole thing */
  PH_OUTLINE_PARTS, /* around each of its parts: roof and wall, wheel and body */
} PhOutline;

typedef struct {
  double red, green, blue; /* 0 … 1 */
} PhRgb;

typedef struct {
  PhKind kind;
  int digit; /* 0 … 9, or -1 for what is no digit */
  PhColor color;
  PhSize size;
  double x, y;   /* the centre */
  double radius; /* half the side of the box it fits in, before its turn */
  double turn;   /* radians, clockwise */

  /* What it looks like beyond what can be asked about. */
  PhRgb rgb;      /* a shade of its colour */
  double shading; /* how much lighter its upper left is than its lower right */
  double traits[PH_THING_N_TRAITS]; /* 0 … 1 each; the kind says what they mean */
  PhOutline outline;
  double outline_width; /* units */
  PhRgb outline_rgb;
} PhThing;

typedef struct {
  PhGroundKind kind;
  PhRgb first, second; /* plain grounds are all first */
  double angle;        /* of grade and stripes, radians */
  double stripe;       /* width of a stripe, units */
  double grain;        /* deviation of the noise on a noisy ground, 0 … 1 */
} PhGround;

typedef struct {
  uint64_t seed;
  PhGround ground;
  int n_things; /* 1 … PH_SCENE_MAX_THINGS */
  PhThing things[PH_SCENE_MAX_THINGS];
} PhScene;

/* What a recipe may turn.  Each changes only what it names: raising `outlines` leaves
 * every thing of a seed where it was. */
typedef struct {
  double outlines; /* share of scenes whose things are outlined */
  int max_things;  /* 1 … PH_SCENE_MAX_THINGS */
  double digits;   /* probability that a thing is the scene's digit */
} PhSceneOptions;

extern const PhSceneOptions ph_scene_options_default; /* .65, 5, .25 */

/* Fills @scene from @seed; @options may be NULL for the default. */
void ph_scene_draw (PhScene *scene, const PhSceneOptions *options, uint64_t seed);

/* Seeds.  One bit of a scene's seed says whether training may draw it, so that no recipe
 * and no evaluation, whatever their numbers, can meet in a scene. */
uint64_t ph_scene_seed_train (uint64_t recipe_seed, uint64_t index);
uint64_t ph_scene_seed_held_out (uint64_t seed, uint64_t index);
bool ph_scene_seed_is_held_out (uint64_t scene_seed);

/* The cell of a 3 by 3 grid that holds the centre, row by row from the top left. */
int ph_thing_get_region (const PhThing *thing);

/* Names, lower case English.  The kind of a digit is "digit". */
const char *ph_kind_get_name (PhKind kind);
const char *ph_color_get_name (PhColor color);
const char *ph_size_get_name (PhSize size);
const char *ph_region_get_name (int region);
