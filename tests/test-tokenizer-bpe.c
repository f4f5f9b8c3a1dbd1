#include "core/base/error.h"
#include "core/text/heap.h"
#include "core/text/pattern.h"
#include "core/text/steps.h"
#include "tests/tokenizer-golden.h"

#include <glib/gstdio.h>
#include <stdlib.h>
#include <time.h>

#define DATA TEST_DATA "/tokenizer/"

static char *folder;

static void
write_file (const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);

  g_unlink (path);
  ck_assert (g_file_set_contents (path, text, -1, NULL));
}

static void
write_json (const char *name, const json_t *json)
{
  char *text = json_dumps (json, 0);

  write_file (name, text);
  free (text);
}

static void
copy_file (const char *from, const char *name)
{
  g_autofree char *path = g_strdup_printf (DATA "%s/%s", from, name);
  g_autofree char *text = NULL;

  ck_assert (g_file_get_contents (path, &text, NULL, NULL));
  write_file (name, text);
}

static void
empty_folder (void)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);

  for (const char *name; (name = g_dir_read_name (dir)) != NULL;) {
    g_autofree char *path = g_build_filename (folder, name, NULL);

    g_unlink (path);
  }
}

/* --- single steps --- */

static json_t *
list_of (const GPtrArray *strings)
{
  json_t *list = json_array ();

  for (guint i = 0; i < strings->len; i++)
    json_array_append_new (list, json_string (strings->pdata[i]));
  return list;
}

static json_t *
normalize (const json_t *step, const json_t *text)
{
  g_autoptr (PhSteps) steps = ph_steps_read_normalizers (step, NULL);
  g_autoptr (GString) out = g_string_new (json_string_value (text));

  ck_assert_ptr_nonnull (steps);
  ph_steps_normalize (steps, out);
  return json_string (out->str);
}

static json_t *
pre_tokenize (const json_t *step, const json_t *text)
{
  g_autoptr (PhSteps) steps = ph_steps_read_pre_tokenizers (step, NULL);
  g_autoptr (GPtrArray) words = NULL;

  ck_assert_ptr_nonnull (steps);
  if (*json_string_value (text) == '\0')
    return json_array ();
  words = ph_steps_split (steps, json_string_value (text), true);
  return list_of (words);
}

static json_t *
decode (const json_t *step, const json_t *tokens)
{
  g_autoptr (PhSteps) steps = ph_steps_read_decoders (step, NULL);
  g_autoptr (GPtrArray) strings = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *text = NULL;

  ck_assert_ptr_nonnull (steps);
  for (size_t i = 0; i < json_array_size (tokens); i++)
    g_ptr_array_add (strings, g_strdup (json_string_value (json_array_get (tokens, i))));
  text = ph_steps_decode (steps, strings);
  return json_string (text);
}

static const struct {
  const char *name;
  json_t *(*run) (const json_t *step, const json_t *given);
} kinds[] = {
  { "normalizer", normalize },
  { "pre_tokenizer", pre_tokenize },
  { "decoder", decode },
};

static void
check_step (const char *name,
            json_t *(*run) (const json_t *step, const json_t *given),
            const json_t *test)
{
  const json_t *step = json_object_get (test, name);
  const json_t *made = json_object_get (test, "made");

  for (size_t i = 0; i < json_array_size (made); i++) {
    const json_t *pair = json_array_get (made, i);
    const json_t *given = json_array_get (pair, 0), *wanted = json_array_get (pair, 1);
    g_autoptr (PhJson) got = run (step, given);

    if (!json_equal (got, wanted)) {
      g_autoptr (PhJson) all = json_pack ("[O, O, O, O]", step, given, got, wanted);

      ck_abort_msg ("%s", json_dumps (all, 0));
    }
  }
}

START_TEST (a_step_makes_of_a_text_what_the_reference_makes)
{
  g_autoptr (PhJson) file = ph_json_load (DATA "steps.json", NULL);
  const json_t *cases = json_object_get (file, "cases");
  size_t n_steps = 0;

  for (size_t i = 0; i < json_array_size (cases); i++) {
    const json_t *test = json_array_get (cases, i);

    if (json_object_get (test, kinds[_i].name) == NULL)
      continue;
    check_step (kinds[_i].name, kinds[_i].run, test);
    n_steps++;
  }
  ck_assert_uint_ge (n_steps, 5);
}
END_TEST

/* --- every character --- */

