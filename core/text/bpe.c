/* BPE: a word is its characters; of all neighbours that the file knows as a merge, the
 * one that stands first in the list is joined, leftmost first, until none is left.
 *
 * A heap holds the merges that could be done, by rank and then by position, and the
 * symbols of a word are a linked list, so that a word of n characters costs n log n: with
 * SentencePiece's files a whole text is one word.  An entry of the heap is out of date
 * when its neighbours have been joined otherwise meanwhile; that shows when it is taken
 * out. */
#include "core/base/error.h"
#include "core/formats/json.h"
#include "core/text/heap.h"
#include "core/text/steps.h"

#include <string.h>

#define NONE (-1)

typedef struct {
  const PhVocabulary *vocabulary;
  size_t n_tokens;                      /* of the model alone: added tokens come later */
  GHashTable *characters;               /* character → id + 1 */
  GHashTable *ranks;                    /* two neighbours → rank + 1 */
  GArray *joined;                       /* int32_t: by rank, what a merge makes */
  int32_t unknown;                      /* or NONE */
  int32_t bytes[PH_VOCABULARY_N_BYTES]; /* ids by which they are spelt, or NONE */
  bool fuse_unknown, byte_fallback, ignore_merges;
} Bpe;

static void
free_bpe (gpointer data)
{
  Bpe *self = data;

  g_hash_table_destroy (self->characters);
  g_hash_table_destroy (self->ranks);
  g_array_unref (self->joined);
  g_free (self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Bpe, free_bpe)

/* --- merges --- */

/* Two ids of at most 20 bits each. */
static gpointer
neighbours (int32_t left, int32_t right)
{
  return GSIZE_TO_POINTER ((gsize) left << 20 | (gsize) right);
}

static int32_t
find_rank (const Bpe *self, int32_t left, int32_t right)
{
  return GPOINTER_TO_INT (g_hash_table_lookup (self->ranks, neighbours (left, right))) -
         1;
}

/* "a b" or ["a", "b"]. */
static char **
read_pair (const json_t *json)
{
  const char *left = json_string_value (json_array_get (json, 0));
  const char *right = json_string_value (json_array_get (json, 1));
  char **pair;

  if (json_is_string (json))
    pair = g_strsplit (json_string_value (json), " ", 0);
  else if (left != NULL && right != NULL && json_array_size (json) == 2)
    pair = g_strdupv ((char *[]){ (char *) left, (char *) right, NULL });
  else
    return NULL;

  if (g_strv_length (pair) == 2 && *pair[0] != '\0' && *pair[1] != '\0')
    return pair;
  g_strfreev (pair);
  return NULL;
}

static bool
find_token (const Bpe *self, const char *token, size_t rank, int32_t *id, GError **error)
{
  g_autofree char *shown = NULL;

  *id = ph_vocabulary_find (self->vocabulary, token);
  if (*id >= 0)
    return true;
  shown = ph_printable (token);
  return ph_fail (error, PH_ERROR_FORMAT,
                  "model.merges[%zu]: \"%s\" is not in the vocabulary", rank, shown);
}

static bool
add_merge (Bpe *self, const json_t *json, size_t rank, GError **error)
{
  g_auto (GStrv) pair = read_pair (json);
  g_autofree char *whole = NULL;
  int32_t left, right, joined, known;

  if (pair == NULL)
    return ph_fail (error, PH_ERROR_FORMAT, "model.merges[%zu] is not two tokens", rank);

  whole = g_strconcat (pair[0], pair[1], NULL);
  if (!find_token (self, pair[0], rank, &left, error) ||
      !find_token (self, pair[1], rank, &right, error) ||
      !find_token (self, whole, rank, &joined, error))
    return false;

  known = find_rank (self, left, right);
  if (known != NONE)
    return ph_fail (error, PH_ERROR_FORMAT,
                    "model.merges[%zu] is the same as model.merges[%d]", rank, known);
  g_hash_table_insert (self->ranks, neighbours (left, right),
                       GSIZE_TO_POINTER (rank + 1));
  g_array_append_val (self->joined, joined);
  return true;
}

static bool
add_merges (Bpe *self, const json_t *json, GError **error)
{
  const json_t *merges = ph_json_get_array (json, "model", "merges", error);

  for (size_t i = 0; i < json_array_size (merges); i++)
    if (!add_merge (self, json_array_get (merges, i), i, error))
      return false;
  return merges != NULL;
}

/* --- the smallest pieces --- */

static void
find_characters (Bpe *self)
{
  for (int32_t id = 0; (size_t) id < self->n_tokens; id++) {
    const char *token = ph_vocabulary_get (self->vocabulary, id);

    if (token != NULL && *token != '\0' && *g_utf8_next_char (token) == '\0')
      g_hash_table_insert (self->characters, GUINT_TO_POINTER (g_utf8_get_char (token)),
                           GINT_TO_POINTER (id + 1));
  }
}

static bool
find_unknown (Bpe *self, const char *unknown, GError **error)
{
  g_autofree char *shown = NULL;

  self->unknown = NONE;
  if (unknown == NULL || *unknown == '\0')
    return true;
  self->unknown = ph_vocabulary_find (self->vocabulary, unknown);
  if (self->unknown != NONE)
    return true;
  shown = ph_printable (unknown);
  return ph_fail (error, PH_ERROR_FORMAT,
                  "model.unk_token is \"%s\", which is not in the vocabulary", shown);
}

/* --- reading --- */

typedef struct {
  const char *unknown, *prefix, *suffix;
  double dropout;
  bool fuse_unknown, byte_fallback, ignore_merges;
} Settings;

static const PhJsonField fields[] = {
  { "unk_token", PH_JSON_TEXT, offsetof (Settings, unknown) },
  { "continuing_subword_prefix", PH_JSON_TEXT, offsetof (Settings, prefix) },
  { "end_of_word_suffix", PH_JSON_TEXT, offsetof (Settings, suffix) },
  { "dropout", PH_JSON_REAL, offsetof (Settings, dropout), 0, 1 },
  { "fuse_unk", PH_JSON_BOOL, offsetof (Settings, fuse_unknown) },
  { "byte_fallback", PH_JSON_BOOL, offsetof (Settings, byte_fallback) },
  { "ignore_merges", PH_JSON_BOOL, offsetof (Settings, ignore_merges) },
};

static bool
check_absent (const char *text, const char *name, GError **error)
{
  g_autofree char *shown = NULL;

  if (text == NULL || *text == '\0')
    return true;
  shown = ph_printable (text);
  return ph_fail (error, PH_ERROR_UNSUPPORTED,
                  "model.%s is \"%s\"; only merges without one can be done", name, shown);
}

static bool
check_settings (const Settings *settings, GError **error)
{
  if (settings->dropout != 0)
    return ph_fail (error, PH_ERROR_UNSUPPORTED,
                    "model.dropout is %g: ids would be left to chance",
                    settings->dropout);
  return check_absent (settings->prefix, "continuing_subword_prefix", error) &&
         check_absent (settings->suffix, "end_of_word_suffix", error);
}

static Bpe *
make (const Settings *settings, const PhVocabulary *vocabulary)
{
  Bpe *self = g_new0 (Bpe, 1);

  self->vocabulary = vocabulary;
  self->n_tokens = ph_vocabulary_get_size (vocabulary);
  self->characters = g_hash_table_new (NULL, NULL);
  self->ranks = g_hash_table_new (NULL, NULL);
  self->joined = g_array_new (FALSE, FALSE, sizeof (int32_t));
  self->fuse_unknown = settings->fuse_unknown;
  self->byte_fallback = settings->byte_fallback;
  self->ignore_merges = settings->ignore_merges;
  find_characters (self);
  ph_vocabulary_find_bytes (self->vocabulary, self->bytes);
  return self;
}

static gpointer
read_model (json_t *json, PhVocabulary *vocabulary, GError **error)
{
  g_autoptr (Bpe) self = NULL;
  Settings settings;
  json_t *tokens;

  if (!ph_json_read (json, "model", fields, G_N_ELEMENTS (fields), &settings, error) ||
      !check_settings (&settings, error))
    return NULL;
  tokens = ph_json_get_object (json, "model", "vocab", error);
  if (tokens == NULL || !ph_vocabulary_read (vocabulary, tokens, "model.vocab", error))
    return NULL;

  self = make (&settings, vocabulary);
  if (!find_unknown (self, settings.unknown, error) || !add_merges (self, json, error))
    return NULL;
  return g_steal_pointer (&self);
}

/* --- a word --- */

typedef struct {
  int32_t id;             /* NONE once it is part of the symbol in front of it */
  int32_t previous, next; /* positions, or NONE at the ends */
} Symbol;

typedef struct {
  const Bpe *model;
  GArray *symbols; /* of Symbol, by position */
  PhHeap *merges;  /* rank << 32 | position of the left one */
} Word;

static Symbol *
symbol_at (const Word *self, int32_t position)
{
  return &g_array_index (self->symbols, Symbol, position);
}

static void
append_symbol (Word *self, int32_t id)
{
  int32_t position = (int32_t) self->symbols->len;
  Symbol symbol = { id, position - 1, NONE };

  if (position > 0)
    symbol_at (self, position - 1)->next = position;
  g_array_append_val (self->symbols, symbol);
}

/* False if a byte of the character has no token. */
static bool
append_bytes (Word *self, const char *character)
{
  const int32_t *ids = self->model->bytes;
  const char *end = g_utf8_next_char (character);

  for (const char *at = character; at < end; at++)
    if (ids[(guchar) *at] == NONE)
      return false;
  for (const char *at = character; at < end; at++)
    append_symbol (self, ids[(guchar) *at]);
  return true;
}

/* An unknown character waits for the next one that is known, so that several can be one;
 * bytes go past it, as they do in the reference. */
static void
append_characters (Word *self, const char *text)
{
  const Bpe *model = self->model;
  bool waiting = false;

  for (const char *at = text; *at != '\0'; at = g_utf8_next_char (at)) {
    gpointer character = GUINT_TO_POINTER (g_utf8_get_char (at));
    int32_t id = GPOINTER_TO_INT (g_hash_table_lookup (model->characters, character)) - 1;

    if (id == NONE && model->byte_fallback && append_bytes (self, at))
      continue;
    if (waiting && (id != NONE || !model->fuse_unknown))
      append_symbol (self, model->unknown);
    if (id != NONE)
      append_symbol (self, id);
    waiting = id == NONE && model->unknown != NONE;
  }
  if (waiting)
    append_symbol (self, model->unknown);
}

/* Notes the merge of the symbol at @position with its right neighbour, if there is one.
 */
static void
note_merge (Word *self, int32_t position)
{
  const Symbol *left = symbol_at (self, position);
  int32_t rank;

  if (left->next == NONE)
    return;
  rank = find_rank (self->model, left->id, symbol_at (self, left->next)->id);
  if (rank != NONE)
    ph_heap_push (self->merges, (uint64_t) rank << 32 | (uint32_t) position);
}

/* Whether the symbol at @position and its neighbour are still those of the merge @rank.
 */
static bool
is_current (const Word *self, int32_t position, int32_t rank)
{
  const Symbol *left = symbol_at (self, position);

  return left->id != NONE && left->next != NONE &&
         find_rank (self->model, left->id, symbol_at (self, left->next)->id) == rank;
}

static void
merge (Word *self, int32_t position, int32_t joined)
{
  Symbol *left = symbol_at (self, position);
  Symbol *right = symbol_at (self, left->next);

  left->id = joined;
  left->next = right->next;
  right->id = NONE;
  if (left->next != NONE)
    symbol_at (self, left->next)->previous = position;

  if (left->previous != NONE)
    note_merge (self, left->previous);
  note_merge (self, position);
}

static void
merge_all (Word *self)
{
  uint64_t entry;

  for (guint i = 0; i < self->symbols->len; i++)
    note_merge (self, (int32_t) i);
  while (ph_heap_pop (self->merges, &entry)) {
    int32_t rank = (int32_t) (entry >> 32), position = (int32_t) (uint32_t) entry;

    if (is_current (self, position, rank))
      merge (self, position, g_array_index (self->model->joined, int32_t, rank));
  }
}

static void
append_ids (const Word *self, GArray *ids)
{
  for (guint i = 0; i < self->symbols->len; i++) {
    int32_t id = symbol_at (self, (int32_t) i)->id;

    if (id != NONE)
      g_array_append_val (ids, id);
  }
}

static void
encode (gconstpointer data, const char *text, GArray *ids)
{
  const Bpe *self = data;
  g_autoptr (GArray) symbols = g_array_new (FALSE, FALSE, sizeof (Symbol));
  g_autoptr (PhHeap) merges = ph_heap_new ();
  Word word = { self, symbols, merges };
  int32_t whole =
      self->ignore_merges ? ph_vocabulary_find (self->vocabulary, text) : NONE;

  if (whole != NONE && (size_t) whole < self->n_tokens) {
    g_array_append_val (ids, whole);
    return;
  }
  append_characters (&word, text);
  merge_all (&word);
  append_ids (&word, ids);
}

const PhTokenModelClass ph_token_model_bpe = {
  "BPE", "merges", read_model, free_bpe, encode,
};
