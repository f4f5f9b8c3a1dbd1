#include "core/base/error.h"
#include "core/formats/json.h"
#include "core/text/steps.h"
#include "core/text/tokenizer.h"
#include "core/text/wordpiece-files.h"
#include "tests/tokenizer-golden.h"

#include <check.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

#define DATA TEST_DATA "/tokenizer/"

static char *folder;

/* Removed first: GLib syncs a file that it replaces, which thousands of times is long. */
static bool
write_anew (const char *path, const char *bytes, size_t n_bytes)
{
  g_unlink (path);
  return g_file_set_contents (path, bytes, (gssize) n_bytes, NULL);
}

/* --- what the reference says --- */

static const char *const golden[] = { "lm",     "qformer", "added",     "bare", "opt",
                                      "digits", "vicuna",  "metaspace", "ties" };

START_TEST (ids_and_texts_are_those_of_the_reference)
{
  g_autofree char *from = g_strdup_printf (DATA "%s", golden[_i]);

  check_golden (from, from);
}
END_TEST

/* --- every character, against a hash of what the reference makes of them --- */

static PhSteps *
normalizer_with (const char *only)
{
  static const char *const names[] = { "clean_text", "handle_chinese_chars",
                                       "strip_accents", "lowercase" };
  g_autoptr (PhJson) json = json_pack ("{s:s}", "type", "BertNormalizer");

  for (size_t i = 0; i < G_N_ELEMENTS (names); i++)
    json_object_set_new (json, names[i], json_boolean (strcmp (names[i], only) == 0));
  return ph_steps_read_normalizers (json, NULL);
}

/* Appends the character, or returns false where the reference has none to compare. */
static bool
append_character (GString *text, gunichar c)
{
  if ((c >= 0xd800 && c < 0xe000) || c == 0x11938)
    return false;
  g_string_append_unichar (text, c);
  return true;
}

static void
check_hash (GChecksum *sum, const char *name)
{
  g_autoptr (PhJson) file = ph_json_load (DATA "every-character.json", NULL);

  ck_assert_str_eq (g_checksum_get_string (sum),
                    json_string_value (json_object_get (file, name)));
}

static const char *const modes[] = { "clean_text", "handle_chinese_chars",
                                     "strip_accents", "lowercase" };

START_TEST (every_character_is_normalized_as_the_reference_does)
{
  g_autoptr (PhSteps) steps = normalizer_with (modes[_i]);
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autoptr (GString) text = g_string_new (NULL);

  for (gunichar c = 1; c < 0x110000; c++) {
    g_string_truncate (text, 0);
    if (!append_character (text, c))
      continue;
    ph_steps_normalize (steps, text);
    if (c > 1)
      g_checksum_update (sum, (const guchar *) "\n", 1);
    g_checksum_update (sum, (const guchar *) text->str, (gssize) text->len);
  }
  check_hash (sum, modes[_i]);
}
END_TEST

START_TEST (every_character_parts_words_as_the_reference_has_it)
{
  g_autoptr (PhJson) json = json_pack ("{s:s}", "type", "BertPreTokenizer");
  g_autoptr (PhSteps) steps = ph_steps_read_pre_tokenizers (json, NULL);
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);

  for (gunichar c = 1; c < 0x110000; c++) {
    g_autoptr (GString) text = g_string_new ("a");
    g_autoptr (GPtrArray) words = NULL;
    g_autofree char *line = NULL;

    if (!append_character (text, c))
      continue;
    g_string_append_c (text, 'b');
    words = ph_steps_split (steps, text->str, true);
    g_ptr_array_add (words, NULL);
    line = g_strjoinv ("\t", (char **) words->pdata);
    if (c > 1)
      g_checksum_update (sum, (const guchar *) "\n", 1);
    g_checksum_update (sum, (const guchar *) line, -1);
  }
  check_hash (sum, "split");
}
END_TEST

/* --- files that are written --- */

static const char *const words[] = { "What color is the star?", "fish cup Blue don't",
                                     "ééé", NULL };
static const char *const lm_specials[] = { "<pad>", "<s>",     "</s>",
                                           "<unk>", "<image>", NULL };