static const struct {
  const char *name, *step;
} alphabets[] = {
  { "byte_level", "{\"type\":\"ByteLevel\",\"add_prefix_space\":false}" },
  { "digits", "{\"type\":\"Digits\",\"individual_digits\":true}" },
  { "whitespace", "{\"type\":\"Whitespace\"}" },
};

START_TEST (every_character_is_letter_number_or_space_as_in_the_reference)
{
  g_autoptr (PhJson) hashes = ph_json_load (DATA "every-character-bpe.json", NULL);
  g_autoptr (PhJson) step = json_loads (alphabets[_i].step, 0, NULL);
  g_autoptr (PhSteps) steps = ph_steps_read_pre_tokenizers (step, NULL);
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);

  for (gunichar c = 1; c < 0x110000; c++) {
    char character[7] = { 0 };
    g_autofree char *text = NULL, *line = NULL;
    g_autoptr (GPtrArray) words = NULL;

    if (c >= 0xd800 && c < 0xe000)
      continue;
    g_unichar_to_utf8 (c, character);
    text = g_strdup_printf ("a%s1%s!%s", character, character, character);
    words = ph_steps_split (steps, text, true);
    g_ptr_array_add (words, NULL);
    line = g_strjoinv ("\t", (char **) words->pdata);
    g_checksum_update (sum, (const guchar *) line, -1);
    g_checksum_update (sum, (const guchar *) "\n", 1);
  }
  ck_assert_str_eq (g_checksum_get_string (sum),
                    json_string_value (json_object_get (hashes, alphabets[_i].name)));
}
END_TEST

/* --- bytes that no text can hold --- */

static const struct {
  const char *from, *token;
} nothing[] = { { "opt", "\xc4\x80" }, { "vicuna", "<0x00>" } };

START_TEST (the_byte_zero_is_told_and_does_not_end_the_text)
{
  g_autofree char *from = g_strconcat (DATA, nothing[_i].from, NULL);
  g_autoptr (PhTokenizer) tokenizer = ph_tokenizer_open (from, NULL);
  int32_t zero = ph_tokenizer_find (tokenizer, nothing[_i].token);
  int32_t a = ph_tokenizer_find (tokenizer, "a");
  const int32_t ids[] = { a, zero, a };
  g_autofree char *text = ph_tokenizer_decode (tokenizer, ids, 3, false);

  ck_assert_int_ge (zero, 0);
  ck_assert_str_eq (text, "a\xef\xbf\xbd"
                          "a");
}
END_TEST

/* --- older files --- */

START_TEST (files_before_tokenizer_json_say_the_same)
{
  check_golden (DATA "opt-files", DATA "opt");
}
END_TEST

START_TEST (added_tokens_are_found_in_tokenizer_config_too)
{
  g_autoptr (PhJson) document = ph_json_load (DATA "opt/tokenizer.json", NULL);
  g_autoptr (PhJson) config = json_pack ("{s:b, s:s, s:{}}", "add_bos_token", 1,
                                         "bos_token", "</s>", "added_tokens_decoder");
  const json_t *added = json_object_get (document, "added_tokens");

  empty_folder ();
  for (size_t i = 0; i < json_array_size (added); i++) {
    json_t *token = json_array_get (added, i);
    g_autofree char *id =
        g_strdup_printf ("%d", (int) json_integer_value (json_object_get (token, "id")));

    json_object_set (json_object_get (config, "added_tokens_decoder"), id, token);
  }
  copy_file ("opt-files", "vocab.json");
  copy_file ("opt-files", "merges.txt");
  write_json ("tokenizer_config.json", config);
  check_golden (folder, DATA "opt");
}
END_TEST

START_TEST (a_byte_level_post_processor_leaves_bos_to_the_config)
{
  g_autoptr (PhJson) document = ph_json_load (DATA "opt/tokenizer.json", NULL);
  g_autoptr (PhTokenizer) without = NULL;
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (int32_t));

  empty_folder ();
  json_object_set_new (document, "post_processor",
                       json_pack ("{s:s}", "type", "ByteLevel"));
  write_json ("tokenizer.json", document);
  without = ph_tokenizer_open (folder, NULL);
  ck_assert (ph_tokenizer_encode (without, "", true, ids, NULL));
  ck_assert_uint_eq (ids->len, 0);

  copy_file ("opt-files", "tokenizer_config.json");
  check_golden (folder, DATA "opt");
}
END_TEST

