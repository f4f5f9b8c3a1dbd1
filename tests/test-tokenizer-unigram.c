#include "core/base/error.h"
#include "core/text/steps.h"
#include "core/text/tokenizer-files.h"
#include "tests/files.h"
#include "tests/tokenizer-golden.h"

#include <stdlib.h>

#define DATA TEST_DATA "/tokenizer/"

static char *folder; /* emptied before every test */

static void
write_file (const char *name, const void *bytes, size_t n_bytes)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);

  ck_assert (write_anew (path, bytes, n_bytes));
}

static void
write_text (const char *name, const char *text)
{
  write_file (name, text, strlen (text));
}

static void
write_json (const char *name, const json_t *json)
{
  char *text = json_dumps (json, 0);

  write_text (name, text);
  free (text);
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

/* A tokenizer must be refused with the name of a file in the folder, in one line, or
 * work. */
static bool
opens_or_is_refused (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (PhTokenizer) tokenizer = ph_tokenizer_open (folder, &error);
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (int32_t));
  g_autofree char *text = NULL;

  if (tokenizer == NULL) {
    ck_assert (g_str_has_prefix (error->message, folder));
    ck_assert_ptr_null (strchr (error->message, '\n'));
    return false;
  }
  ck_assert (ph_tokenizer_encode (tokenizer, "the cat\xe2\x84\xa2 \xef\xac\x81</s> x",
                                  true, ids, NULL));
  text = ph_tokenizer_decode (tokenizer, (const int32_t *) ids->data, ids->len, false);
  ck_assert (g_utf8_validate (text, -1, NULL));
  return true;
}

static void
check_refused (const char *complaint)
{
  g_autoptr (GError) error = NULL;

  ck_assert_ptr_null (ph_tokenizer_open (folder, &error));
  ck_assert (g_str_has_prefix (error->message, folder));
  ck_assert_msg (strstr (error->message, complaint) != NULL, "%s", error->message);
}

/* --- what the reference says --- */

static const char *const golden[] = { "t5", "llama", "unigram" };

START_TEST (ids_and_texts_are_those_of_the_reference)
{
  g_autofree char *from = g_strconcat (DATA, golden[_i], NULL);

  check_golden (from, from);
}
END_TEST

static const char *const pipelines[] = { "t5-older", "t5-newer" };

/* The character map is large: pipeline.json leaves it to spiece.model. */
START_TEST (published_pipelines_around_one_model_are_those_of_the_reference)
{
  g_autofree char *to = g_strconcat (DATA, pipelines[_i], NULL);
  g_autofree char *path = g_build_filename (to, "pipeline.json", NULL);
  g_autoptr (PhJson) document = ph_tokenizer_files_t5.describe (DATA "t5", NULL);
  g_autoptr (PhJson) pipeline = ph_json_load (path, NULL);
  const json_t *known = json_object_get (document, "normalizer");
  const json_t *wanted = json_object_get (pipeline, "normalizer");

  json_object_update (json_array_get (json_object_get (wanted, "normalizers"), 0),
                      json_array_get (json_object_get (known, "normalizers"), 0));
  json_object_update (document, pipeline);
  write_json ("tokenizer.json", document);
  check_golden (folder, to);
}
END_TEST

/* The list of pieces alone: tokenizer.json of this folder says what they stand for. */
START_TEST (a_list_of_pieces_is_read_as_bert_does)
{
  g_autoptr (PhJson) document = ph_json_load (DATA "qformer/tokenizer.json", NULL);
  g_autoptr (PhTokenizer) tokenizer = ph_tokenizer_open (DATA "qformer", NULL);
  g_autoptr (GString) lines = g_string_new (NULL);
  const json_t *model = json_object_get (document, "model");
  size_t n_pieces = json_object_size (json_object_get (model, "vocab"));

  for (size_t id = 0; id < n_pieces; id++)
    g_string_append_printf (lines, "%s%s",
                            ph_tokenizer_get_token (tokenizer, (int32_t) id),
                            id % 2 == 0 ? "\n" : "\r\n");
  write_text ("vocab.txt", lines->str);
  write_text ("special_tokens_map.json",
              "{\"additional_special_tokens\":[{\"content\":\"[DEC]\"}]}");
  check_golden (folder, DATA "qformer");
}
END_TEST

