#include "app/cli/heat.h"
#include "app/cli/options.h"
#include "app/cli/path.h"
#include "app/cli/terminal.h"
#include "core/base/colormap.h"
#include "core/base/error.h"

#include <check.h>
#include <glib/gstdio.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- options --- */

static struct {
  bool flag;
  const char *text;
  int count;
  PhWhole whole;
  double real;
} given;

static const PhOption options[] = {
  { "flag", PH_OPTION_FLAG, &given.flag },
  { "text", PH_OPTION_TEXT, &given.text },
  { "count", PH_OPTION_COUNT, &given.count, 1, 100 },
  { "whole", PH_OPTION_WHOLE, &given.whole },
  { "real", PH_OPTION_REAL, &given.real, .01, 1 },
  { 0 },
};

START_TEST (options_are_found_among_words)
{
  const char *const line = "one --text=a=b - --flag --count 100 two --whole "
                           "18446744073709551615 --real=0.5 -- --flag";
  g_auto (GStrv) all = g_strsplit (line, " ", -1);
  g_autofree char **arguments = g_memdup2 (all, (g_strv_length (all) + 1) * sizeof *all);

  ck_assert (ph_options_read (options, arguments, NULL));
  ck_assert (given.flag);
  ck_assert_str_eq (given.text, "a=b");
  ck_assert_int_eq (given.count, 100);
  ck_assert (given.whole.given && given.whole.value == UINT64_MAX);
  ck_assert (given.real == 0.5);

  ck_assert_uint_eq (g_strv_length (arguments), 4);
  ck_assert_str_eq (arguments[0], "one");
  ck_assert_str_eq (arguments[1], "-");
  ck_assert_str_eq (arguments[2], "two");
  ck_assert_str_eq (arguments[3], "--flag");
}
END_TEST

typedef struct {
  const char *arguments[3];
  const char *complaint;
} Wrong;

static const Wrong wrong[] = {
  { { "--nothing" }, "--nothing is not an option" },
  { { "-f" }, "-f is not an option" },
  { { "---flag" }, "---flag is not an option" },
  { { "--fla" }, "--fla is not an option" },
  { { "--\x1b[2J" }, "--\\x1b[2J is not an option" },
  { { "--flag=yes" }, "--flag takes no value" },
  { { "--text" }, "--text needs a value" },
  { { "--count", "0" }, "--count takes a whole number from 1 to 100, not \"0\"" },
  { { "--count", "101" }, "not \"101\"" },
  { { "--count", "-5" }, "not \"-5\"" },
  { { "--count", "5x" }, "not \"5x\"" },
  { { "--count", "" }, "not \"\"" },
  { { "--count=" }, "not \"\"" },
  { { "--count", "18446744073709551617" }, "not \"18446744073709551617\"" },
  { { "--whole", "18446744073709551616" }, "--whole takes a whole number, not" },
  { { "--whole", " 1" }, "not \" 1\"" },
  { { "--real", "0" }, "--real takes a number from 0.01 to 1, not \"0\"" },
  { { "--real", "0,5" }, "not \"0,5\"" },
  { { "--real", "nan" }, "not \"nan\"" },
  { { "--real", "1e400" }, "not \"1e400\"" },
};

START_TEST (wrong_options_are_refused_with_a_reason)
{
  char *arguments[] = { (char *) wrong[_i].arguments[0], (char *) wrong[_i].arguments[1],
                        NULL };
  g_autoptr (GError) error = NULL;

  ck_assert (!ph_options_read (options, arguments, &error));
  ck_assert_msg (strstr (error->message, wrong[_i].complaint) != NULL, "%s",
                 error->message);
}
END_TEST

/* --- paths --- */

typedef struct {
  const char *text;
  const char *path; /* ~ stands for the home folder */
} Spelling;

static const Spelling spellings[] = {
  { "cat.png", "cat.png" },
  { "  cat.png ", "cat.png" },
  { "my\\ cat.png", "my cat.png" },
  { "\"my cat.png\"", "my cat.png" },
  { "'my cat.png'", "my cat.png" },
  { "'back\\slash.png'", "back\\slash.png" },
  { "\"say \\\"cat\\\".png\"", "say \"cat\".png" },
  { "file:///tmp/my%20cat.png", "/tmp/my cat.png" },
  { "~/cat.png", "~/cat.png" },
  { "~", "~" },
  { "it's", "it's" },
  { "trailing\\", "trailing\\" },
  { "", "" },
};