static const char *const qformer_specials[] = { "[PAD]",  "[UNK]", "[CLS]", "[SEP]",
                                                "[MASK]", "[DEC]", NULL };

static void
write_lm (const char *to)
{
  g_auto (GStrv) tokens = ph_wordpiece_vocabulary (lm_specials, words);
  const PhWordPieceFiles files = {
    .tokens = (const char *const *) tokens,
    .specials = lm_specials,
    .roles = { .bos = "<s>", .eos = "</s>", .pad = "<pad>", .unk = "<unk>" },
    .before = "<s>",
    .padding_side = "left",
    .max_length = 64,
  };

  ck_assert (ph_wordpiece_write (to, &files, NULL));
}

static void
write_qformer (const char *to)
{
  g_auto (GStrv) tokens = ph_wordpiece_vocabulary (qformer_specials, words);
  const PhWordPieceFiles files = {
    .tokens = (const char *const *) tokens,
    .specials = qformer_specials,
    .roles = { .pad = "[PAD]",
               .unk = "[UNK]",
               .cls = "[CLS]",
               .sep = "[SEP]",
               .mask = "[MASK]" },
    .before = "[CLS]",
    .after = "[SEP]",
    .padding_side = "right",
    .max_length = 64,
  };

  ck_assert (ph_wordpiece_write (to, &files, NULL));
}

static void
check_same (const char *name, const char *file)
{
  g_autofree char *written = g_build_filename (folder, name, file, NULL);
  g_autofree char *kept = g_build_filename (DATA, name, file, NULL);
  g_autofree char *a = NULL, *b = NULL;

  ck_assert (g_file_get_contents (written, &a, NULL, NULL));
  ck_assert (g_file_get_contents (kept, &b, NULL, NULL));
  ck_assert_msg (strcmp (a, b) == 0, "%s is not %s", written, kept);
}

START_TEST (the_files_that_transformers_was_shown_are_those_we_write)
{
  static const char *const files[] = { "tokenizer.json", "tokenizer_config.json",
                                       "special_tokens_map.json" };
  g_autofree char *lm = g_build_filename (folder, "lm", NULL);
  g_autofree char *qformer = g_build_filename (folder, "qformer", NULL);

  write_lm (lm);
  write_qformer (qformer);
  for (size_t i = 0; i < G_N_ELEMENTS (files); i++) {
    check_same ("lm", files[i]);
    check_same ("qformer", files[i]);
  }
}
END_TEST

START_TEST (a_vocabulary_begins_with_the_specials_and_holds_every_word_once)
{
  g_auto (GStrv) tokens = ph_wordpiece_vocabulary (lm_specials, words);
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  for (size_t i = 0; lm_specials[i] != NULL; i++)
    ck_assert_str_eq (tokens[i], lm_specials[i]);
  for (size_t i = 0; tokens[i] != NULL; i++)
    ck_assert_msg (g_hash_table_add (seen, tokens[i]), "%s stands twice", tokens[i]);
  ck_assert (g_strv_contains ((const char *const *) tokens, "blue"));
  ck_assert (g_strv_contains ((const char *const *) tokens, "##9"));
  ck_assert (g_strv_contains ((const char *const *) tokens, "?"));
  ck_assert (!g_strv_contains ((const char *const *) tokens, "don't"));
}
END_TEST

/* --- looking up --- */

START_TEST (tokens_are_found_by_name_and_by_id)
{
  g_autoptr (PhTokenizer) tokenizer = ph_tokenizer_open (DATA "lm", NULL);
  const int32_t odd[] = { -1, 1 << 30, 1 };
  g_autofree char *text = ph_tokenizer_decode (tokenizer, odd, 3, false);

  ck_assert_int_eq (ph_tokenizer_find (tokenizer, "</s>"), 2);
  ck_assert_int_eq (ph_tokenizer_find (tokenizer, "no such"), -1);
  ck_assert_str_eq (ph_tokenizer_get_token (tokenizer, 4), "<image>");
  ck_assert_ptr_null (ph_tokenizer_get_token (tokenizer, -1));
  ck_assert (ph_tokenizer_is_special (tokenizer, 0) &&
             !ph_tokenizer_is_special (tokenizer, 9));
  ck_assert_str_eq (text, "<s>");
}
END_TEST

