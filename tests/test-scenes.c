/* The questions are checked by a reader that knows nothing of how they were made: it
 * takes the text apart, looks the answer up in the scene, and compares. */
#include "core/scenes/questions.h"
#include "core/scenes/render.h"
#include "core/scenes/truth.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define N_SCENES 2000

/* What every machine must draw; a change here is a change of every picture. */
#define FIRST_THROW UINT64_C (16222459335012275089)
#define LATER_THROW UINT64_C (16954766045443963855)
#define KNOWN_TRUTH                                                                      \
  "{\"things\": [{\"kind\": \"ring\", \"color\": \"orange\", \"size\": \"large\", "      \
  "\"region\": \"bottom left\", \"x\": 0.2725, \"y\": 0.7824}, {\"kind\": \"ring\""

static void
draw (PhScene *scene, uint64_t index)
{
  ph_scene_draw (scene, NULL, ph_scene_seed_held_out (11, index));
}

static GPtrArray *
ask (const PhScene *scene, uint64_t index)
{
  PhRandom random;

  ph_random_start (&random, 12, index);
  return ph_questions_of (scene, &random);
}

/* -------- random and seeds -------- */

START_TEST (dice_throw_the_same_numbers_everywhere)
{
  PhRandom random;

  ph_random_start (&random, 1, 2);
  ck_assert_uint_eq (ph_random_bits (&random), FIRST_THROW);
  for (int i = 0; i < 1000; i++)
    ph_random_bits (&random);
  ck_assert_uint_eq (ph_random_bits (&random), LATER_THROW);
}
END_TEST

START_TEST (dice_are_fair)
{
  const double weights[] = { 1, 0, 3 };
  int below[7] = { 0 }, weighted[3] = { 0 };
  PhRandom random;

  ph_random_start (&random, 3, 4);
  for (int i = 0; i < 70000; i++)
    below[ph_random_below (&random, 7)]++;
  for (int i = 0; i < 7; i++)
    ck_assert_int_lt (abs (below[i] - 10000), 400);
  for (int i = 0; i < 40000; i++)
    weighted[ph_random_weighted (&random, weights, 3)]++;
  ck_assert_int_lt (abs (weighted[0] - 10000), 400);
  ck_assert_int_eq (weighted[1], 0);
}
END_TEST

START_TEST (a_shuffle_keeps_every_index)
{
  PhRandom random;
  int order[10], seen[10] = { 0 };

  ph_random_start (&random, 5, 6);
  ph_random_shuffle (&random, order, 10);
  for (int i = 0; i < 10; i++)
    seen[order[i]]++;
  for (int i = 0; i < 10; i++)
    ck_assert_int_eq (seen[i], 1);
}
END_TEST

START_TEST (training_never_draws_a_held_out_seed)
{
  static const uint64_t numbers[] = {
    0, 1, 2, 77, UINT64_C (1) << 62, UINT64_C (1) << 63, UINT64_MAX
  };

  for (guint a = 0; a < G_N_ELEMENTS (numbers); a++)
    for (guint b = 0; b < G_N_ELEMENTS (numbers); b++) {
      ck_assert (
          !ph_scene_seed_is_held_out (ph_scene_seed_train (numbers[a], numbers[b])));
      ck_assert (
          ph_scene_seed_is_held_out (ph_scene_seed_held_out (numbers[a], numbers[b])));
    }
}
END_TEST

START_TEST (no_two_seeds_are_alike)
{
  g_autoptr (GHashTable) seen =
      g_hash_table_new_full (g_int64_hash, g_int64_equal, g_free, NULL);

  for (uint64_t recipe = 0; recipe < 20; recipe++)
    for (uint64_t index = 0; index < 5000; index++) {
      uint64_t seed = ph_scene_seed_train (recipe, index);

      ck_assert (g_hash_table_add (seen, g_memdup2 (&seed, sizeof seed)));
    }
}
END_TEST

/* -------- scenes -------- */

