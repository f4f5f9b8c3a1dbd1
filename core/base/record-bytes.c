/* The bytes: magic and version; then sections, each with a tag, its length (32-bit both)
 * and what its two functions below agree on.  A tag comes at most once. */
#include "core/base/record-private.h"

#include "core/base/error.h"

#include <string.h>

#define MAGIC 0x43524850u /* "PHRC" */
#define MAGIC_SNAPSHOT 0x4e534850u
#define VERSION 1u
#define MOST_LAYERS 512
#define MOST_HEADS 4096
#define MOST_QUERIES 4096
#define MOST_TOKENS 65536

/* Each token and each word takes some bytes, so that of those that are left there cannot
 * be more: nothing is allocated by a count that was made up. */
static int
most_of (const PhBlob *from)
{
  return (int) MIN (MOST_TOKENS, from->n_left);
}

/* --- where the queries looked --- */

static void
write_cross (const PhRecord *self, GByteArray *out)
{
  g_autoptr (GBytes) bytes =
      self->cross != NULL ? ph_snapshot_to_bytes (self->cross) : NULL;

  if (bytes != NULL)
    g_byte_array_append (out, g_bytes_get_data (bytes, NULL),
                         (guint) g_bytes_get_size (bytes));
}

static bool
read_cross (PhRecord *self, PhBlob *from, GError **error)
{
  size_t n_bytes = from->n_left;
  const uint8_t *data;
  g_autoptr (GBytes) bytes = NULL;

  ph_blob_take (from, n_bytes, &data);
  bytes = g_bytes_new_static (data, n_bytes);
  self->cross = ph_snapshot_from_bytes (bytes, error);
  return self->cross != NULL;
}

/* --- the picture as it was seen --- */

static void
write_sight (const PhRecord *self, GByteArray *out)
{
  ph_blob_add_u32 (out, (uint32_t) self->side);
  ph_blob_add_u32 (out, (uint32_t) self->first_row);
}

static bool
read_sight (PhRecord *self, PhBlob *from, GError **error)
{
  return ph_blob_take_int (from, 0, G_MAXINT16, &self->side) &&
         ph_blob_take_int (from, -1, MOST_TOKENS, &self->first_row);
}

/* --- text and tokens --- */

static void
write_choice (const PhRecordChoice *choice, GByteArray *out)
{
  ph_blob_add_u32 (out, (uint32_t) choice->id);
  ph_blob_add_float (out, choice->probability);
  ph_blob_add_text (out, choice->text);
}

static void
write_tokens (const PhRecord *self, GByteArray *out)
{
  ph_blob_add_text (out, self->text);
  ph_blob_add_u32 (out, (uint32_t) self->n_tokens);
  for (size_t i = 0; i < self->n_tokens; i++) {
    const PhRecordToken *token = &self->tokens[i];

    ph_blob_add_u32 (out, (uint32_t) token->end);
    ph_blob_add_float (out, token->entropy);
    ph_blob_add_u32 (out, (uint32_t) token->n_best);
    write_choice (&token->chosen, out);
    for (int b = 0; b < token->n_best; b++)
      write_choice (&token->best[b], out);
  }
}

static bool
read_choice (PhRecord *self, PhBlob *from, PhRecordChoice *choice)
{
  const char *text;

  if (!ph_blob_take_int (from, 0, G_MAXINT32, &choice->id) ||
      !ph_blob_take_float (from, &choice->probability) ||
      !ph_blob_take_text (from, &text) || choice->probability < 0 ||
      choice->probability > 1)
    return false;
  choice->text = g_string_chunk_insert_const (self->strings, text);
  return true;
}

/* One that wrote the text on from byte @begin. */
static bool
read_token (PhRecord *self, PhBlob *from, size_t begin, PhRecordToken *token)
{
  int end;

  if (!ph_blob_take_int (from, (int) begin, (int) strlen (self->text), &end) ||
      !ph_blob_take_float (from, &token->entropy) || token->entropy < 0 ||
      !ph_blob_take_int (from, 0, PH_RECORD_N_BEST, &token->n_best) ||
      !read_choice (self, from, &token->chosen))
    return false;
  for (int b = 0; b < token->n_best; b++)
    if (!read_choice (self, from, &token->best[b]))
      return false;

  token->begin = begin;
  token->end = (size_t) end;
  return g_utf8_validate (self->text + begin, end - (int) begin, NULL);
}

static bool
read_tokens (PhRecord *self, PhBlob *from, GError **error)
{
  const char *text;
  int n;
  size_t begin = 0;

  if (!ph_blob_take_text (from, &text) || strlen (text) > G_MAXINT ||
      !ph_blob_take_int (from, 0, most_of (from), &n))
    return false;
  g_free (self->text);
  self->text = g_strdup (text);
  self->tokens = g_new0 (PhRecordToken, n);
  for (int i = 0; i < n; i++) {
    if (!read_token (self, from, begin, &self->tokens[i]))
      return ph_fail (error, PH_ERROR_FORMAT, "token %d is not one", i);
    begin = self->tokens[i].end;
    self->n_tokens++;
  }
  return true;
}

