/* qformer.h - the Q-Former: learned queries that read a picture
 *
 * A BERT whose first rows are learned queries (Li et al. 2023, BLIP-2; Dai et al. 2023,
 * InstructBLIP, where the instruction stands behind the queries in self-attention).  In
 * every layer queries and text attend to each other; in every cross_frequency-th one the
 * queries, and never the text, attend to the picture's tokens; queries and text have
 * feed-forwards of their own.  The norms come after (modeling_instructblip.py).
 *
 * The same code runs all modes of the papers: queries and instruction, queries alone,
 * text alone (the unimodal half of ITC), and, by a mask, causal text behind queries that
 * cannot see it (ITG).
 *
 * Plain data once bound; any number of threads may encode with one, each in its pass.
 */
#pragma once

#include "core/base/pass.h"
#include "core/models/bert.h"

G_BEGIN_DECLS

/* What there is of the text half, and what the published files call it. */
typedef enum {
  PH_QFORMER_INSTRUCTBLIP, /* all under "qformer." */
  PH_QFORMER_BLIP2,        /* queries alone: no text half, "qformer.layernorm" */
  PH_QFORMER_RETRIEVAL,    /* as BLIP-2, with a text half; words under "embeddings." */
} PhQformerLayout;

typedef struct {
  PhQformerLayout layout;
  size_t width, inner;
  size_t n_layers, n_heads;
  size_t cross_frequency; /* layers 0, f, 2f, … look at the picture */
  size_t picture_width;   /* of its tokens */
  size_t n_queries;
  size_t n_vocabulary, n_positions; /* of the text, if there is a half for it */
  float eps;
} PhQformerConfig;

typedef struct {
  PhBertAttention self, cross;
  PhBertFeed text, query;
} PhQformerLayer;

typedef struct {
  PhQformerConfig config;
  PhTensor query_tokens; /* 1 by query by width */
  PhTensor word_embedding, position_embedding;
  PhAffine embedding_norm;
  PhQformerLayer *layers;
} PhQformer;

void ph_qformer_init (PhQformer *self, const PhQformerConfig *config);
void ph_qformer_clear (PhQformer *self);

/* By the names of config.layout. */
bool ph_qformer_bind (PhQformer *self, PhBinder *binder, GError **error);

/* True if it can be given text. */
bool ph_qformer_reads_text (const PhQformerConfig *config);

/* True for the layers that look at the picture; and how many there are. */
bool ph_qformer_crosses (const PhQformerConfig *config, size_t layer);
size_t ph_qformer_count_looking (const PhQformerConfig *config);

typedef struct {
  /* picture by token by width, or NULL: then there are no queries. */
  PhTensor *picture;
  /* row by n_ids, or NULL: then there is no text. */
  const int32_t *ids;
  size_t n_ids;
  /* Rows of text; a multiple of the pictures, which then serve as many rows each, in
   * order.  Without text the number of rows is that of the pictures. */
  size_t n_rows;
  /* NULL, or as PhAttention.mask: mask_rows (1 or n_rows) by position by position. */
  const uint8_t *mask;
  size_t mask_rows;
  /* NULL, or flags, layer that looks by head: those heads' looks at the picture come to
   * nothing (PhBertLook.silent). */
  const bool *silent;
} PhQformerInput;

/* row by (queries, then text) by width, after the last layer.  Probes self-attention in
 * all layers and cross-attention where there is one. */
PhTensor *
ph_qformer_encode (PhQformer *self, const PhPass *pass, const PhQformerInput *input);

G_END_DECLS