#define VOCAB "{\"a\":0,\"b\":1,\"ab\":2}"

static const struct {
  const char *name,
      *text; /* beside a good vocab.json and merges.txt, or instead of one */
  const char *complaint;
} older[] = {
  { "merges.txt", "a", "vocab.json: model.merges[0] is not two tokens" },
  { "merges.txt", "a b\n\xff", "merges.txt: is not UTF-8 at byte 4" },
  { "merges.txt", "#version: 0.2\r\na b\r\nx y\r\n", "\"x\" is not in the vocabulary" },
  { "vocab.json", "[]", "vocab.json: is not a JSON object" },
  { "vocab.json", "{\"a\":0,\"b\":\"1\"}", "model.vocab.b is \"1\", not a whole number" },
  { "tokenizer_config.json", "{\"add_bos_token\":1}",
    "tokenizer_config.json: add_bos_token is 1, not true or false" },
  { "tokenizer_config.json", "{\"add_bos_token\":true,\"bos_token\":\"x\"}",
    "tokenizer_config.json: bos_token: \"x\" is not in the vocabulary" },
  { "tokenizer_config.json", "{\"added_tokens_decoder\":{\"x\":{\"content\":\"c\"}}}",
    "added_tokens[0].id is -1" },
  { "tokenizer_config.json", "{\"added_tokens_decoder\":{\"3\":7}}",
    "added_tokens[0].id is missing" },
  { "added_tokens.json", "{\"c\":{}}", "added_tokens[0].id is an object" },
  { "added_tokens.json", "[", "added_tokens.json: line 1" },
  { "special_tokens_map.json", "3", "special_tokens_map.json: " },
};

START_TEST (broken_older_files_are_refused_with_a_reason)
{
  g_autoptr (GError) error = NULL;

  empty_folder ();
  write_file ("vocab.json", VOCAB);
  write_file ("merges.txt", "a b\n");
  write_file (older[_i].name, older[_i].text);
  ck_assert_ptr_null (ph_tokenizer_open (folder, &error));
  ck_assert (g_str_has_prefix (error->message, folder));
  ck_assert_msg (strstr (error->message, older[_i].complaint) != NULL, "%s",
                 error->message);
}
END_TEST

START_TEST (a_missing_list_of_merges_is_named)
{
  g_autoptr (GError) error = NULL;

  empty_folder ();
  write_file ("vocab.json", VOCAB);
  ck_assert_ptr_null (ph_tokenizer_open (folder, &error));
  ck_assert_msg (strstr (error->message, "/merges.txt: ") != NULL, "%s", error->message);
}
END_TEST

/* --- broken models and steps --- */

#define BPE(members)                                                                     \
  "{\"model\":{\"type\":\"BPE\",\"vocab\":" VOCAB ",\"merges\":[]," members "}}"
#define MERGES(merges)                                                                   \
  "{\"model\":{\"type\":\"BPE\",\"vocab\":" VOCAB ",\"merges\":" merges "}}"
#define STEP(kind, step)                                                                 \
  "{\"model\":{\"type\":\"BPE\",\"vocab\":" VOCAB ",\"merges\":[]},\"" kind "\":" step "}"