START_TEST (text_that_is_not_utf8_is_refused)
{
  static const char *const bad[] = { "a\xff", "\xc0\x80", "\xed\xa0\x80",
                                     "\xf5\x80\x80\x80", "\xe2\x82" };
  g_autoptr (PhTokenizer) tokenizer = ph_tokenizer_open (DATA "lm", NULL);
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (int32_t));

  for (size_t i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;

    ck_assert (!ph_tokenizer_encode (tokenizer, bad[i], true, ids, &error));
    ck_assert_msg (strstr (error->message, "not UTF-8 at byte") != NULL, "%s",
                   error->message);
    ck_assert_uint_eq (ids->len, 0);
  }
}
END_TEST

static const char *const repeated[] = { "a",        " ",       "你",  "!?",
                                        "\xcc\x81", "<image>", "<ima" };

START_TEST (a_megabyte_of_anything_is_a_matter_of_seconds)
{
  g_autoptr (PhTokenizer) tokenizer = ph_tokenizer_open (DATA "lm", NULL);
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (int32_t));
  g_autoptr (GString) text = g_string_new (NULL);
  gint64 begin = g_get_monotonic_time ();

  while (text->len < 1000000)
    g_string_append (text, repeated[_i]);
  ck_assert (ph_tokenizer_encode (tokenizer, text->str, true, ids, NULL));
  ck_assert_int_lt (g_get_monotonic_time () - begin, 20 * G_USEC_PER_SEC);
}
END_TEST

/* --- broken files --- */

#define MODEL                                                                            \
  "\"model\":{\"type\":\"WordPiece\",\"unk_token\":\"u\",\"continuing_subword_prefix\":" \
  "\"##\",\"vocab\":{\"u\":0,\"a\":1}}"
#define MODEL_WITH(vocab)                                                                \
  "{\"model\":{\"type\":\"WordPiece\",\"unk_token\":\"u\",\"continuing_subword_prefix\"" \
  ":\"##\",\"vocab\":" vocab "}}"