START_TEST (paths_are_read_as_people_put_them)
{
  const Spelling *spelling = &spellings[_i];
  g_autofree char *path = ph_path_from_text (spelling->text);
  g_autofree char *expected =
      *spelling->path == '~'
          ? g_build_filename (g_get_home_dir (), spelling->path + 1, NULL)
          : g_strdup (spelling->path);

  /* The home folder may come with a final slash. */
  if (g_str_has_suffix (path, "/") && !g_str_has_suffix (expected, "/"))
    path[strlen (path) - 1] = '\0';
  ck_assert_str_eq (path, expected);
}
END_TEST

static char *folder;

static void
make_files (void)
{
  static const char *const names[] = { "a cat.png", "a car.png", "größe.png", ".hidden" };
  g_autofree char *inner = NULL;

  folder = g_dir_make_tmp ("pinhole-XXXXXX", NULL);
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree char *path = g_build_filename (folder, names[i], NULL);

    ck_assert (g_file_set_contents (path, "x", 1, NULL));
  }
  inner = g_build_filename (folder, "inner", NULL);
  ck_assert_int_eq (g_mkdir (inner, 0700), 0);
}

static void
remove_files (void)
{
  g_autofree char *command = g_strdup_printf ("rm -r '%s'", folder);

  ck_assert_int_eq (system (command), 0);
  g_clear_pointer (&folder, g_free);
}

START_TEST (only_files_that_exist_are_pictures)
{
  g_autofree char *there = g_strdup_printf ("%s/a\\ cat.png", folder);
  g_autofree char *quoted = g_strdup_printf ("'%s/a cat.png'", folder);
  g_autofree char *plain = g_strdup_printf ("%s/a cat.png", folder);
  g_autofree char *absent = g_strdup_printf ("%s/a dog.png", folder);
  g_autofree char *found = ph_path_find_file (there);
  g_autofree char *found_quoted = ph_path_find_file (quoted);
  g_autofree char *found_plain = ph_path_find_file (plain);

  ck_assert_str_eq (found, plain);
  ck_assert_str_eq (found_quoted, plain);
  ck_assert_str_eq (found_plain, plain);
  ck_assert_ptr_null (ph_path_find_file (absent));
  ck_assert_ptr_null (ph_path_find_file (folder));
  ck_assert_ptr_null (ph_path_find_file ("What is left of the tree?"));
}
END_TEST

typedef struct {
  const char *typed; /* after the folder */
  const char *added;
  unsigned n_names;
} Tab;

static const Tab tabs[] = {
  { "a", "\\ ca", 2 },     { "a\\ ca", "", 2 }, { "a\\ cat", ".png ", 1 },
  { "gr", "öße.png ", 1 }, { "in", "ner/", 1 }, { "x", "", 0 },
  { ".", "hidden ", 1 },   { "", "", 4 },
};

START_TEST (tab_adds_what_all_names_share)
{
  g_autofree char *text = g_strdup_printf ("%s/%s", folder, tabs[_i].typed);
  g_auto (PhCompletions) completions = ph_path_complete (text);
  g_autofree char *common = ph_completions_dup_common (&completions);

  ck_assert_uint_eq (g_strv_length (completions.names), tabs[_i].n_names);
  ck_assert_str_eq (common, tabs[_i].added);
}
END_TEST

START_TEST (tab_needs_no_backslash_in_quotes)
{
  g_autofree char *text = g_strdup_printf ("\"%s/a", folder);
  g_auto (PhCompletions) completions = ph_path_complete (text);
  g_autofree char *common = ph_completions_dup_common (&completions);

  ck_assert_str_eq (common, " ca");
}
END_TEST

/* --- text for terminals --- */

typedef struct {
  const char *text;
  const char *shown;
} Shown;

static const Shown shown[] = {
  { "two\n\tlines é 猫", "two\n\tlines é 猫" },
  { "\x1b]52;c;AAAA\a", "\\x1b]52;c;AAAA\\x07" },
  { "a\rb\x7f", "a\\x0db\\x7f" },
  { "\xc2\x9b"
    "31m",
    "\\xc2\\x9b31m" },
  { "\xff\xe7\x8c", "\\xff\\xe7\\x8c" },
  { "turned \u202e text", "turned \\xe2\\x80\\xae text" },
};

START_TEST (nothing_from_outside_steers_the_terminal)
{
  g_autofree char *escaped = ph_terminal_escape (shown[_i].text);

  ck_assert_str_eq (escaped, shown[_i].shown);
}
END_TEST

START_TEST (long_text_is_not_cut)
{
  g_autofree char *text = g_strnfill (100000, 'a');
  g_autofree char *escaped = ph_terminal_escape (text);

  ck_assert_str_eq (escaped, text);
}
END_TEST