static const struct {
  const char *json, *complaint;
} broken[] = {
  { "{\"model\":{\"type\":\"BPE\"}}", "model.vocab is missing" },
  { "{\"model\":{\"type\":\"BPE\",\"vocab\":{}}}", "model.merges is missing" },
  { "{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":-1},\"merges\":[]}}",
    "id of \"a\" is -1, not 0 to" },
  { "{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":1048576},\"merges\":[]}}",
    "id of \"a\" is 1048576, not 0 to" },
  { MERGES ("{}"), "model.merges is an object, not an array" },
  { MERGES ("[3]"), "model.merges[0] is not two tokens" },
  { MERGES ("[\"ab\"]"), "model.merges[0] is not two tokens" },
  { MERGES ("[\"a b a\"]"), "model.merges[0] is not two tokens" },
  { MERGES ("[\" b\"]"), "model.merges[0] is not two tokens" },
  { MERGES ("[[\"a\"]]"), "model.merges[0] is not two tokens" },
  { MERGES ("[[\"a\",\"b\",\"a\"]]"), "model.merges[0] is not two tokens" },
  { MERGES ("[[\"a\",1]]"), "model.merges[0] is not two tokens" },
  { MERGES ("[[\"a\",\"\"]]"), "model.merges[0] is not two tokens" },
  { MERGES ("[\"a b\",\"z b\"]"), "model.merges[1]: \"z\" is not in the vocabulary" },
  { MERGES ("[\"b z\"]"), "model.merges[0]: \"z\" is not in the vocabulary" },
  { MERGES ("[\"b a\"]"), "model.merges[0]: \"ba\" is not in the vocabulary" },
  { MERGES ("[\"a b\",[\"a\",\"b\"]]"),
    "model.merges[1] is the same as model.merges[0]" },
  { BPE ("\"unk_token\":\"u\""), "model.unk_token is \"u\", which is not in the" },
  { BPE ("\"dropout\":0.1"), "model.dropout is 0.1: ids would be left to chance" },
  { BPE ("\"dropout\":2"), "model.dropout is 2, not 0 to 1" },
  { BPE ("\"continuing_subword_prefix\":\"##\""),
    "model.continuing_subword_prefix is \"##\"; only" },
  { BPE ("\"end_of_word_suffix\":\"</w>\""),
    "model.end_of_word_suffix is \"</w>\"; only" },
  { STEP ("normalizer", "{\"type\":\"Prepend\"}"), "normalizer.prepend is missing" },
  { STEP ("normalizer", "{\"type\":\"Replace\",\"content\":\"\"}"),
    "normalizer.pattern is missing" },
  { STEP ("normalizer", "{\"type\":\"Replace\",\"content\":\"\",\"pattern\":{}}"),
    "normalizer.pattern is neither a string nor an expression" },
  { STEP ("normalizer",
          "{\"type\":\"Replace\",\"content\":\"\",\"pattern\":{\"Regex\":"
          "\"(a+)+\"}}"),
    "normalizer.pattern is the expression \"(a+)+\", which is not known" },
  { STEP ("pre_tokenizer", "{\"type\":\"ByteLevel\"}"), "add_prefix_space is missing" },
  { STEP ("pre_tokenizer", "{\"type\":\"Digits\"}"), "individual_digits is missing" },
  { STEP ("pre_tokenizer",
          "{\"type\":\"Split\",\"pattern\":{\"String\":\" \"},"
          "\"behavior\":\"Sometimes\"}"),
    "pre_tokenizer.behavior is \"Sometimes\", which is not known" },
  { STEP ("pre_tokenizer",
          "{\"type\":\"Split\",\"pattern\":{\"String\":\"\"},"
          "\"behavior\":\"Removed\"}"),
    "pre_tokenizer.pattern is neither a string nor an expression" },
  { STEP ("pre_tokenizer", "{\"type\":\"Metaspace\",\"replacement\":\"\"}"),
    "pre_tokenizer.replacement is \"\", not one character" },
  { STEP ("pre_tokenizer",
          "{\"type\":\"Metaspace\",\"replacement\":\"_\","
          "\"prepend_scheme\":\"last\"}"),
    "pre_tokenizer.prepend_scheme is \"last\", not always, first or never" },
  { STEP ("pre_tokenizer",
          "{\"type\":\"Metaspace\",\"replacement\":\"_\","
          "\"add_prefix_space\":false,\"prepend_scheme\":\"first\"}"),
    "pre_tokenizer.add_prefix_space is false and prepend_scheme \"first\"" },
  { STEP ("decoder", "{\"type\":\"Strip\",\"content\":\"ab\",\"start\":0,\"stop\":0}"),
    "decoder.content is \"ab\", not one character" },
  { STEP ("decoder", "{\"type\":\"Strip\",\"content\":\"a\",\"start\":-1,\"stop\":0}"),
    "decoder.start is -1" },
  { STEP ("post_processor", "{\"type\":\"Sequence\"}"),
    "post_processor.processors is missing" },
  { STEP ("post_processor", "{\"type\":\"Sequence\",\"processors\":[{\"type\":\"X\"}]}"),
    "post_processor.processors[0] is of the type \"X\"" },
  { STEP ("post_processor",
          "{\"type\":\"Sequence\",\"processors\":[{\"type\":"
          "\"TemplateProcessing\",\"single\":[{\"SpecialToken\":{"
          "\"id\":\"a\"}}],\"special_tokens\":{\"a\":{\"ids\":[0]}}},"
          "{\"type\":\"TemplateProcessing\"}]}"),
    "post_processor.processors[1] is a second template" },
};

