#include "core/text/sentencepiece.h"

#include "core/base/error.h"
#include "core/formats/map.h"
#include "core/text/protobuf.h"
#include "core/text/vocabulary.h"

#include <math.h>

#define MAX_BYTES ((size_t) 64 << 20) /* of a file; those of T5 and LLaMA have 1 */

/* Numbers of the fields, by message. */
enum { MODEL_PIECES = 1, MODEL_TRAINER = 2, MODEL_NORMALIZER = 3 };
enum { PIECE_TEXT = 1, PIECE_SCORE = 2, PIECE_TYPE = 3 };
enum {
  TRAINER_ALGORITHM = 3,
  TRAINER_BYTE_FALLBACK = 35,
  TRAINER_UNKNOWN = 40,
  TRAINER_BOS = 41,
  TRAINER_EOS = 42,
};
enum {
  NORMALIZER_CHARSMAP = 2,
  NORMALIZER_DUMMY_PREFIX = 3,
  NORMALIZER_EXTRA_WHITESPACES = 4,
};

/* While a message is read. */
typedef struct {
  PhSentencePiece *model;
  PhPiece *piece;
  bool has_trainer, has_normalizer;
} Reader;

typedef bool (*ReadField) (Reader *self, const PhProtobufField *field, GError **error);

static bool
read_message (Reader *self, PhProtobuf message, ReadField read, GError **error)
{
  while (message.at < message.end) {
    PhProtobufField field;

    if (!ph_protobuf_next (&message, &field, error) || !read (self, &field, error))
      return false;
  }
  return true;
}

/* --- values --- */

static bool
read_text (const PhProtobufField *field, char **value, GError **error)
{
  const char *text = (const char *) field->bytes.at;
  size_t n_bytes = (size_t) (field->bytes.end - field->bytes.at);

  if (!ph_protobuf_expect (field, PH_PROTOBUF_BYTES, error))
    return false;
  if (n_bytes > PH_VOCABULARY_MAX_BYTES)
    return ph_fail (error, PH_ERROR_RANGE, "its text is %zu bytes long, not up to %zu",
                    n_bytes, PH_VOCABULARY_MAX_BYTES);
  if (!g_utf8_validate_len (text, n_bytes, NULL))
    return ph_fail (error, PH_ERROR_FORMAT, "its text is not UTF-8");
  g_free (*value);
  *value = g_strndup (text, n_bytes);
  return true;
}

static bool
read_score (const PhProtobufField *field, double *value, GError **error)
{
  if (!ph_protobuf_expect (field, PH_PROTOBUF_32_BITS, error))
    return false;
  *value = (double) ph_protobuf_get_float (field);
  return isfinite (*value) ||
         ph_fail (error, PH_ERROR_RANGE, "its score is %g, not finite", *value);
}

static bool
read_int (const PhProtobufField *field, int32_t *value, GError **error)
{
  *value = (int32_t) field->value;
  return ph_protobuf_expect (field, PH_PROTOBUF_VARINT, error);
}

static bool
read_bytes (const PhProtobufField *field, GBytes **value, GError **error)
{
  if (!ph_protobuf_expect (field, PH_PROTOBUF_BYTES, error))
    return false;
  g_bytes_unref (*value);
  *value = g_bytes_new (field->bytes.at, (size_t) (field->bytes.end - field->bytes.at));
  return true;
}

static bool
read_bool (const PhProtobufField *field, bool *value, GError **error)
{
  *value = field->value != 0;
  return ph_protobuf_expect (field, PH_PROTOBUF_VARINT, error);
}

/* --- messages --- */

static bool
read_piece_field (Reader *self, const PhProtobufField *field, GError **error)
{
  int32_t type;

  switch (field->number) {
  case PIECE_TEXT:
    return read_text (field, &self->piece->text, error);
  case PIECE_SCORE:
    return read_score (field, &self->piece->score, error);
  case PIECE_TYPE:
    if (!read_int (field, &type, error))
      return false;
    self->piece->type = (PhPieceType) type;
    return true;
  default:
    return true;
  }
}

static bool
read_piece (Reader *self, const PhProtobufField *field, GError **error)
{
  GArray *pieces = self->model->pieces;
  const PhPiece piece = { .type = PH_PIECE_NORMAL };

  if (!ph_protobuf_expect (field, PH_PROTOBUF_BYTES, error))
    return false;
  if (pieces->len >= PH_VOCABULARY_MAX_TOKENS)
    return ph_fail (error, PH_ERROR_RANGE, "has more than %zu pieces",
                    PH_VOCABULARY_MAX_TOKENS);

  g_array_append_val (pieces, piece);
  self->piece = &g_array_index (pieces, PhPiece, pieces->len - 1);
  if (!read_message (self, field->bytes, read_piece_field, error)) {
    g_prefix_error (error, "piece %u: ", pieces->len - 1);
    return false;
  }
  return self->piece->text != NULL ||
         ph_fail (error, PH_ERROR_FORMAT, "piece %u has no text", pieces->len - 1);
}

static bool
read_algorithm (Reader *self, const PhProtobufField *field, GError **error)
{
  int32_t algorithm;

  if (!read_int (field, &algorithm, error))
    return false;
  self->model->algorithm = (PhSentencePieceAlgorithm) algorithm;
  return algorithm == PH_SENTENCEPIECE_UNIGRAM || algorithm == PH_SENTENCEPIECE_BPE ||
         ph_fail (error, PH_ERROR_UNSUPPORTED,
                  "the model is of type %d, not 1 (Unigram) or 2 (BPE)", algorithm);
}