START_TEST (a_tokenizer_of_bert_may_keep_capitals)
{
  g_autoptr (PhTokenizer) tokenizer = NULL;
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (int32_t));
  const int32_t wanted[] = { 1, 3, 4, 2 };

  write_text ("vocab.txt", "[UNK]\n[CLS]\n[SEP]\nA\n\xc3\xa9\na\ne");
  write_text ("tokenizer_config.json",
              "{\"do_lower_case\":false,\"strip_accents\":false}");
  tokenizer = ph_tokenizer_open (folder, NULL);
  ck_assert (ph_tokenizer_encode (tokenizer, "A \xc3\xa9", true, ids, NULL));
  ck_assert_uint_eq (ids->len, G_N_ELEMENTS (wanted));
  ck_assert_mem_eq (ids->data, wanted, sizeof wanted);
}
END_TEST

/* --- T5's tokens that no piece is for --- */

START_TEST (extra_tokens_are_counted_down_from_the_end)
{
  g_autoptr (PhTokenizer) tokenizer = ph_tokenizer_open (DATA "t5", NULL);
  int32_t first = ph_tokenizer_find (tokenizer, "<extra_id_0>");

  ck_assert_int_eq (ph_tokenizer_find (tokenizer, "<extra_id_99>"), first - 99);
  ck_assert_int_eq (ph_tokenizer_find (tokenizer, "<image>"), first + 1);
  ck_assert (ph_tokenizer_is_special (tokenizer, first));
  ck_assert (ph_tokenizer_is_special (tokenizer, 0)); /* <pad>, a control piece */
  ck_assert (ph_tokenizer_is_special (tokenizer, 2)); /* <unk> */
  ck_assert (!ph_tokenizer_is_special (tokenizer, 3));
}
END_TEST

/* --- the model --- */

/* Pieces that cost more than being unknown do. */
START_TEST (unknown_characters_are_a_piece_if_there_is_one)
{
  static const struct {
    const char *text;
    int32_t ids[4];
    guint n_ids;
  } cases[] = {
    { "xy", { 1 }, 1 },   { "axya", { 2, 1, 2 }, 3 }, { "xyz", { 0 }, 1 },
    { "xyxy", { 0 }, 1 }, { "x", { 0 }, 1 },
  };
  g_autoptr (PhTokenizer) tokenizer = NULL;

  write_text ("tokenizer.json", "{\"model\":{\"type\":\"Unigram\",\"unk_id\":0,\"vocab\":"
                                "[[\"<unk>\",30],[\"xy\",30],[\"a\",31]]}}");
  tokenizer = ph_tokenizer_open (folder, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (int32_t));

    ck_assert (ph_tokenizer_encode (tokenizer, cases[i].text, true, ids, NULL));
    ck_assert_uint_eq (ids->len, cases[i].n_ids);
    ck_assert_mem_eq (ids->data, cases[i].ids, ids->len * sizeof (int32_t));
  }
}
END_TEST

static const char *const repeated[] = {
  "a", " ", "the", "\xe4\xbd\xa0", "a\xcc\x81", "\xef\xac\x81", "</s", "\xe2\x96\x81"
};

START_TEST (a_megabyte_of_anything_is_a_matter_of_seconds)
{
  g_autoptr (PhTokenizer) tokenizer = ph_tokenizer_open (DATA "t5", NULL);
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (int32_t));
  g_autoptr (GString) text = g_string_new (NULL);
  gint64 begin = g_get_monotonic_time ();

  while (text->len < 1000000)
    g_string_append (text, repeated[_i]);
  ck_assert (ph_tokenizer_encode (tokenizer, text->str, true, ids, NULL));
  ck_assert_int_lt (g_get_monotonic_time () - begin, 20 * G_USEC_PER_SEC);
}
END_TEST