/* --- words to queries --- */

static void
write_words (const PhRecord *self, GByteArray *out)
{
  const PhRecordWords *words = &self->words;
  size_t n = (size_t) words->n_layers * (size_t) words->n_tokens;

  if (n == 0)
    return;
  ph_blob_add_u32 (out, (uint32_t) words->n_layers);
  ph_blob_add_u32 (out, (uint32_t) words->n_tokens);
  ph_blob_add_u32 (out, (uint32_t) words->n_queries);
  ph_blob_add_u32 (out, words->apart);
  ph_shares_write (&self->word_queries, out);
  for (size_t i = 0; i < n; i++) {
    ph_blob_add_float (out, self->word_masses[i].queries);
    ph_blob_add_float (out, self->word_masses[i].prompt);
    ph_blob_add_float (out, self->word_masses[i].answer);
  }
}

static bool
is_share (float value)
{
  return value >= 0 && value <= 1.001f;
}

static bool
read_masses (PhBlob *from, PhRecordMasses *masses)
{
  return ph_blob_take_float (from, &masses->queries) &&
         ph_blob_take_float (from, &masses->prompt) &&
         ph_blob_take_float (from, &masses->answer) && is_share (masses->queries) &&
         is_share (masses->prompt) && is_share (masses->answer);
}

static bool
read_words (PhRecord *self, PhBlob *from, GError **error)
{
  PhRecordWords words;
  size_t n;
  int apart;

  if (!ph_blob_take_int (from, 1, MOST_LAYERS, &words.n_layers) ||
      !ph_blob_take_int (from, 1, MOST_TOKENS, &words.n_tokens) ||
      !ph_blob_take_int (from, 1, MOST_QUERIES, &words.n_queries) ||
      !ph_blob_take_int (from, 0, 1, &apart))
    return false;
  words.apart = apart != 0;
  n = (size_t) words.n_layers * (size_t) words.n_tokens;
  if (!ph_shares_read (&self->word_queries, n, (size_t) words.n_queries, from))
    return false;

  self->words = words;
  self->word_masses = g_new (PhRecordMasses, n);
  for (size_t i = 0; i < n; i++)
    if (!read_masses (from, &self->word_masses[i]))
      return false;
  return true;
}

/* --- queries and the instruction --- */

static void
write_instruction (const PhRecord *self, GByteArray *out)
{
  const PhRecordInstruction *instruction = &self->instruction;

  if (instruction->state == PH_INSTRUCTION_NOT_KEPT)
    return;
  ph_blob_add_u32 (out, instruction->state);
  if (instruction->state == PH_INSTRUCTION_UNREAD)
    return;
  ph_blob_add_u32 (out, (uint32_t) instruction->n_layers);
  ph_blob_add_u32 (out, (uint32_t) instruction->n_heads);
  ph_blob_add_u32 (out, (uint32_t) instruction->n_queries);
  ph_blob_add_u32 (out, (uint32_t) instruction->n_words);
  for (int i = 0; i < instruction->n_words; i++)
    ph_blob_add_text (out, self->instruction_words[i]);
  ph_shares_write (&self->query_words, out);
  ph_shares_write (&self->word_looks, out);
}

static bool
read_instruction_words (PhRecord *self, PhBlob *from, int n)
{
  self->instruction_words = g_new0 (const char *, n);
  for (int i = 0; i < n; i++) {
    const char *word;

    if (!ph_blob_take_text (from, &word))
      return false;
    self->instruction_words[i] = g_string_chunk_insert (self->strings, word);
  }
  return true;
}

static bool
read_instruction (PhRecord *self, PhBlob *from, GError **error)
{
  PhRecordInstruction *sizes = &self->instruction;
  size_t n;
  int state;

  if (!ph_blob_take_int (from, PH_INSTRUCTION_UNREAD, PH_INSTRUCTION_READ, &state))
    return false;
  sizes->state = (PhInstructionState) state;
  if (sizes->state == PH_INSTRUCTION_UNREAD)
    return true;
  if (!ph_blob_take_int (from, 1, MOST_LAYERS, &sizes->n_layers) ||
      !ph_blob_take_int (from, 1, MOST_HEADS, &sizes->n_heads) ||
      !ph_blob_take_int (from, 1, MOST_QUERIES, &sizes->n_queries) ||
      !ph_blob_take_int (from, 1, most_of (from), &sizes->n_words) ||
      !read_instruction_words (self, from, sizes->n_words))
    return false;

  n = (size_t) sizes->n_layers * (size_t) sizes->n_heads;
  return ph_shares_read (&self->query_words, n * (size_t) sizes->n_queries,
                         (size_t) sizes->n_words, from) &&
         ph_shares_read (&self->word_looks, n * (size_t) sizes->n_words,
                         (size_t) sizes->n_queries, from);
}