START_TEST (the_same_seed_gives_the_same_scene)
{
  PhScene scene, again;
  PhSceneLabels labels, labels_again;

  for (uint64_t i = 0; i < 50; i++) {
    draw (&scene, i);
    draw (&again, i);
    g_autoptr (PhPicture) picture = ph_scene_render (&scene, 112);
    g_autoptr (PhPicture) picture_again = ph_scene_render (&again, 112);
    g_autofree char *truth = ph_scene_dup_truth (&scene);
    g_autofree char *truth_again = ph_scene_dup_truth (&again);

    ph_scene_label (&scene, &labels);
    ph_scene_label (&again, &labels_again);
    ck_assert (g_bytes_equal (picture->rgb, picture_again->rgb));
    ck_assert_mem_eq (&labels, &labels_again, sizeof labels);
    ck_assert_str_eq (truth, truth_again);
  }
}
END_TEST

START_TEST (a_known_seed_gives_a_known_scene)
{
  PhScene scene;
  g_autofree char *truth = NULL;

  ph_scene_draw (&scene, NULL, ph_scene_seed_held_out (1, 2));
  truth = ph_scene_dup_truth (&scene);
  ck_assert_msg (g_str_has_prefix (truth, KNOWN_TRUTH), "%s", truth);
}
END_TEST

START_TEST (more_outlines_leave_every_thing_in_its_place)
{
  PhSceneOptions bare = ph_scene_options_default, outlined = ph_scene_options_default;
  PhScene a, b;

  bare.outlines = 0;
  outlined.outlines = 1;
  for (uint64_t i = 0; i < 100; i++) {
    ph_scene_draw (&a, &bare, i);
    ph_scene_draw (&b, &outlined, i);
    ck_assert_int_eq (a.n_things, b.n_things);
    for (int t = 0; t < a.n_things; t++) {
      ck_assert_int_eq (a.things[t].outline, PH_OUTLINE_NONE);
      ck_assert_int_ne (b.things[t].outline, PH_OUTLINE_NONE);
      ck_assert_mem_eq (&a.things[t], &b.things[t], G_STRUCT_OFFSET (PhThing, outline));
    }
  }
}
END_TEST

static void
check_place (double place, double radius)
{
  const double third = PH_SCENE_UNITS / 3;

  ck_assert_double_ge (place, radius);
  ck_assert_double_le (place, PH_SCENE_UNITS - radius);
  ck_assert_double_ge (fabs (place - third), 2.5);
  ck_assert_double_ge (fabs (place - 2 * third), 2.5);
}

static double
color_distance (PhRgb a, PhRgb b)
{
  return sqrt (pow (a.red - b.red, 2) + pow (a.green - b.green, 2) +
               pow (a.blue - b.blue, 2));
}

START_TEST (every_thing_keeps_the_rules)
{
  static const double low[] = { 8, 13, 21 }, high[] = { 10, 16, 25 };
  PhScene scene;

  for (uint64_t i = 0; i < N_SCENES; i++) {
    int n_digits = 0;

    draw (&scene, i);
    ck_assert (scene.n_things >= 1 && scene.n_things <= PH_SCENE_MAX_THINGS);
    for (int t = 0; t < scene.n_things; t++) {
      const PhThing *thing = &scene.things[t];

      check_place (thing->x, thing->radius);
      check_place (thing->y, thing->radius);
      ck_assert (thing->radius >= low[thing->size] && thing->radius <= high[thing->size]);
      ck_assert_double_gt (color_distance (thing->rgb, scene.ground.first), .3);
      ck_assert_double_gt (color_distance (thing->rgb, scene.ground.second), .3);
      ck_assert_int_eq (thing->kind == PH_KIND_DIGIT,
                        thing->digit >= 0 && thing->digit <= 9);
      n_digits += thing->kind == PH_KIND_DIGIT;
    }
    ck_assert_int_le (n_digits, 1);
  }
}
END_TEST

START_TEST (kinds_colors_sizes_and_counts_come_in_fair_shares)
{
  int kinds[PH_N_KINDS] = { 0 }, colors[PH_N_COLORS] = { 0 }, sizes[PH_N_SIZES] = { 0 };
  int counts[PH_SCENE_MAX_THINGS + 1] = { 0 };
  int n_outlined = 0;
  PhScene scene;

  for (uint64_t i = 0; i < N_SCENES; i++) {
    draw (&scene, i);
    counts[scene.n_things]++;
    n_outlined += scene.things[0].outline != PH_OUTLINE_NONE;
    for (int t = 0; t < scene.n_things; t++) {
      kinds[scene.things[t].kind]++;
      colors[scene.things[t].color]++;
      sizes[scene.things[t].size]++;
    }
  }
  for (int i = 0; i < PH_N_KINDS; i++)
    ck_assert_int_gt (kinds[i], 250);
  ck_assert_int_gt (kinds[PH_KIND_DIGIT], 700);
  for (int i = 0; i < PH_N_COLORS; i++)
    ck_assert_int_gt (colors[i], 500);
  for (int i = 0; i < PH_N_SIZES; i++)
    ck_assert_int_gt (sizes[i], 1200);
  for (int i = 1; i <= PH_SCENE_MAX_THINGS; i++)
    ck_assert_int_gt (counts[i], N_SCENES / 8);
  ck_assert_int_lt (abs (n_outlined - N_SCENES * 65 / 100), N_SCENES / 25);
}
END_TEST