/* --- graphemes --- */

static void
add_to_hash (GChecksum *sum, const PhSteps *steps, const json_t *beside, gunichar c)
{
  g_autoptr (GString) text =
      g_string_new (json_string_value (json_array_get (beside, 0)));

  g_string_append_unichar (text, c);
  g_string_append (text, json_string_value (json_array_get (beside, 1)));
  ph_steps_normalize (steps, text);
  g_string_append_c (text, '\n');
  g_checksum_update (sum, (const guchar *) text->str, (gssize) text->len);
}

START_TEST (every_character_ends_a_grapheme_or_not_as_the_reference_has_it)
{
  static const struct {
    gunichar first, end;
  } ranges[] = { { 1, 0xd800 }, { 0xe000, 0x20000 }, { 0xe0000, 0xe1000 } };
  g_autoptr (PhJson) file = ph_json_load (DATA "graphemes.json", NULL);
  g_autoptr (PhSteps) steps =
      ph_steps_read_normalizers (json_object_get (file, "normalizer"), NULL);
  const json_t *beside = json_object_get (file, "beside");
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);

  for (size_t i = 0; i < json_array_size (beside); i++)
    for (size_t r = 0; r < G_N_ELEMENTS (ranges); r++)
      for (gunichar c = ranges[r].first; c < ranges[r].end; c++)
        add_to_hash (sum, steps, json_array_get (beside, i), c);
  ck_assert_str_eq (g_checksum_get_string (sum),
                    json_string_value (json_object_get (file, "sha256")));
}
END_TEST

/* --- broken models --- */

#define UNIGRAM(members) "{\"model\":{\"type\":\"Unigram\"," members "}}"

static const struct {
  const char *json, *complaint;
} broken[] = {
  { UNIGRAM ("\"vocab\":[]"), "model.unk_id is missing" },
  { UNIGRAM ("\"unk_id\":0"), "model.vocab is missing" },
  { UNIGRAM ("\"unk_id\":0,\"vocab\":{}"), "model.vocab is an object, not an array" },
  { UNIGRAM ("\"unk_id\":0,\"vocab\":[]"), "unk_id is 0, and the vocabulary has 0" },
  { UNIGRAM ("\"unk_id\":1,\"vocab\":[[\"a\",0]]"),
    "model.unk_id is 1, and the vocabulary has 1 pieces" },
  { UNIGRAM ("\"unk_id\":-1,\"vocab\":[[\"a\",0]]"), "model.unk_id is -1, not 0 to" },
  { UNIGRAM ("\"unk_id\":1e9,\"vocab\":[]"), "model.unk_id is 1e+09, not a" },
  { UNIGRAM ("\"unk_id\":0,\"vocab\":[[\"a\"]]"),
    "model.vocab[0] is not [piece, score]" },
  { UNIGRAM ("\"unk_id\":0,\"vocab\":[[\"a\",\"b\"]]"), "model.vocab[0] is not [piece" },
  { UNIGRAM ("\"unk_id\":0,\"vocab\":[[1,2]]"), "model.vocab[0] is not [piece, score]" },
  { UNIGRAM ("\"unk_id\":0,\"vocab\":[3]"), "model.vocab[0] is not [piece, score]" },
  { UNIGRAM ("\"unk_id\":0,\"vocab\":[[\"a\",0],[\"a\",1]]"),
    "model.vocab[1]: \"a\" has" },
  { UNIGRAM ("\"unk_id\":0,\"vocab\":[[\"a\",NaN]]"), "line 1" },
  { UNIGRAM ("\"unk_id\":0,\"vocab\":[[\"a\",1e999]]"), "line 1" },
};

