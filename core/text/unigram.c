/* Unigram: of all ways to cut a word into pieces, the one whose scores, the logarithms of
 * the pieces' probabilities, have the greatest sum.  [T. Kudo, "Subword Regularization",
 * 2018, section 3.2; the search is Viterbi's.]
 *
 * A character that is no piece of its own is unknown at a price.  Neighbours that are
 * unknown become one piece, which is spelt by its bytes where the file says so. */
#include "core/base/error.h"
#include "core/formats/json.h"
#include "core/text/steps.h"
#include "core/text/trie.h"

#include <math.h>
#include <string.h>

#define UNKNOWN_PENALTY 10.0 /* below the worst piece */

typedef struct {
  PhTrie *pieces;
  double *scores; /* by id */
  double unknown_score;
  int32_t unknown;
  bool byte_fallback;
  int32_t bytes[PH_VOCABULARY_N_BYTES]; /* ids by which they are spelt, or -1 */
} Unigram;

/* --- reading --- */

static void
free_unigram (gpointer data)
{
  Unigram *self = data;

  g_clear_pointer (&self->pieces, ph_trie_free);
  g_free (self->scores);
  g_free (self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Unigram, free_unigram)

static bool
add_piece (Unigram *self,
           const json_t *pair,
           size_t id,
           PhVocabulary *vocabulary,
           GError **error)
{
  const char *piece = json_string_value (json_array_get (pair, 0));
  const json_t *score = json_array_get (pair, 1);

  if (json_array_size (pair) != 2 || piece == NULL || !json_is_number (score))
    return ph_fail (error, PH_ERROR_FORMAT, "model.vocab[%zu] is not [piece, score]", id);
  if (!ph_vocabulary_add (vocabulary, piece, (int64_t) id, error)) {
    g_prefix_error (error, "model.vocab[%zu]: ", id);
    return false;
  }

  ph_trie_add (self->pieces, piece, (int32_t) id);
  self->scores[id] = json_number_value (score);
  self->unknown_score = MIN (self->unknown_score, self->scores[id] - UNKNOWN_PENALTY);
  return true;
}

static bool
add_pieces (Unigram *self, const json_t *pieces, PhVocabulary *vocabulary, GError **error)
{
  size_t n_pieces = json_array_size (pieces);

  self->pieces = ph_trie_new ();
  self->scores = g_new (double, n_pieces);
  self->unknown_score = INFINITY;
  for (size_t i = 0; i < n_pieces; i++)
    if (!add_piece (self, json_array_get (pieces, i), i, vocabulary, error))
      return false;
  return true;
}

typedef struct {
  int64_t unknown;
  bool byte_fallback;
} Settings;

static const PhJsonField fields[] = {
  { "unk_id", PH_JSON_INT, offsetof (Settings, unknown), 0, PH_VOCABULARY_MAX_TOKENS - 1,
    .required = true },
  { "byte_fallback", PH_JSON_BOOL, offsetof (Settings, byte_fallback) },
};

static gpointer
read_unigram (json_t *json, PhVocabulary *vocabulary, GError **error)
{
  g_autoptr (Unigram) self = g_new0 (Unigram, 1);
  Settings settings;
  const json_t *pieces;

  if (!ph_json_read (json, "model", fields, G_N_ELEMENTS (fields), &settings, error))
    return NULL;
  pieces = ph_json_get_array (json, "model", "vocab", error);
  if (pieces == NULL || !add_pieces (self, pieces, vocabulary, error))
    return NULL;
  if ((size_t) settings.unknown >= json_array_size (pieces)) {
    ph_fail (error, PH_ERROR_RANGE,
             "model.unk_id is %" G_GINT64_FORMAT ", and the vocabulary has %zu pieces",
             settings.unknown, json_array_size (pieces));
    return NULL;
  }

  self->unknown = (int32_t) settings.unknown;
  self->byte_fallback = settings.byte_fallback;
  ph_vocabulary_find_bytes (vocabulary, self->bytes);
  return g_steal_pointer (&self);
}

/* --- the best way --- */

/* The best way to cut what stands in front of a byte. */
typedef struct {
  double score;
  size_t start; /* of the last piece */
  int32_t id;   /* of the last piece; -1 before any way is found */
} Way;

/* Of equal ways the first counts: the one whose last piece is longer. */
static void
offer (Way *way, double score, size_t start, int32_t id)
{
  if (way->id >= 0 && score <= way->score)
    return;
  *way = (Way){ score, start, id };
}

static void
offer_pieces (const Unigram *self, const char *word, size_t start, Way *ways)
{
  double score = ways[start].score;
  size_t after = (size_t) (g_utf8_next_char (word + start) - word);
  bool known = false;
  uint32_t node = PH_TRIE_ROOT;

  for (size_t end = start; word[end] != '\0';) {
    int32_t id;

    node = ph_trie_step (self->pieces, node, word[end++]);
    if (node == PH_TRIE_ROOT)
      break;
    id = ph_trie_get (self->pieces, node);
    if (id < 0)
      continue;
    offer (&ways[end], score + self->scores[id], start, id);
    known = known || end == after;
  }
  if (!known)
    offer (&ways[after], score + self->unknown_score, start, self->unknown);
}

/* For every byte of @word and its end. */
static Way *
find_ways (const Unigram *self, const char *word, size_t n_bytes)
{
  Way *ways = g_new (Way, n_bytes + 1);

  for (size_t i = 0; i <= n_bytes; i++)
    ways[i] = (Way){ .id = -1 };
  for (const char *at = word; *at != '\0'; at = g_utf8_next_char (at))
    offer_pieces (self, word, (size_t) (at - word), ways);
  return ways;
}

/* --- ids --- */

typedef struct {
  size_t start, end;
  int32_t id;
} Piece;

/* The pieces from the last to the first; neighbours that are unknown are one. */
static GArray *
trace_back (const Unigram *self, const Way *ways, size_t n_bytes)
{
  GArray *pieces = g_array_new (FALSE, FALSE, sizeof (Piece));

  for (size_t end = n_bytes; end > 0; end = ways[end].start) {
    Piece piece = { ways[end].start, end, ways[end].id };
    Piece *last =
        pieces->len > 0 ? &g_array_index (pieces, Piece, pieces->len - 1) : NULL;

    if (last != NULL && last->id == self->unknown && piece.id == self->unknown)
      last->start = piece.start;
    else
      g_array_append_val (pieces, piece);
  }
  return pieces;
}

static bool
append_bytes (const Unigram *self, const char *text, size_t n_bytes, GArray *ids)
{
  guint n_before = ids->len;

  for (size_t i = 0; i < n_bytes; i++) {
    int32_t id = self->bytes[(unsigned char) text[i]];

    if (id < 0) {
      g_array_set_size (ids, n_before);
      return false;
    }
    g_array_append_val (ids, id);
  }
  return true;
}

/* Unknown characters may be a piece when they stand together. */
static void
append_unknown (const Unigram *self, const char *text, size_t n_bytes, GArray *ids)
{
  g_autofree char *copy = g_strndup (text, n_bytes);
  int32_t id = self->unknown, found;

  if (ph_trie_longest (self->pieces, "", copy, &found) == n_bytes)
    id = found;
  else if (self->byte_fallback && append_bytes (self, text, n_bytes, ids))
    return;
  g_array_append_val (ids, id);
}

static void
encode (gconstpointer data, const char *word, GArray *ids)
{
  const Unigram *self = data;
  size_t n_bytes = strlen (word);
  g_autofree Way *ways = find_ways (self, word, n_bytes);
  g_autoptr (GArray) pieces = trace_back (self, ways, n_bytes);

  for (guint i = pieces->len; i-- > 0;) {
    const Piece *piece = &g_array_index (pieces, Piece, i);

    if (piece->id == self->unknown)
      append_unknown (self, word + piece->start, piece->end - piece->start, ids);
    else
      g_array_append_val (ids, piece->id);
  }
}

const PhTokenModelClass ph_token_model_unigram = {
  "Unigram", "unk_id", read_unigram, free_unigram, encode,
};