/* -------- pictures and masks -------- */

START_TEST (things_neither_touch_nor_leave_the_picture)
{
  enum { SIDE = 112 };
  static uint8_t mask[SIDE * SIDE], all[SIDE * SIDE];
  PhScene scene;

  for (uint64_t i = 0; i < 400; i++) {
    draw (&scene, i);
    memset (all, 0, sizeof all);
    for (int t = 0; t < scene.n_things; t++) {
      int area = 0, edge = 0;

      ph_scene_mask (&scene, t, SIDE, mask);
      for (int p = 0; p < SIDE * SIDE; p++) {
        ck_assert_msg (mask[p] == 0 || all[p] == 0, "scene %d: two things in pixel %d",
                       (int) i, p);
        all[p] |= mask[p];
        area += mask[p];
        if (p % SIDE == 0 || p % SIDE == SIDE - 1 || p < SIDE || p >= SIDE * (SIDE - 1))
          edge += mask[p];
      }
      ck_assert_int_gt (area / 255, 20);
      ck_assert_int_eq (edge, 0);
    }
  }
}
END_TEST

/* The 8 by 8 pixels of a patch, summed up the slow way from the exact masks. */
static double
patch_area (const uint8_t *mask, int patch)
{
  double area = 0;

  for (int y = 0; y < 8; y++)
    for (int x = 0; x < 8; x++)
      area += mask[(patch / 14 * 8 + y) * 112 + patch % 14 * 8 + x] / 255.0 / 64;
  return area;
}

START_TEST (labels_agree_with_the_exact_masks)
{
  static uint8_t masks[PH_SCENE_MAX_THINGS][112 * 112];
  PhSceneLabels labels;
  PhScene scene;

  for (uint64_t i = 0; i < 200; i++) {
    draw (&scene, i);
    ph_scene_label (&scene, &labels);
    for (int t = 0; t < scene.n_things; t++)
      ph_scene_mask (&scene, t, 112, masks[t]);
    for (int p = 0; p < PH_SCENE_N_PATCHES; p++) {
      double total = 0, coverage = 0, own = 0, most = 0;

      for (int t = 0; t < scene.n_things; t++) {
        double area = patch_area (masks[t], p);

        total += area;
        most = MAX (most, area);
        own = t == labels.thing[p] ? area : own;
      }
      for (int c = 0; c < PH_SCENE_N_CELLS; c++)
        coverage += labels.coverage[p][c] / 255.0 / PH_SCENE_N_CELLS;
      ck_assert_double_eq_tol (coverage, total, .035);
      ck_assert (labels.thing[p] < 0 ? most < .09 : own > .03 && own > most - .04);
    }
  }
}
END_TEST

/* Where a thing without outline covers a whole pixel, the picture shows it, not the
 * ground: nearly always its own colour, else a detail of it. */
START_TEST (pictures_show_each_thing_in_its_color)
{
  static uint8_t mask[112 * 112];
  PhSceneOptions bare = ph_scene_options_default;
  PhScene scene;

  bare.outlines = 0;
  for (uint64_t i = 0; i < 300; i++) {
    ph_scene_draw (&scene, &bare, i);
    g_autoptr (PhPicture) picture = ph_scene_render (&scene, 112);
    const uint8_t *rgb = ph_picture_get_rgb (picture);

    for (int t = 0; t < scene.n_things; t++) {
      int n_covered = 0, n_own = 0;

      ph_scene_mask (&scene, t, 112, mask);
      for (int p = 0; p < 112 * 112; p++) {
        PhRgb seen = { rgb[p * 3] / 255.0, rgb[p * 3 + 1] / 255.0,
                       rgb[p * 3 + 2] / 255.0 };

        n_covered += mask[p] == 255;
        n_own += mask[p] == 255 && color_distance (seen, scene.things[t].rgb) < .25;
      }
      ck_assert_msg (n_own * 3 >= n_covered, "scene %d: %s of %d pixels shows %d",
                     (int) i, ph_kind_get_name (scene.things[t].kind), n_covered, n_own);
    }
  }
}
END_TEST