START_TEST (broken_models_are_refused_with_a_reason)
{
  write_text ("tokenizer.json", broken[_i].json);
  check_refused (broken[_i].complaint);
}
END_TEST

/* --- broken character maps --- */

/* A unit of a double array. */
#define UNIT(offset, ends, label) ((uint32_t) (offset) << 10 | (ends) << 8 | (label))
#define VALUE(at) (1u << 31 | (at))

enum { N_UNITS = 512 };

/* "a" becomes "b": the root's children are at 0x100, the value of "a" at 0. */
static void
make_map (uint32_t units[N_UNITS])
{
  memset (units, 0, N_UNITS * sizeof *units);
  units[0] = UNIT (0x100, 0, 0);
  units[0x100 ^ 'a'] = UNIT (0x100 ^ 'a' ^ 1, 1, 'a');
  units[1] = VALUE (0);
}

static void
write_map (uint32_t n_bytes, const uint32_t *units, const char *text, size_t n_text)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_autofree char *base64 = NULL;
  g_autoptr (PhJson) document = NULL;

  n_bytes = GUINT32_TO_LE (n_bytes);
  g_byte_array_append (bytes, (const guint8 *) &n_bytes, sizeof n_bytes);
  for (size_t i = 0; i < N_UNITS; i++) {
    uint32_t unit = GUINT32_TO_LE (units[i]);

    g_byte_array_append (bytes, (const guint8 *) &unit, sizeof unit);
  }
  g_byte_array_append (bytes, (const guint8 *) text, (guint) n_text);
  base64 = g_base64_encode (bytes->data, bytes->len);
  document =
      json_pack ("{s:{s:s, s:i, s:[[s, i], [s, i]]}, s:{s:s, s:s}}", "model", "type",
                 "Unigram", "unk_id", 0, "vocab", "u", 0, "b", 0, "normalizer", "type",
                 "Precompiled", "precompiled_charsmap", base64);
  write_json ("tokenizer.json", document);
}

START_TEST (a_character_map_replaces)
{
  uint32_t units[N_UNITS];
  g_autoptr (PhTokenizer) tokenizer = NULL;
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (int32_t));

  make_map (units);
  write_map (sizeof units, units, "b", 2);
  tokenizer = ph_tokenizer_open (folder, NULL);
  ck_assert (ph_tokenizer_encode (tokenizer, "a", true, ids, NULL));
  ck_assert_uint_eq (ids->len, 1);
  ck_assert_int_eq (g_array_index (ids, int32_t, 0), 1);
}
END_TEST

static const struct {
  uint32_t n_bytes; /* of units, as the map says */
  int place;        /* the unit that is broken, or −1 */
  uint32_t unit;
  const char *text;
  size_t n_text;
  const char *complaint;
} maps[] = {
  { 0, -1, 0, "b", 2, "has no double array" },
  { 3, -1, 0, "b", 2, "has no double array" },
  { 6, -1, 0, "b", 2, "has no double array" },
  { UINT32_MAX - 3, -1, 0, "b", 2, "has no double array of whole units in 2054 bytes" },
  { 4 * N_UNITS + 4, -1, 0, "b", 2, "has no double array" },
  { 4 * N_UNITS, -1, 0, "", 0, "the last replacement has no end" },
  { 4 * N_UNITS, -1, 0, "b", 1, "the last replacement has no end" },
  { 4 * N_UNITS, -1, 0, "\xff", 2, "a replacement is not UTF-8" },
  { 4 * N_UNITS, 0, VALUE (0), "b", 2, "unit 0 is a value, not the root" },
  { 4 * N_UNITS, 0, UNIT (N_UNITS, 0, 0), "b", 2,
    "unit 0 has children up to 767, of 512" },
  { 4 * (N_UNITS - 1), -1, 0, "b", 2, "unit 0 has children up to 511, of 511" },
  { 4 * N_UNITS, 7, UNIT (0x1fffff, 0, 7), "b", 2, "unit 7 has children up to" },
  { 4 * N_UNITS, 7, UNIT (2, 0, 7) | 1 << 9, "b", 2, "unit 7 has children up to 767" },
  { 4 * N_UNITS, 1, VALUE (2), "b", 2, "unit 353 has the replacement at 2" },
  { 4 * N_UNITS, 1, UINT32_MAX, "b", 2, "unit 353 has the replacement at 2147483647" },
  { 4 * N_UNITS, 1, VALUE (1), "\xc3\xa9", 3, "not the beginning of a character" },
};