static const struct {
  const char *json;
  const char *complaint;
} broken[] = {
  { "not JSON", "line 1" },
  { "{}", "model is missing" },
  { "{\"model\":[]}", "model is an array, not an object" },
  { "{\"model\":{}}", "model is of the type \"\", which is not known" },
  { "{\"model\":{\"type\":\"Magic\"}}",
    "model is of the type \"Magic\", which is not known" },
  { "{\"model\":{\"type\":\"WordPiece\"}}", "model.unk_token is missing" },
  { MODEL_WITH ("{}"), "model.unk_token is \"u\", which is not in the vocabulary" },
  { MODEL_WITH ("{\"u\":-1}"), "model.vocab: id of \"u\" is -1, not 0 to" },
  { MODEL_WITH ("{\"u\":2147483648}"), "id of \"u\" is 2147483648, not 0 to" },
  { MODEL_WITH ("{\"u\":1.5}"), "model.vocab.u is 1.5, not a whole number" },
  { MODEL_WITH ("{\"u\":0,\"a\":0}"), "another token have the id 0" },
  { MODEL_WITH ("{\"u\":0,\"u\":1}"), "duplicate" },
  { MODEL_WITH ("[]"), "model.vocab is an array, not an object" },
  { "{\"model\":{\"type\":\"WordPiece\",\"unk_token\":\"u\",\"continuing_subword_"
    "prefix\":\"##\","
    "\"max_input_chars_per_word\":0,\"vocab\":{\"u\":0}}}",
    "max_input_chars_per_word is 0, not 1 to" },
  { "{" MODEL ",\"normalizer\":{\"type\":\"Nmt\"}}",
    "normalizer is of the type \"Nmt\"" },
  { "{" MODEL ",\"normalizer\":[]}", "normalizer is not an object" },
  { "{" MODEL ",\"normalizer\":{}}", "normalizer.type is missing" },
  { "{" MODEL ",\"normalizer\":{\"type\":\"BertNormalizer\",\"lowercase\":1}}",
    "normalizer.lowercase is 1, not true or false" },
  { "{" MODEL ",\"normalizer\":{\"type\":\"Sequence\"}}",
    "normalizer.normalizers is missing" },
  { "{" MODEL ",\"normalizer\":{\"type\":\"Sequence\",\"normalizers\":[{\"type\":"
    "\"BertNormalizer\"},"
    "{\"type\":\"\\u001b[2J\"}]}}",
    "normalizer.normalizers[1] is of the type \"\\x1b[2J\"" },
  { "{" MODEL ",\"pre_tokenizer\":{\"type\":\"Punctuation\"}}",
    "pre_tokenizer is of the type" },
  { "{" MODEL ",\"decoder\":{\"type\":\"BPEDecoder\"}}", "decoder is of the type" },
  { "{" MODEL ",\"post_processor\":{\"type\":\"RobertaProcessing\"}}",
    "post_processor is of the type" },
  { "{" MODEL ",\"post_processor\":{\"type\":\"TemplateProcessing\",\"single\":[]}}",
    "post_processor.special_tokens is missing" },
  { "{" MODEL
    ",\"post_processor\":{\"type\":\"TemplateProcessing\",\"single\":[{\"SpecialToken\":"
    "{\"id\":\"x\"}}],\"special_tokens\":{}}}",
    "post_processor.special_tokens.x is missing" },
  { "{" MODEL
    ",\"post_processor\":{\"type\":\"TemplateProcessing\",\"single\":[{\"SpecialToken\":"
    "{\"id\":\"x\"}}],\"special_tokens\":{\"x\":{\"ids\":[2]}}}}",
    "an id of post_processor.special_tokens.x is not in the vocabulary" },
  { "{" MODEL
    ",\"post_processor\":{\"type\":\"TemplateProcessing\",\"single\":[{\"SpecialToken\":"
    "{\"id\":\"x\"}}],\"special_tokens\":{\"x\":{\"ids\":[4294967296]}}}}",
    "is not in the vocabulary" },
  { "{" MODEL
    ",\"post_processor\":{\"type\":\"TemplateProcessing\",\"single\":[{\"Sequence\":{}},"
    "{\"Sequence\":{}}],\"special_tokens\":{}}}",
    "post_processor.single[1] is not one text or a special token" },
  { "{" MODEL ",\"added_tokens\":[{\"id\":2,\"content\":\"\"}]}",
    "added_tokens[0].content is empty" },
  { "{" MODEL ",\"added_tokens\":[{\"id\":-2,\"content\":\"x\"}]}",
    "added_tokens[0].id is -2" },
  { "{" MODEL ",\"added_tokens\":[{\"id\":1,\"content\":\"x\"}]}", "have the id 1" },
  { "{" MODEL ",\"added_tokens\":[{\"id\":2,\"content\":\"a\"}]}",
    "\"a\" has the ids 1 and 2" },
  { "{" MODEL ",\"added_tokens\":[3]}", "added_tokens[0].id is missing" },
};

START_TEST (broken_files_are_refused_with_a_reason)
{
  g_autofree char *path = g_build_filename (folder, "tokenizer.json", NULL);
  g_autoptr (GError) error = NULL;

  ck_assert (g_file_set_contents (path, broken[_i].json, -1, NULL));
  ck_assert_ptr_null (ph_tokenizer_open (folder, &error));
  ck_assert_msg (g_str_has_prefix (error->message, path), "%s", error->message);
  ck_assert_msg (strstr (error->message, broken[_i].complaint) != NULL, "%s",
                 error->message);
}
END_TEST

START_TEST (a_file_cut_anywhere_is_refused)
{
  g_autofree char *path = g_build_filename (folder, "tokenizer.json", NULL);
  g_autofree char *text = NULL;
  size_t n_bytes;

  ck_assert (g_file_get_contents (DATA "added/tokenizer.json", &text, &n_bytes, NULL));
  for (size_t n = 0; n < n_bytes - 1; n += 7) {
    ck_assert (write_anew (path, text, n));
    ck_assert_ptr_null (ph_tokenizer_open (folder, NULL));
  }
}
END_TEST