START_TEST (a_larger_picture_is_the_same_picture)
{
  PhScene scene;

  for (uint64_t i = 0; i < 20; i++) {
    double difference = 0;

    draw (&scene, i);
    g_autoptr (PhPicture) small = ph_scene_render (&scene, 112);
    g_autoptr (PhPicture) large = ph_scene_render (&scene, 224);
    const uint8_t *a = ph_picture_get_rgb (small), *b = ph_picture_get_rgb (large);

    for (int y = 0; y < 112; y++)
      for (int x = 0; x < 112 * 3; x++) {
        const uint8_t *q = b + (2 * y * 224 + x / 3 * 2) * 3 + x % 3;

        difference +=
            abs (4 * a[y * 112 * 3 + x] - q[0] - q[3] - q[224 * 3] - q[224 * 3 + 3]);
      }
    ck_assert_double_lt (difference / (4 * 112 * 112 * 3), 3);
  }
}
END_TEST

/* -------- the reader -------- */

typedef struct {
  int kind, color; /* or -1 */
} Mention;

static int
index_of_word (const char *word, const char *(*name) (int), int n)
{
  for (int i = 0; i < n; i++)
    if (g_str_equal (word, name (i)))
      return i;
  return -1;
}

static const char *
kind_name (int kind)
{
  return ph_kind_get_name ((PhKind) kind);
}

static const char *
color_name (int color)
{
  return ph_color_get_name ((PhColor) color);
}

static int
read_kind (const char *word)
{
  static const char *const plurals[] = { "crosses", "cross",  "fish",  "fish", "numbers",
                                         "digit",   "number", "digit", NULL };
  g_autofree char *singular = g_strdup (word);

  for (int i = 0; plurals[i] != NULL; i += 2)
    if (g_str_equal (word, plurals[i]))
      return index_of_word (plurals[i + 1], kind_name, PH_N_KINDS);
  if (index_of_word (word, kind_name, PH_N_KINDS) < 0 && g_str_has_suffix (word, "s"))
    singular[strlen (singular) - 1] = '\0';
  return index_of_word (singular, kind_name, PH_N_KINDS);
}

static bool
means_anything (const char *word)
{
  static const char *const words[] = { "thing",  "things",   "object",    "objects",
                                       "shapes", "anything", "something", NULL };

  return g_strv_contains (words, word);
}

static char **
split (const char *text)
{
  g_autofree char *lower = g_ascii_strdown (text, -1);

  return g_strsplit_set (lower, " ,.?", -1);
}

/* Every "[color] noun" of a text, in order. */
static int
read_mentions (const char *text, Mention *mentions)
{
  g_auto (GStrv) words = split (text);
  int n = 0, color = -1;

  for (int i = 0; words[i] != NULL && n < 8; i++) {
    int kind = read_kind (words[i]);

    if (kind >= 0 || means_anything (words[i]))
      mentions[n++] = (Mention){ kind, color };
    color = index_of_word (words[i], color_name, PH_N_COLORS);
  }
  return n;
}

static int
matches (const PhScene *scene, Mention mention, int *last)
{
  int n = 0;

  for (int i = 0; i < scene->n_things; i++)
    if ((mention.kind < 0 || (int) scene->things[i].kind == mention.kind) &&
        (mention.color < 0 || (int) scene->things[i].color == mention.color)) {
      n++;
      *last = i;
    }
  return n;
}

/* The thing that the nth mention names: there must be exactly one. */
static int
the (const PhScene *scene, const char *text, int nth)
{
  Mention mentions[8];
  int n = read_mentions (text, mentions), i = -1;

  ck_assert_msg (nth < n, "%s: no name", text);
  ck_assert_msg (matches (scene, mentions[nth], &i) == 1, "%s: ambiguous", text);
  return i;
}

static char *
noun (const PhThing *thing)
{
  bool vowel = thing->color == PH_COLOR_ORANGE;

  return g_strdup_printf ("%s %s %s", vowel ? "an" : "a", color_name (thing->color),
                          thing->kind == PH_KIND_DIGIT ? "number"
                                                       : kind_name (thing->kind));
}