START_TEST (broken_character_maps_are_refused_with_a_reason)
{
  uint32_t units[N_UNITS];

  make_map (units);
  if (maps[_i].place >= 0)
    units[maps[_i].place] = maps[_i].unit;
  write_map (maps[_i].n_bytes, units, maps[_i].text, maps[_i].n_text);
  check_refused (maps[_i].complaint);
}
END_TEST

/* --- broken models of SentencePiece --- */

#define PIECE(letter) "\x0a\x03\x0a\x01" letter
#define PIECES PIECE ("a") PIECE ("b") PIECE ("c")
#define TRAINER "\x12\x00"
#define NORMALIZER "\x1a\x00"
#define MINUS_TWO "\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01"
#define BYTES(literal) literal, sizeof literal - 1

static const struct {
  const char *bytes;
  size_t n_bytes;
  const char *complaint;
} protos[] = {
  { BYTES (""), "has no trainer_spec" },
  { BYTES ("\x0a"), "a number has no end at byte 1" },
  { BYTES ("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"),
    "a number has no end at byte 0" },
  { BYTES ("\x0a\x7f"), "a field runs past the end of its message at byte 2" },
  { BYTES ("\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), "a field runs past the end" },
  { BYTES ("\x0b"), "a field of no known type at byte 0" },
  { BYTES ("\x7d\x01"), "a number runs past the end of its message at byte 1" },
  { BYTES ("\x79\x01\x02\x03\x04\x05\x06\x07"), "a number runs past the end" },
  { BYTES ("\x08\x01"), "field 1 is of the wire type 0, not 2" },
  { BYTES ("\x0a\x00"), "piece 0 has no text" },
  { BYTES ("\x0a\x03\x0a\x01\xff"), "piece 0: its text is not UTF-8" },
  { BYTES ("\x0a\x03\x0a\x01\x00"), "piece 0: its text is not UTF-8" },
  { BYTES ("\x0a\x03\x0a\x02z"), "piece 0: a field runs past the end" },
  { BYTES ("\x0a\x02\x10\x01"), "piece 0: field 2 is of the wire type 0, not 5" },
  { BYTES ("\x0a\x08\x0a\x01z\x15\x00\x00\xc0\x7f"), "piece 0: its score is nan" },
  { BYTES ("\x0a\x08\x0a\x01z\x15\x00\x00\x80\xff"), "piece 0: its score is -inf" },
  { BYTES (PIECES), "has no trainer_spec: it is cut short" },
  { BYTES (PIECES TRAINER), "has no normalizer_spec: it is cut short" },
  { BYTES (TRAINER NORMALIZER), "has no pieces" },
  { BYTES (PIECES PIECE ("b") TRAINER NORMALIZER), "piece 3 is \"b\" once more" },
  { BYTES (PIECES "\x12\x02\x18\x04" NORMALIZER),
    "trainer_spec: the model is of type 4, not 1 (Unigram) or 2 (BPE)" },
  { BYTES (PIECES "\x12\x03\xc0\x02\x63" NORMALIZER), "unk_id is 99, not 0 to 2" },
  { BYTES (PIECES "\x12\x0c\xc0\x02" MINUS_TWO NORMALIZER), "unk_id is -2, not 0 to 2" },
  { BYTES (PIECES "\x12\x0c\xc8\x02" MINUS_TWO NORMALIZER), "bos_id is -2, not -1 to 2" },
  { BYTES (PIECES "\x12\x03\xd0\x02\x03" NORMALIZER), "eos_id is 3, not -1 to 2" },
  { BYTES (PIECES "\x12\x02\xc2\x02" NORMALIZER), "trainer_spec: a number has no end" },
  { BYTES (PIECES TRAINER "\x1a\x02\x10\x01"),
    "normalizer_spec: field 2 is of the wire type 0, not 2" },
  { BYTES (PIECES TRAINER "\x1a\x03\x12\x01z"),
    "normalizer.normalizers[0].precompiled_charsmap: has no double array" },
};

START_TEST (broken_models_of_sentencepiece_are_refused_with_a_reason)
{
  write_file ("spiece.model", protos[_i].bytes, protos[_i].n_bytes);
  check_refused (protos[_i].complaint);
}
END_TEST

static const struct {
  const char *name; /* of a file beside the model */
  const char *text, *complaint;
} beside_model[] = {
  { "tokenizer_config.json", "{\"extra_ids\":-1}",
    "config.json: extra_ids is -1, not 0 to" },
  { "tokenizer_config.json", "{\"extra_ids\":1e3}", "extra_ids is 1000, not a whole" },
  { "tokenizer_config.json",
    "{\"model_max_length\":1000000000000000019884624838656,"
    "\"extra_ids\":true}",
    "extra_ids is true, not a whole" },
  { "tokenizer_config.json", "{\"eos_token\":\"x\"}", "\"x\" is not in the vocabulary" },
  { "added_tokens.json", "{\"x\":1}", "\"x\" and another token have the id 1" },
  { "special_tokens_map.json", "[", "special_tokens_map.json: line 1" },
};

START_TEST (what_stands_beside_a_model_is_checked)
{
  write_file ("spiece.model", PIECES TRAINER NORMALIZER,
              sizeof (PIECES TRAINER NORMALIZER) - 1);
  ck_assert (opens_or_is_refused ());
  write_text (beside_model[_i].name, beside_model[_i].text);
  check_refused (beside_model[_i].complaint);
}
END_TEST

START_TEST (a_piece_of_bpe_is_not_cut_in_a_million_places)
{
  g_autofree char *letters = g_strnfill (300, 'a');
  g_autofree char *bytes = g_strdup_printf (
      "\x0a\xaf\x02\x0a\xac\x02%s" PIECES "\x12\x02\x18\x02\x1a", letters);

  write_file ("tokenizer.model", bytes, strlen (bytes) + 1);
  check_refused ("a piece of BPE is 300 bytes long, not up to 256");
}
END_TEST

/* What stands behind the part on normalizing may be missing. */
START_TEST (a_model_cut_anywhere_is_refused_or_works)
{
  g_autofree char *bytes = NULL;
  size_t n_bytes, n_opened = 0;

  ck_assert (g_file_get_contents (DATA "llama/tokenizer.model", &bytes, &n_bytes, NULL));
  for (size_t n = 0; n < n_bytes; n++) {
    write_file ("tokenizer.model", bytes, n);
    n_opened += opens_or_is_refused ();
  }
  ck_assert_uint_le (n_opened, 4);
}
END_TEST

static const struct {
  const char *path, *name;
  int n_flips;
} flipped[] = {
  { DATA "llama/tokenizer.model", "tokenizer.model", 2000 },
  { DATA "t5/spiece.model", "spiece.model", 300 },
};

START_TEST (models_with_flipped_bits_are_refused_or_work)
{
  g_autofree char *bytes = NULL;
  size_t n_bytes;
  uint32_t state = 1;

  ck_assert (g_file_get_contents (flipped[_i].path, &bytes, &n_bytes, NULL));
  for (int i = 0; i < flipped[_i].n_flips; i++) {
    size_t at;
    char flip;

    state = state * 1664525 + 1013904223;
    at = (state >> 8) % n_bytes;
    flip = (char) (1 << (state >> 29));
    bytes[at] ^= flip;
    write_file (flipped[_i].name, bytes, n_bytes);
    bytes[at] ^= flip;
    opens_or_is_refused ();
  }
}
END_TEST

/* --- broken lists of pieces --- */

static const struct {
  const char *bytes;
  size_t n_bytes;
  const char *complaint;
} lists[] = {
  { BYTES (""), "vocab.txt: \"[CLS]\" is not in the vocabulary" },
  { BYTES ("[UNK]\n[CLS]\n"), "vocab.txt: \"[SEP]\" is not in the vocabulary" },
  { BYTES ("[CLS]\n[SEP]\n"), "model.unk_token is \"[UNK]\", which is not" },
  { BYTES ("a\nb\na\n"), "vocab.txt: line 3 is \"a\" once more" },
  { BYTES ("a\n\xff\n"), "vocab.txt: is not UTF-8 at byte 2" },
  { BYTES ("a\n\0\n"), "vocab.txt: is not UTF-8 at byte 2" },
};

START_TEST (broken_lists_of_pieces_are_refused_with_a_reason)
{
  write_file ("vocab.txt", lists[_i].bytes, lists[_i].n_bytes);
  check_refused (lists[_i].complaint);
}
END_TEST

static TCase *
new_case (void)
{
  TCase *all = tcase_create ("all");

  tcase_add_checked_fixture (all, empty_folder, NULL);
  tcase_add_loop_test (all, ids_and_texts_are_those_of_the_reference, 0,
                       G_N_ELEMENTS (golden));
  tcase_add_loop_test (all,
                       published_pipelines_around_one_model_are_those_of_the_reference, 0,
                       G_N_ELEMENTS (pipelines));
  tcase_add_test (all, a_list_of_pieces_is_read_as_bert_does);
  tcase_add_test (all, a_tokenizer_of_bert_may_keep_capitals);
  tcase_add_test (all, extra_tokens_are_counted_down_from_the_end);
  tcase_add_test (all, unknown_characters_are_a_piece_if_there_is_one);
  tcase_add_loop_test (all, a_megabyte_of_anything_is_a_matter_of_seconds, 0,
                       G_N_ELEMENTS (repeated));
  tcase_add_test (all, every_character_ends_a_grapheme_or_not_as_the_reference_has_it);
  tcase_add_loop_test (all, broken_models_are_refused_with_a_reason, 0,
                       G_N_ELEMENTS (broken));
  tcase_add_test (all, a_character_map_replaces);
  tcase_add_loop_test (all, broken_character_maps_are_refused_with_a_reason, 0,
                       G_N_ELEMENTS (maps));
  tcase_add_loop_test (all, broken_models_of_sentencepiece_are_refused_with_a_reason, 0,
                       G_N_ELEMENTS (protos));
  tcase_add_loop_test (all, what_stands_beside_a_model_is_checked, 0,
                       G_N_ELEMENTS (beside_model));
  tcase_add_test (all, a_piece_of_bpe_is_not_cut_in_a_million_places);
  tcase_add_test (all, a_model_cut_anywhere_is_refused_or_works);
  tcase_add_loop_test (all, models_with_flipped_bits_are_refused_or_work, 0,
                       G_N_ELEMENTS (flipped));
  tcase_add_loop_test (all, broken_lists_of_pieces_are_refused_with_a_reason, 0,
                       G_N_ELEMENTS (lists));
  return all;
}

int
main (void)
{
  Suite *suite = suite_create ("tokenizer-unigram");
  SRunner *runner = srunner_create (suite);
  int n_failed;

  folder = g_dir_make_tmp ("pinhole-XXXXXX", NULL);
  suite_add_tcase (suite, new_case ());
  srunner_run_all (runner, CK_NORMAL);
  n_failed = srunner_ntests_failed (runner);
  srunner_free (runner);
  empty_folder ();
  g_rmdir (folder);
  g_free (folder);
  return n_failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
