/* sentencepiece.h - a model of SentencePiece as its own file has it
 *
 * spiece.model of T5 and tokenizer.model of LLaMA are one message, ModelProto of
 * sentencepiece_model.proto: the pieces with their scores, what the trainer was told, and
 * how texts are normalized.  What else stands there is passed over.
 *
 * Does not change once opened; any thread may read it.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

G_BEGIN_DECLS

/* As the file numbers them. */
typedef enum {
  PH_PIECE_NORMAL = 1,
  PH_PIECE_UNKNOWN = 2,
  PH_PIECE_CONTROL = 3,
  PH_PIECE_USER_DEFINED = 4,
  PH_PIECE_UNUSED = 5,
  PH_PIECE_BYTE = 6,
} PhPieceType;

typedef struct {
  char *text;
  double score; /* finite */
  PhPieceType type;
} PhPiece;

typedef enum {
  PH_SENTENCEPIECE_UNIGRAM = 1,
  PH_SENTENCEPIECE_BPE = 2,
} PhSentencePieceAlgorithm;

typedef struct {
  GArray *pieces; /* of PhPiece, by id; at least one, each once */
  PhSentencePieceAlgorithm algorithm;
  int32_t unknown;  /* an id of @pieces */
  int32_t bos, eos; /* ids of @pieces, or −1 */
  bool byte_fallback;
  GBytes *charsmap; /* what a Precompiled step is made of; may be empty */
  bool add_dummy_prefix;
  bool remove_extra_whitespaces;
} PhSentencePiece;

/* Errors name @path. */
PhSentencePiece *ph_sentencepiece_open (const char *path, GError **error);
void ph_sentencepiece_free (PhSentencePiece *self);

/* The text of the piece @id, borrowed; NULL for −1. */
const char *ph_sentencepiece_get_text (const PhSentencePiece *self, int32_t id);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PhSentencePiece, ph_sentencepiece_free)

G_END_DECLS