static char *
read_color (const PhScene *scene, const char *text)
{
  return g_strdup (color_name (scene->things[the (scene, text, 0)].color));
}

static char *
read_kind_question (const PhScene *scene, const char *text)
{
  g_auto (GStrv) words = split (text);
  int i = -1, color = -1;

  for (int w = 0; words[w] != NULL; w++)
    color = MAX (color, index_of_word (words[w], color_name, PH_N_COLORS));
  ck_assert_int_eq (matches (scene, (Mention){ -1, color }, &i), 1);
  return g_strdup (scene->things[i].kind == PH_KIND_DIGIT
                       ? "number"
                       : kind_name (scene->things[i].kind));
}

static char *
count_word (int n)
{
  static const char *const words[] = { "zero", "one", "two", "three", "four", "five" };

  return g_strdup (words[n]);
}

static char *
read_count (const PhScene *scene, const char *text)
{
  Mention mentions[8];
  int last;

  ck_assert_int_eq (read_mentions (text, mentions), 1);
  return count_word (matches (scene, mentions[0], &last));
}

static char *
read_yes_no (const PhScene *scene, const char *text)
{
  Mention mentions[8];
  int last = -1;

  if (g_str_has_prefix (text, "Is the ") ||
      (g_str_has_prefix (text, "Does the ") &&
       !g_str_has_prefix (text, "Does the picture"))) {
    g_auto (GStrv) words = split (text);
    int n = (int) g_strv_length (words);
    int color = index_of_word (words[n - 2], color_name, PH_N_COLORS);

    if (color >= 0) {
      int thing = the (scene, text, 0);

      return g_strdup ((int) scene->things[thing].color == color ? "yes" : "no");
    }
  }
  if (strstr (text, "thing ") != NULL && read_mentions (text, mentions) == 1 &&
      mentions[0].color < 0) {
    const char *after = strstr (text, "thing ") + strlen ("thing ");

    for (int c = 0; c < PH_N_COLORS; c++)
      if (g_str_has_prefix (after, color_name (c)))
        mentions[0].color = c;
  } else {
    ck_assert_int_eq (read_mentions (text, mentions), 1);
  }
  return g_strdup (matches (scene, mentions[0], &last) > 0 ? "yes" : "no");
}

static char *
read_where (const PhScene *scene, const char *text)
{
  static const char *const rows[] = { "top", "", "bottom" };
  static const char *const columns[] = { "left", "", "right" };
  const PhThing *thing = &scene->things[the (scene, text, 0)];
  int row = thing->y < 37.3 ? 0 : thing->y < 74.6 ? 1 : 2;
  int column = thing->x < 37.3 ? 0 : thing->x < 74.6 ? 1 : 2;

  if (row == 1 && column == 1)
    return g_strdup ("center");
  return g_strstrip (g_strdup_printf ("%s %s", rows[row], columns[column]));
}

static char *
read_size (const PhScene *scene, const char *text)
{
  double radius = scene->things[the (scene, text, 0)].radius;

  return g_strdup (radius < 11.5 ? "small" : radius < 18 ? "medium" : "large");
}

static bool
says (const char *text, const char *word)
{
  g_auto (GStrv) words = split (text);

  return g_strv_contains ((const char *const *) words, word);
}

static char *
read_region (const PhScene *scene, const char *text)
{
  double left = says (text, "left") ? 0 : says (text, "right") ? 2 : 1;
  double top = says (text, "top") ? 0 : says (text, "bottom") ? 2 : 1;
  const double third = PH_SCENE_UNITS / 3;
  int found = -1;

  for (int i = 0; i < scene->n_things; i++)
    if (floor (scene->things[i].x / third) == left &&
        floor (scene->things[i].y / third) == top) {
      ck_assert_msg (found < 0, "%s: two things there", text);
      found = i;
    }
  return found < 0 ? g_strdup ("nothing") : noun (&scene->things[found]);
}

/* Ways from one thing to another: to its left by angles within 45 degrees, and so on. */
static bool
lies (const PhThing *from, const PhThing *to, const char *text, double cone)
{
  double dx = to->x - from->x, dy = to->y - from->y;
  double turn = says (text, "right")                           ? 0
                : says (text, "below") || says (text, "under") ? 90
                : says (text, "left")                          ? 180
                                                               : 270;
  double angle = fabs (fmod (atan2 (dy, dx) * 180 / G_PI - turn + 540, 360) - 180);

  return angle < cone;
}