static const char *const flipped[] = { "qformer", "opt", "vicuna", "metaspace" };

/* A tokenizer that is accepted after a flip must still work. */
START_TEST (files_with_flipped_bytes_are_refused_or_work)
{
  g_autofree char *path = g_build_filename (folder, "tokenizer.json", NULL);
  g_autofree char *from = g_strdup_printf (DATA "%s/tokenizer.json", flipped[_i]);
  g_autofree char *text = NULL;
  size_t n_bytes;
  uint32_t state = 1;

  ck_assert (g_file_get_contents (from, &text, &n_bytes, NULL));
  for (int i = 0; i < 2000; i++) {
    g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (int32_t));
    g_autoptr (PhTokenizer) tokenizer = NULL;
    g_autofree char *decoded = NULL;
    size_t at;
    char flip;

    state = state * 1664525 + 1013904223;
    at = (state >> 8) % n_bytes;
    flip = (char) (1 << (state >> 29));
    text[at] ^= flip;
    ck_assert (write_anew (path, text, n_bytes));
    text[at] ^= flip;
    tokenizer = ph_tokenizer_open (folder, NULL);
    if (tokenizer == NULL)
      continue;
    ck_assert (
        ph_tokenizer_encode (tokenizer, "What is [SEP] the ##star?", true, ids, NULL));
    decoded =
        ph_tokenizer_decode (tokenizer, (const int32_t *) ids->data, ids->len, true);
    ck_assert (g_utf8_validate (decoded, -1, NULL));
  }
}
END_TEST

START_TEST (a_missing_file_is_named)
{
  g_autoptr (GError) error = NULL;

  ck_assert_ptr_null (ph_tokenizer_open ("/nowhere", &error));
  ck_assert (g_str_has_prefix (error->message, "/nowhere/tokenizer.json: "));
}
END_TEST

/* Removes the folder with what the tests put there, one level deep. */
static void
remove_folder (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);

  for (const char *name; (name = g_dir_read_name (dir)) != NULL;) {
    g_autofree char *inner = g_build_filename (path, name, NULL);

    if (g_file_test (inner, G_FILE_TEST_IS_DIR))
      remove_folder (inner);
    else
      g_unlink (inner);
  }
  g_rmdir (path);
}

int
main (void)
{
  Suite *suite = suite_create ("tokenizer");
  TCase *all = tcase_create ("all");
  SRunner *runner = srunner_create (suite);
  int n_failed;

  folder = g_dir_make_tmp ("pinhole-XXXXXX", NULL);
  tcase_add_loop_test (all, ids_and_texts_are_those_of_the_reference, 0,
                       G_N_ELEMENTS (golden));
  tcase_add_loop_test (all, every_character_is_normalized_as_the_reference_does, 0,
                       G_N_ELEMENTS (modes));
  tcase_add_test (all, every_character_parts_words_as_the_reference_has_it);
  tcase_add_test (all, the_files_that_transformers_was_shown_are_those_we_write);
  tcase_add_test (all, a_vocabulary_begins_with_the_specials_and_holds_every_word_once);
  tcase_add_test (all, tokens_are_found_by_name_and_by_id);
  tcase_add_test (all, text_that_is_not_utf8_is_refused);
  tcase_add_loop_test (all, a_megabyte_of_anything_is_a_matter_of_seconds, 0,
                       G_N_ELEMENTS (repeated));
  tcase_add_loop_test (all, broken_files_are_refused_with_a_reason, 0,
                       G_N_ELEMENTS (broken));
  tcase_add_test (all, a_file_cut_anywhere_is_refused);
  tcase_add_loop_test (all, files_with_flipped_bytes_are_refused_or_work, 0,
                       G_N_ELEMENTS (flipped));
  tcase_add_test (all, a_missing_file_is_named);
  suite_add_tcase (suite, all);

  srunner_run_all (runner, CK_NORMAL);
  n_failed = srunner_ntests_failed (runner);
  srunner_free (runner);
  remove_folder (folder);
  g_free (folder);
  return n_failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