START_TEST (broken_files_are_refused_with_a_reason)
{
  g_autoptr (GError) error = NULL;

  empty_folder ();
  write_file ("tokenizer.json", broken[_i].json);
  ck_assert_ptr_null (ph_tokenizer_open (folder, &error));
  ck_assert_msg (strstr (error->message, broken[_i].complaint) != NULL, "%s",
                 error->message);
}
END_TEST

/* --- heaps --- */

START_TEST (a_heap_gives_numbers_in_rising_order)
{
  g_autoptr (PhHeap) heap = ph_heap_new ();
  uint32_t state = 5;
  uint64_t last = 0, number;
  int n = 0;

  for (int i = 0; i < 1000; i++) {
    state = state * 1664525 + 1013904223;
    ph_heap_push (heap, state >> 20);
  }
  for (; ph_heap_pop (heap, &number); last = number, n++)
    ck_assert_uint_ge (number, last);
  ck_assert_int_eq (n, 1000);
}
END_TEST

/* --- time --- */

static const char *const froms[] = { "opt", "digits", "vicuna", "metaspace" };
static const char *const units[] = {
  "a", "the cat ", " ", "\n", "1", "'s", "你", "</s>"
};

/* Seconds of the processor, to ids and back. */
static double
measure (const PhTokenizer *tokenizer, const char *unit, size_t n_bytes)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (int32_t));
  g_autofree char *back = NULL;
  clock_t begin = clock ();

  while (text->len < n_bytes)
    g_string_append (text, unit);
  ck_assert (ph_tokenizer_encode (tokenizer, text->str, true, ids, NULL));
  back = ph_tokenizer_decode (tokenizer, (const int32_t *) ids->data, ids->len, true);
  return (double) (clock () - begin) / CLOCKS_PER_SEC;
}

/* Four times the text may take eight times as long; if time grew with the square it would
 * be sixteen.  The tenth of a second is for what a clock cannot tell apart. */
START_TEST (time_grows_with_the_text_and_not_with_its_square)
{
  g_autofree char *from = g_strconcat (DATA, froms[_i], NULL);
  g_autoptr (PhTokenizer) tokenizer = ph_tokenizer_open (from, NULL);

  for (size_t i = 0; i < G_N_ELEMENTS (units); i++) {
    double quarter = measure (tokenizer, units[i], 250000);
    double whole = measure (tokenizer, units[i], 1000000);

    ck_assert_msg (whole < 8 * quarter + 0.1, "%s: \"%s\" takes %g s, then %g s",
                   froms[_i], units[i], quarter, whole);
  }
}
END_TEST

int
main (void)
{
  Suite *suite = suite_create ("tokenizer-bpe");
  TCase *all = tcase_create ("all");
  SRunner *runner = srunner_create (suite);
  int n_failed;

  folder = g_dir_make_tmp ("pinhole-XXXXXX", NULL);
  tcase_add_loop_test (all, a_step_makes_of_a_text_what_the_reference_makes, 0,
                       G_N_ELEMENTS (kinds));
  tcase_add_loop_test (all, every_character_is_letter_number_or_space_as_in_the_reference,
                       0, G_N_ELEMENTS (alphabets));
  tcase_add_loop_test (all, the_byte_zero_is_told_and_does_not_end_the_text, 0,
                       G_N_ELEMENTS (nothing));
  tcase_add_test (all, files_before_tokenizer_json_say_the_same);
  tcase_add_test (all, added_tokens_are_found_in_tokenizer_config_too);
  tcase_add_test (all, a_byte_level_post_processor_leaves_bos_to_the_config);
  tcase_add_loop_test (all, broken_older_files_are_refused_with_a_reason, 0,
                       G_N_ELEMENTS (older));
  tcase_add_test (all, a_missing_list_of_merges_is_named);
  tcase_add_loop_test (all, broken_files_are_refused_with_a_reason, 0,
                       G_N_ELEMENTS (broken));
  tcase_add_test (all, a_heap_gives_numbers_in_rising_order);
  tcase_add_loop_test (all, time_grows_with_the_text_and_not_with_its_square, 0,
                       G_N_ELEMENTS (froms));
  suite_add_tcase (suite, all);

  srunner_run_all (runner, CK_NORMAL);
  n_failed = srunner_ntests_failed (runner);
  srunner_free (runner);
  empty_folder ();
  g_rmdir (folder);
  g_free (folder);
  return n_failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