static char *
read_relation (const PhScene *scene, const char *text)
{
  Mention mentions[8];
  int from = the (scene, text, read_mentions (text, mentions) - 1);
  int n_clear = 0, n_side = 0, found = -1;

  for (int i = 0; i < scene->n_things; i++) {
    if (i == from)
      continue;
    n_side += lies (&scene->things[from], &scene->things[i], text, 90);
    if (lies (&scene->things[from], &scene->things[i], text, 45)) {
      n_clear++;
      found = i;
    }
    ck_assert_msg (!lies (&scene->things[from], &scene->things[i], text, 52) ||
                       lies (&scene->things[from], &scene->things[i], text, 45),
                   "%s: a thing that might be meant", text);
  }
  if (n_side == 0)
    return g_strdup ("nothing");
  ck_assert_msg (n_clear == 1, "%s: %d things there", text, n_clear);
  return noun (&scene->things[found]);
}

/* The name as the text has it, since the answer repeats it. */
static char *
name_in (const char *text, int nth)
{
  const char *at = text;
  size_t n;

  for (int i = 0; i <= nth; i++)
    at = strstr (at, "the ") + 4;
  n = strcspn (at, ",?");
  for (const char *stop = at; stop < at + n; stop++)
    if (g_str_has_prefix (stop, " or ") || g_str_has_prefix (stop, " bigger") ||
        g_str_has_prefix (stop, " smaller"))
      n = stop - at;
  return g_strndup (at, n);
}

static char *
read_bigger (const PhScene *scene, const char *text)
{
  const PhThing *a = &scene->things[the (scene, text, 0)];
  const PhThing *b = &scene->things[the (scene, text, 1)];
  g_autofree char *name =
      name_in (text, (a->radius > b->radius) != says (text, "smaller") ? 0 : 1);

  ck_assert_double_gt (fabs (a->radius - b->radius), 2.9);
  return g_strconcat ("the ", name, NULL);
}

static char *
read_same (const PhScene *scene, const char *text)
{
  int a = the (scene, text, 0), b = the (scene, text, 1);

  ck_assert_int_ne (a, b);
  return g_strdup (scene->things[a].color == scene->things[b].color ? "yes" : "no");
}

static char *
read_digit (const PhScene *scene, const char *text)
{
  return g_strdup_printf ("%d", scene->things[the (scene, text, 0)].digit);
}

/* Row by row of regions, by brute force over regions and places. */
static char *
read_all (const PhScene *scene, bool described)
{
  g_autoptr (GPtrArray) items = g_ptr_array_new_with_free_func (g_free);
  GString *text = g_string_new (NULL);

  for (int region = 0; region < PH_SCENE_N_REGIONS; region++)
    for (int x = 0; x < 11200; x++)
      for (int i = 0; i < scene->n_things; i++) {
        const PhThing *thing = &scene->things[i];
        g_autofree char *what = NULL;

        if (ph_thing_get_region (thing) != region || (int) (thing->x * 100) != x)
          continue;
        what = noun (thing);
        if (!described)
          g_ptr_array_add (items, g_steal_pointer (&what));
        else
          g_ptr_array_add (items, g_strdup_printf ("a %s %s at the %s",
                                                   ph_size_get_name (thing->size),
                                                   strchr (what, ' ') + 1,
                                                   ph_region_get_name (region)));
      }
  for (guint i = 0; i < items->len; i++)
    g_string_append_printf (text, "%s%s",
                            i == 0               ? ""
                            : i < items->len - 1 ? ", "
                                                 : " and ",
                            (char *) g_ptr_array_index (items, i));
  return g_string_free (text, FALSE);
}

static char *
read_list (const PhScene *scene, const char *text)
{
  return read_all (scene, false);
}

static char *
read_describe (const PhScene *scene, const char *text)
{
  return read_all (scene, true);
}