static bool
read_trainer_field (Reader *self, const PhProtobufField *field, GError **error)
{
  switch (field->number) {
  case TRAINER_ALGORITHM:
    return read_algorithm (self, field, error);
  case TRAINER_BYTE_FALLBACK:
    return read_bool (field, &self->model->byte_fallback, error);
  case TRAINER_UNKNOWN:
    return read_int (field, &self->model->unknown, error);
  case TRAINER_BOS:
    return read_int (field, &self->model->bos, error);
  case TRAINER_EOS:
    return read_int (field, &self->model->eos, error);
  default:
    return true;
  }
}

static bool
read_normalizer_field (Reader *self, const PhProtobufField *field, GError **error)
{
  switch (field->number) {
  case NORMALIZER_CHARSMAP:
    return read_bytes (field, &self->model->charsmap, error);
  case NORMALIZER_DUMMY_PREFIX:
    return read_bool (field, &self->model->add_dummy_prefix, error);
  case NORMALIZER_EXTRA_WHITESPACES:
    return read_bool (field, &self->model->remove_extra_whitespaces, error);
  default:
    return true;
  }
}

static bool
read_part (Reader *self,
           const PhProtobufField *field,
           const char *name,
           ReadField read,
           GError **error)
{
  if (ph_protobuf_expect (field, PH_PROTOBUF_BYTES, error) &&
      read_message (self, field->bytes, read, error))
    return true;
  g_prefix_error (error, "%s: ", name);
  return false;
}

static bool
read_model_field (Reader *self, const PhProtobufField *field, GError **error)
{
  switch (field->number) {
  case MODEL_PIECES:
    return read_piece (self, field, error);
  case MODEL_TRAINER:
    self->has_trainer = true;
    return read_part (self, field, "trainer_spec", read_trainer_field, error);
  case MODEL_NORMALIZER:
    self->has_normalizer = true;
    return read_part (self, field, "normalizer_spec", read_normalizer_field, error);
  default:
    return true;
  }
}

/* --- the whole --- */

static bool
check_id (const PhSentencePiece *self,
          const char *name,
          int32_t id,
          int32_t least,
          GError **error)
{
  return (id >= least && id < (int64_t) self->pieces->len) ||
         ph_fail (error, PH_ERROR_RANGE, "trainer_spec: %s is %d, not %d to %d", name, id,
                  least, (int) self->pieces->len - 1);
}

static bool
check_pieces (const PhSentencePiece *self, GError **error)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; i < self->pieces->len; i++) {
    char *text = g_array_index (self->pieces, PhPiece, i).text;

    if (!g_hash_table_add (seen, text)) {
      g_autofree char *shown = ph_printable (text);

      return ph_fail (error, PH_ERROR_FORMAT, "piece %u is \"%s\" once more", i, shown);
    }
  }
  return self->pieces->len > 0 || ph_fail (error, PH_ERROR_FORMAT, "has no pieces");
}

/* A file that is cut between two fields looks whole: the parts behind the pieces tell. */
static bool
check (Reader *self, GError **error)
{
  PhSentencePiece *model = self->model;

  if (!self->has_trainer || !self->has_normalizer)
    return ph_fail (error, PH_ERROR_FORMAT,
                    "has no %s: it is cut short, or not a model of SentencePiece",
                    self->has_trainer ? "normalizer_spec" : "trainer_spec");
  return check_pieces (model, error) &&
         check_id (model, "unk_id", model->unknown, 0, error) &&
         check_id (model, "bos_id", model->bos, -1, error) &&
         check_id (model, "eos_id", model->eos, -1, error);
}

static void
clear_piece (gpointer data)
{
  g_free (((PhPiece *) data)->text);
}

/* With what the file does not say being what sentencepiece_model.proto says. */
static PhSentencePiece *
new_model (void)
{
  PhSentencePiece *self = g_new0 (PhSentencePiece, 1);

  self->pieces = g_array_new (FALSE, FALSE, sizeof (PhPiece));
  g_array_set_clear_func (self->pieces, clear_piece);
  self->algorithm = PH_SENTENCEPIECE_UNIGRAM;
  self->bos = 1;
  self->eos = 2;
  self->charsmap = g_bytes_new (NULL, 0);
  self->add_dummy_prefix = true;
  self->remove_extra_whitespaces = true;
  return self;
}

static bool
read_file (PhSentencePiece *model, const PhMap *map, GError **error)
{
  const uint8_t *bytes = ph_map_get_bytes (map);
  size_t n_bytes = ph_map_get_size (map);
  Reader reader = { model };

  if (n_bytes > MAX_BYTES)
    return ph_fail (error, PH_ERROR_RANGE, "is %zu bytes long, not up to %zu", n_bytes,
                    MAX_BYTES);
  return read_message (&reader, (PhProtobuf){ bytes, bytes, bytes + n_bytes },
                       read_model_field, error) &&
         check (&reader, error);
}

PhSentencePiece *
ph_sentencepiece_open (const char *path, GError **error)
{
  g_autoptr (PhSentencePiece) self = new_model ();
  g_autoptr (PhMap) map = ph_map_open (path, error);

  if (map == NULL)
    return NULL;
  if (!read_file (self, map, error)) {
    ph_prefix_path (error, path);
    return NULL;
  }
  return g_steal_pointer (&self);
}

void
ph_sentencepiece_free (PhSentencePiece *self)
{
  g_array_unref (self->pieces);
  g_bytes_unref (self->charsmap);
  g_free (self);
}

const char *
ph_sentencepiece_get_text (const PhSentencePiece *self, int32_t id)
{
  return id >= 0 ? g_array_index (self->pieces, PhPiece, id).text : NULL;
}
