/* tokenizer-golden.h - a tokenizer held against what the reference says
 *
 * golden.json in its folder has a list `entries`: a text, its ids with and without
 * special tokens around them (`ids`, `bare`), and their two decodings (`decoded`,
 * `skipped`: special tokens left out).  To be small, a text may be [unit, times], what is
 * long is
 * {"sha256": …} (of ids with blanks between them), and what is not there is the same as
 * its neighbour: bare as ids, decoded as text, skipped as decoded.
 */
#pragma once

#include "core/formats/json.h"
#include "core/text/tokenizer.h"

#include <check.h>
#include <string.h>

/* A text, or ids with blanks between them. */
static char *
spell_wanted (const json_t *wanted)
{
  GString *text = g_string_new (NULL);

  if (json_is_string (wanted))
    g_string_append (text, json_string_value (wanted));
  for (size_t i = 0; i < json_array_size (wanted); i++)
    g_string_append_printf (text, "%s%d", i > 0 ? " " : "",
                            (int) json_integer_value (json_array_get (wanted, i)));
  return g_string_free (text, FALSE);
}

static char *
spell_ids (const GArray *ids)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < ids->len; i++)
    g_string_append_printf (text, "%s%d", i > 0 ? " " : "",
                            g_array_index (ids, int32_t, i));
  return g_string_free (text, FALSE);
}

static void
check_spelt (const char *text, const char *what, const char *got, const json_t *wanted)
{
  const json_t *hash = json_object_get (wanted, "sha256");
  g_autofree char *all = spell_wanted (wanted);
  g_autofree char *sum = g_compute_checksum_for_string (G_CHECKSUM_SHA256, got, -1);

  if (hash != NULL)
    ck_assert_msg (strcmp (sum, json_string_value (hash)) == 0, "%s of \"%.40s…\"", what,
                   text);
  else
    ck_assert_msg (strcmp (got, all) == 0, "%s of \"%s\": \"%s\", not \"%s\"", what, text,
                   got, all);
}

static char *
read_text (const json_t *entry)
{
  const json_t *text = json_object_get (entry, "text");
  json_int_t times = json_integer_value (json_array_get (text, 1));
  GString *whole = g_string_new (json_string_value (text));

  for (json_int_t i = 0; i < times; i++)
    g_string_append (whole, json_string_value (json_array_get (text, 0)));
  return g_string_free (whole, FALSE);
}

static void
check_ids (const PhTokenizer *tokenizer,
           const json_t *entry,
           const char *text,
           bool special,
           GArray *ids)
{
  const json_t *with = json_object_get (entry, "ids");
  const json_t *without = json_object_get (entry, "bare");
  g_autofree char *got = NULL;

  g_array_set_size (ids, 0);
  ck_assert (ph_tokenizer_encode (tokenizer, text, special, ids, NULL));
  got = spell_ids (ids);
  check_spelt (text, special ? "ids" : "bare ids", got,
               special || without == NULL ? with : without);
}

static void
check_decoded (const PhTokenizer *tokenizer,
               const json_t *entry,
               const char *text,
               bool skip,
               const GArray *ids)
{
  const json_t *decoded = json_object_get (entry, "decoded");
  const json_t *skipped = json_object_get (entry, "skipped");
  const json_t *wanted = skip && skipped != NULL ? skipped : decoded;
  g_autofree char *got =
      ph_tokenizer_decode (tokenizer, (const int32_t *) ids->data, ids->len, skip);

  if (wanted != NULL)
    check_spelt (text, skip ? "skipped text" : "decoded text", got, wanted);
  else
    ck_assert_msg (strcmp (got, text) == 0, "\"%s\" comes back as \"%s\"", text, got);
}

static void
check_entry (const PhTokenizer *tokenizer, const json_t *entry)
{
  g_autofree char *text = read_text (entry);
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (int32_t));

  check_ids (tokenizer, entry, text, false, ids);
  check_ids (tokenizer, entry, text, true, ids);
  check_decoded (tokenizer, entry, text, false, ids);
  check_decoded (tokenizer, entry, text, true, ids);
}

/* As above, but for ids that are given. */
static void
check_decoding (const PhTokenizer *tokenizer, const json_t *entry)
{
  const json_t *given = json_object_get (entry, "ids");
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (int32_t));
  g_autofree char *shown = spell_wanted (given);

  for (size_t i = 0; i < json_array_size (given); i++) {
    int32_t id = (int32_t) json_integer_value (json_array_get (given, i));

    g_array_append_val (ids, id);
  }
  check_decoded (tokenizer, entry, shown, false, ids);
  check_decoded (tokenizer, entry, shown, true, ids);
}

/* Holds the tokenizer in the folder @from against golden.json in the folder @golden. */
static void
check_golden (const char *from, const char *golden)
{
  g_autofree char *path = g_build_filename (golden, "golden.json", NULL);
  g_autoptr (PhJson) file = ph_json_load (path, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (PhTokenizer) tokenizer = ph_tokenizer_open (from, &error);
  const json_t *entries = json_object_get (file, "entries");
  const json_t *decodings = json_object_get (file, "decodings");

  ck_assert_msg (tokenizer != NULL, "%s", error != NULL ? error->message : "");
  ck_assert_uint_ge (json_array_size (entries), 200);
  for (size_t i = 0; i < json_array_size (entries); i++)
    check_entry (tokenizer, json_array_get (entries, i));
  for (size_t i = 0; i < json_array_size (decodings); i++)
    check_decoding (tokenizer, json_array_get (decodings, i));
}