static const struct {
  const char *family;
  char *(*read) (const PhScene *scene, const char *text);
  int at_least; /* questions in 2,000 scenes */
} readers[] = {
  { "color", read_color, 3000 },   { "kind", read_kind_question, 3000 },
  { "count", read_count, 2000 },   { "count_some", read_count, 3500 },
  { "yes_no", read_yes_no, 5000 }, { "where", read_where, 3500 },
  { "region", read_region, 3500 }, { "relation", read_relation, 2500 },
  { "bigger", read_bigger, 1500 }, { "same_color", read_same, 1500 },
  { "digit", read_digit, 1500 },   { "size", read_size, 1900 },
  { "list", read_list, 2000 },     { "describe", read_describe, 2000 },
};

START_TEST (every_family_asks_often_and_answers_what_a_reader_finds)
{
  int counts[32] = { 0 };
  PhScene scene;

  ck_assert_int_eq (ph_question_get_n_families (), G_N_ELEMENTS (readers));
  for (uint64_t i = 0; i < N_SCENES; i++) {
    g_autoptr (GPtrArray) questions = NULL;

    draw (&scene, i);
    questions = ask (&scene, i);
    for (guint q = 0; q < questions->len; q++) {
      PhQuestion *question = g_ptr_array_index (questions, q);
      g_autofree char *found = readers[question->family].read (&scene, question->text);

      ck_assert_msg (g_str_equal (found, question->answer),
                     "%s: %s, and the reader says %s", question->text, question->answer,
                     found);
      counts[question->family]++;
    }
  }
  for (guint f = 0; f < G_N_ELEMENTS (readers); f++) {
    ck_assert_str_eq (ph_question_get_family_name (f), readers[f].family);
    ck_assert_msg (counts[f] >= readers[f].at_least, "%s: only %d", readers[f].family,
                   counts[f]);
  }
}
END_TEST

START_TEST (yes_is_as_common_as_no)
{
  int n[32] = { 0 }, n_yes[32] = { 0 };
  PhScene scene;

  for (uint64_t i = 0; i < N_SCENES; i++) {
    g_autoptr (GPtrArray) questions = NULL;

    draw (&scene, i);
    questions = ask (&scene, i);
    for (guint q = 0; q < questions->len; q++) {
      PhQuestion *question = g_ptr_array_index (questions, q);

      n_yes[question->family] += g_str_equal (question->answer, "yes");
      n[question->family] +=
          g_str_equal (question->answer, "yes") || g_str_equal (question->answer, "no");
    }
  }
  for (int f = 0; f < ph_question_get_n_families (); f++)
    ck_assert_msg (n[f] == 0 || abs (100 * n_yes[f] - 50 * n[f]) <= 5 * n[f],
                   "%s: %d of %d are yes", ph_question_get_family_name (f), n_yes[f],
                   n[f]);
}
END_TEST

START_TEST (questions_point_at_things_of_their_scene)
{
  PhScene scene;

  for (uint64_t i = 0; i < 500; i++) {
    g_autoptr (GPtrArray) questions = NULL;

    draw (&scene, i);
    questions = ask (&scene, i);
    for (guint q = 0; q < questions->len; q++) {
      PhQuestion *question = g_ptr_array_index (questions, q);
      const char *family = ph_question_get_family_name (question->family);

      ck_assert_uint_lt (question->about | question->answers, 1u << scene.n_things);
      if (g_str_equal (family, "relation"))
        ck_assert_int_eq (question->answers == 0,
                          g_str_equal (question->answer, "nothing"));
      if (g_str_equal (family, "color") || g_str_equal (family, "digit"))
        ck_assert_int_eq (__builtin_popcount (question->answers), 1);
      for (guint other = 0; other < q; other++)
        ck_assert_str_ne (question->text,
                          ((PhQuestion *) g_ptr_array_index (questions, other))->text);
    }
  }
}
END_TEST

static void
check_words (char **vocabulary, const char *text)
{
  g_autofree char *lower = g_ascii_strdown (text, -1);
  g_autofree char *spaced = NULL;
  g_autoptr (GRegex) marks = g_regex_new ("[,.?]", 0, 0, NULL);
  g_auto (GStrv) words = NULL;

  spaced = g_regex_replace (marks, lower, -1, 0, " \\0 ", 0, NULL);
  words = g_strsplit (spaced, " ", -1);
  for (int i = 0; words[i] != NULL; i++)
    ck_assert_msg (*words[i] == '\0' ||
                       g_strv_contains ((const char *const *) vocabulary, words[i]),
                   "%s: no word \"%s\"", text, words[i]);
}