/* --- heat --- */

#define N_ROWS 3
#define N_COLUMNS 4
#define N_KEYS (1 + N_ROWS * N_COLUMNS)
#define N_QUERIES 2

/* In steps of 1/510, which eight bits keep, and of which no digit is on the edge of
 * another. */
static const float steps[] = { 4, 8, 11, 15, 18, 21, 24, 27, 28, 31, 32, 36 };

/* One layer, number 2, and one head.  Query 0 looks at the class token for a half, and
 * the more at a patch the later it comes; query 1 looks at the class token alone. */
static PhSnapshot *
make_snapshot (void)
{
  const PhSnapshotShape shape = { 1, 1, N_QUERIES, N_ROWS, N_COLUMNS, { 2 } };
  float cross[N_QUERIES * N_KEYS] = { 0 };

  cross[0] = .5f;
  for (int k = 1; k < N_KEYS; k++)
    cross[k] = steps[k - 1] / 510;
  cross[N_KEYS] = 1;
  return ph_snapshot_new (&shape, cross);
}

static char *
print_heat (const PhHeatChoice *choice, const PhTerminal *terminal)
{
  g_autoptr (PhSnapshot) snapshot = make_snapshot ();
  g_autofree char *text = NULL;
  size_t n_bytes;
  FILE *out = open_memstream (&text, &n_bytes);

  ph_heat_print (snapshot, choice, NULL, terminal, out);
  fclose (out);
  return g_strdup (text);
}

START_TEST (a_pipe_gets_digits_and_no_control_characters)
{
  const PhTerminal pipe = { .width = 80 };
  g_autofree char *text = print_heat (&(PhHeatChoice){ 0, 0, 0 }, &pipe);

  ck_assert_ptr_nonnull (
      strstr (text, "query 0, layer 2, head 0\n0 1 2 3\n4 5 6 6\n7 8 8 9\n"));
  ck_assert_ptr_nonnull (
      strstr (text, "class token: 50.00 %\nrow 3, column 4: 7.06 %\n"));
  for (const char *c = text; *c != '\0'; c++)
    ck_assert (*c == '\n' || g_ascii_isprint (*c));
}
END_TEST

static unsigned
count (const char *text, const char *piece)
{
  g_auto (GStrv) parts = g_strsplit (text, piece, -1);

  return g_strv_length (parts) - 1;
}

START_TEST (every_patch_is_exactly_its_cells)
{
  const PhTerminal wide = { true, true, PH_COLORS_TRUE, 80 };
  const PhTerminal narrow = { true, true, PH_COLORS_256, 10 };
  g_autofree char *large = print_heat (&(PhHeatChoice){ 0, 0, 0 }, &wide);
  g_autofree char *small = print_heat (&(PhHeatChoice){ 0, 0, 0 }, &narrow);

  ck_assert_uint_eq (count (large, "\u2580"), 2 * N_COLUMNS * N_ROWS);
  ck_assert_uint_eq (count (small, "\u2580"), N_COLUMNS * 2);
  ck_assert_uint_eq (count (small, "\033[38;2;"), 0);
}
END_TEST

typedef struct {
  const char *text;
  PhHeatChoice choice;
  const char *complaint; /* NULL: none */
} Choice;

static const Choice choices[] = {
  { "", PH_HEAT_MEAN, NULL },
  { "q=1", { -1, -1, 1 }, NULL },
  { " l=2  h=0 q=0", { 0, 0, 0 }, NULL },
  { "q=2", PH_HEAT_MEAN, "query \"2\": they are numbered 0 to 1" },
  { "q=", PH_HEAT_MEAN, "query \"\"" },
  { "l=0", PH_HEAT_MEAN, "layer \"0\": those that look are 2" },
  { "h=-1", PH_HEAT_MEAN, "head \"-1\"" },
  { "x=1", PH_HEAT_MEAN, "q=QUERY l=LAYER h=HEAD" },
};

static bool
same_map (const PhHeatChoice *a, const PhHeatChoice *b)
{
  return a->query == b->query && a->layer == b->layer && a->head == b->head;
}

START_TEST (maps_are_chosen_by_query_layer_and_head)
{
  g_autoptr (PhSnapshot) snapshot = make_snapshot ();
  g_autoptr (GError) error = NULL;
  PhHeatChoice choice;
  bool chosen = ph_heat_choose (snapshot, choices[_i].text, &choice, &error);

  ck_assert (chosen == (choices[_i].complaint == NULL));
  if (chosen)
    ck_assert (same_map (&choice, &choices[_i].choice));
  else
    ck_assert_msg (strstr (error->message, choices[_i].complaint) != NULL, "%s",
                   error->message);
}
END_TEST