/* --- all of it --- */

typedef struct {
  char tag[5];
  void (*write) (const PhRecord *self, GByteArray *out); /* nothing: no section */
  /* Takes all of @from, or fails; it may leave @error to the caller. */
  bool (*read) (PhRecord *self, PhBlob *from, GError **error);
} Section;

static const Section sections[] = {
  { "cros", write_cross, read_cross },
  { "sigh", write_sight, read_sight },
  { "tokn", write_tokens, read_tokens },
  { "word", write_words, read_words },
  { "inst", write_instruction, read_instruction },
};

GBytes *
ph_record_to_bytes (const PhRecord *self)
{
  GByteArray *out = g_byte_array_new ();

  ph_blob_add_u32 (out, MAGIC);
  ph_blob_add_u32 (out, VERSION);
  for (size_t i = 0; i < G_N_ELEMENTS (sections); i++) {
    g_autoptr (GByteArray) content = g_byte_array_new ();

    sections[i].write (self, content);
    if (content->len == 0)
      continue;
    g_byte_array_append (out, (const guint8 *) sections[i].tag, 4);
    ph_blob_add_u32 (out, content->len);
    g_byte_array_append (out, content->data, content->len);
  }
  return g_byte_array_free_to_bytes (out);
}

/* The number of the section called @tag; G_N_ELEMENTS (sections): none of ours. */
static size_t
find_section (const uint8_t *tag)
{
  size_t i = 0;

  while (i < G_N_ELEMENTS (sections) && memcmp (sections[i].tag, tag, 4) != 0)
    i++;
  return i;
}

static bool
read_known (PhRecord *self, const Section *section, PhBlob *from, GError **error)
{
  g_autoptr (GError) reason = NULL;
  size_t n_bytes = from->n_left;

  if (section->read (self, from, &reason) && from->n_left == 0)
    return true;
  return ph_fail (error, PH_ERROR_FORMAT, "record: section \"%s\" of %zu bytes: %s",
                  section->tag, n_bytes,
                  reason != NULL ? reason->message : "not what its sizes ask");
}

static bool
read_section (PhRecord *self, PhBlob *from, unsigned *seen, GError **error)
{
  const uint8_t *tag, *bytes;
  uint32_t n_bytes;
  PhBlob content;
  size_t i;

  if (!ph_blob_take (from, 4, &tag) || !ph_blob_take_u32 (from, &n_bytes) ||
      !ph_blob_take (from, n_bytes, &bytes))
    return ph_fail (error, PH_ERROR_FORMAT, "record: a section goes beyond the end");
  i = find_section (tag);
  if (i == G_N_ELEMENTS (sections))
    return true;
  if ((*seen & 1u << i) != 0)
    return ph_fail (error, PH_ERROR_FORMAT, "record: section \"%s\" comes twice",
                    sections[i].tag);
  *seen |= 1u << i;
  content = (PhBlob){ bytes, n_bytes };
  return read_known (self, &sections[i], &content, error);
}

/* What two sections say of one thing. */
static bool
check_together (const PhRecord *self, GError **error)
{
  if ((size_t) self->words.n_tokens <= self->n_tokens)
    return true;
  return ph_fail (error, PH_ERROR_FORMAT,
                  "record: attention of %d tokens, but there are %zu",
                  self->words.n_tokens, self->n_tokens);
}

static bool
read_all (PhRecord *self, PhBlob *from, GError **error)
{
  uint32_t magic = 0, version = 0;
  unsigned seen = 0;

  if (from->n_left >= 4 && ph_blob_take_u32 (&(PhBlob){ from->bytes, 4 }, &magic) &&
      magic == MAGIC_SNAPSHOT)
    return read_cross (self, from, error);
  if (magic != MAGIC || !ph_blob_take_u32 (from, &magic) ||
      !ph_blob_take_u32 (from, &version))
    return ph_fail (error, PH_ERROR_FORMAT, "record: not one (%zu bytes)", from->n_left);
  if (version != VERSION)
    return ph_fail (error, PH_ERROR_UNSUPPORTED, "record: version %u, not %u", version,
                    VERSION);
  while (from->n_left > 0)
    if (!read_section (self, from, &seen, error))
      return false;
  return check_together (self, error);
}

PhRecord *
ph_record_from_bytes (GBytes *bytes, GError **error)
{
  g_autoptr (PhRecord) self = ph_record_allocate ();
  PhBlob from;

  from.bytes = g_bytes_get_data (bytes, &from.n_left);
  if (!read_all (self, &from, error))
    return NULL;
  return g_steal_pointer (&self);
}