START_TEST (the_vocabulary_holds_every_word)
{
  g_auto (GStrv) vocabulary = ph_scene_dup_vocabulary ();
  PhScene scene;

  for (int i = 1; vocabulary[i] != NULL; i++)
    ck_assert_str_lt (vocabulary[i - 1], vocabulary[i]);
  for (uint64_t i = 0; i < 5000; i++) {
    g_autoptr (GPtrArray) questions = NULL;

    draw (&scene, i);
    questions = ask (&scene, i);
    for (guint q = 0; q < questions->len; q++) {
      PhQuestion *question = g_ptr_array_index (questions, q);

      check_words (vocabulary, question->text);
      check_words (vocabulary, question->answer);
    }
    for (int t = 0; t < scene.n_things; t++) {
      PhThingWords words;

      ph_thing_get_words (&scene.things[t], &words);
      ck_assert_int_eq (words.digit != NULL, scene.things[t].digit >= 0);
      check_words (vocabulary, words.size);
      check_words (vocabulary, words.color);
      check_words (vocabulary, words.kind);
      check_words (vocabulary, words.region);
    }
  }
}
END_TEST

START_TEST (the_truth_is_json_of_the_promised_shape)
{
  static const char shape[] = "^\\{\"things\": \\[(THING(, THING)*)\\], \"questions\": "
                              "\\[(ASKED(, ASKED)*)\\]\\}$";
  static const char thing[] =
      "\\{\"kind\": \"[a-z]+\"(, \"digit\": [0-9])?, \"color\": \"[a-z]+\", \"size\": "
      "\"[a-z]+\", "
      "\"region\": \"[a-z ]+\", \"x\": 0\\.[0-9]{4}, \"y\": 0\\.[0-9]{4}\\}";
  static const char asked[] = "\\{\"family\": \"[a-z_]+\", \"text\": \"[A-Z][A-Za-z "
                              ",]+[?.]\", \"answer\": \"[a-z0-9 ,]+\"\\}";
  g_autoptr (GString) pattern = g_string_new (shape);
  g_autoptr (GRegex) regex = NULL;
  PhScene scene;

  g_string_replace (pattern, "THING", thing, 0);
  g_string_replace (pattern, "ASKED", asked, 0);
  regex = g_regex_new (pattern->str, 0, 0, NULL);
  for (uint64_t i = 0; i < 200; i++) {
    g_autofree char *truth = NULL;

    draw (&scene, i);
    truth = ph_scene_dup_truth (&scene);
    ck_assert_msg (g_regex_match (regex, truth, 0, NULL), "%s", truth);
  }
}
END_TEST

int
main (void)
{
  Suite *suite = suite_create ("scenes");
  TCase *all = tcase_create ("all");
  SRunner *runner = srunner_create (suite);
  int n_failed;

  tcase_add_test (all, dice_throw_the_same_numbers_everywhere);
  tcase_add_test (all, dice_are_fair);
  tcase_add_test (all, a_shuffle_keeps_every_index);
  tcase_add_test (all, training_never_draws_a_held_out_seed);
  tcase_add_test (all, no_two_seeds_are_alike);
  tcase_add_test (all, the_same_seed_gives_the_same_scene);
  tcase_add_test (all, a_known_seed_gives_a_known_scene);
  tcase_add_test (all, more_outlines_leave_every_thing_in_its_place);
  tcase_add_test (all, every_thing_keeps_the_rules);
  tcase_add_test (all, kinds_colors_sizes_and_counts_come_in_fair_shares);
  tcase_add_test (all, things_neither_touch_nor_leave_the_picture);
  tcase_add_test (all, labels_agree_with_the_exact_masks);
  tcase_add_test (all, pictures_show_each_thing_in_its_color);
  tcase_add_test (all, a_larger_picture_is_the_same_picture);
  tcase_add_test (all, every_family_asks_often_and_answers_what_a_reader_finds);
  tcase_add_test (all, yes_is_as_common_as_no);
  tcase_add_test (all, questions_point_at_things_of_their_scene);
  tcase_add_test (all, the_vocabulary_holds_every_word);
  tcase_add_test (all, the_truth_is_json_of_the_promised_shape);
  suite_add_tcase (suite, all);

  srunner_run_all (runner, CK_NORMAL);
  n_failed = srunner_ntests_failed (runner);
  srunner_free (runner);
  return n_failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