START_TEST (heat_in_json_is_the_numbers_themselves)
{
  g_autoptr (PhSnapshot) snapshot = make_snapshot ();
  json_t *heat = ph_heat_to_json (snapshot, &(PhHeatChoice){ 0, -1, 0 });
  json_t *row = json_array_get (json_object_get (heat, "patches"), N_ROWS - 1);
  double share = json_real_value (json_array_get (row, N_COLUMNS - 1));

  ck_assert_int_eq (json_integer_value (json_object_get (heat, "layer")), 2);
  ck_assert_str_eq (json_string_value (json_object_get (heat, "head")), "mean");
  ck_assert_double_eq_tol (json_real_value (json_object_get (heat, "class_token")), .5,
                           1e-3);
  ck_assert_double_eq_tol (share, 36 / 510.0, 1e-6);
  json_decref (heat);
}
END_TEST

/* Relative luminance, from https://www.w3.org/TR/WCAG20/#relativeluminancedef. */
static double
luminance (PhColormapColor color)
{
  const double channels[] = { color.red / 255.0, color.green / 255.0,
                              color.blue / 255.0 };
  const double weights[] = { .2126, .7152, .0722 };
  double sum = 0;

  for (int c = 0; c < 3; c++)
    sum += weights[c] * (channels[c] <= .03928 ? channels[c] / 12.92
                                               : pow ((channels[c] + .055) / 1.055, 2.4));
  return sum;
}

START_TEST (a_larger_share_is_never_darker)
{
  double before = -1;

  for (int i = 0; i < 256; i += 3) {
    double now = luminance (ph_colormap_color (PH_COLORMAP_VIOLET_YELLOW, i / 255.0));

    ck_assert_double_gt (now, before);
    before = now;
  }
  ck_assert_double_eq (luminance (ph_colormap_color (PH_COLORMAP_VIOLET_YELLOW, 2)),
                       luminance (ph_colormap_color (PH_COLORMAP_VIOLET_YELLOW, 1)));
  ck_assert_double_eq (luminance (ph_colormap_color (PH_COLORMAP_VIOLET_YELLOW, NAN)),
                       luminance (ph_colormap_color (PH_COLORMAP_VIOLET_YELLOW, 0)));
}
END_TEST

static TCase *
case_of_options (void)
{
  TCase *tcase = tcase_create ("options");

  tcase_add_test (tcase, options_are_found_among_words);
  tcase_add_loop_test (tcase, wrong_options_are_refused_with_a_reason, 0,
                       G_N_ELEMENTS (wrong));
  return tcase;
}

static TCase *
case_of_paths (void)
{
  TCase *tcase = tcase_create ("paths");

  tcase_add_checked_fixture (tcase, make_files, remove_files);
  tcase_add_loop_test (tcase, paths_are_read_as_people_put_them, 0,
                       G_N_ELEMENTS (spellings));
  tcase_add_test (tcase, only_files_that_exist_are_pictures);
  tcase_add_loop_test (tcase, tab_adds_what_all_names_share, 0, G_N_ELEMENTS (tabs));
  tcase_add_test (tcase, tab_needs_no_backslash_in_quotes);
  return tcase;
}

static TCase *
case_of_printing (void)
{
  TCase *tcase = tcase_create ("printing");

  tcase_add_loop_test (tcase, nothing_from_outside_steers_the_terminal, 0,
                       G_N_ELEMENTS (shown));
  tcase_add_test (tcase, long_text_is_not_cut);
  tcase_add_test (tcase, a_pipe_gets_digits_and_no_control_characters);
  tcase_add_test (tcase, every_patch_is_exactly_its_cells);
  tcase_add_loop_test (tcase, maps_are_chosen_by_query_layer_and_head, 0,
                       G_N_ELEMENTS (choices));
  tcase_add_test (tcase, heat_in_json_is_the_numbers_themselves);
  tcase_add_test (tcase, a_larger_share_is_never_darker);
  return tcase;
}

int
main (void)
{
  Suite *suite = suite_create ("cli");
  SRunner *runner;
  int n_failed;

  suite_add_tcase (suite, case_of_options ());
  suite_add_tcase (suite, case_of_paths ());
  suite_add_tcase (suite, case_of_printing ());
  runner = srunner_create (suite);
  srunner_run_all (runner, CK_NORMAL);
  n_failed = srunner_ntests_failed (runner);
  srunner_free (runner);
  return n_failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
