/* bert.h - the sub-layers of BERT, of which Q-Formers and BLIP's text models are made
 *
 * Devlin et al. 2019: an attention or a feed-forward, added to what went into it and
 * normed afterwards.  Who attends to whom, and in which layer, is for those to say who
 * build a model of them.  The weights are bound by their owners' tables, in which
 * PH_BERT_ATTENTION and PH_BERT_FEED stand for the rows of a whole sub-layer.
 *
 * Plain data once bound; any number of threads may run one, each in its context.
 */
#pragma once

#include "core/formats/weights.h"

G_BEGIN_DECLS

typedef struct {
  PhAffine q, k, v, out, norm;
} PhBertAttention;

typedef struct {
  PhAffine in, out, norm;
} PhBertFeed;

/* Rows for the PhBertAttention called @field in @Struct, under @name.  What the published
 * files call @inner holds q, k and v; the keys are made of tokens of @key_width. */
#define PH_BERT_ATTENTION(Struct, field, name, inner, width, key_width)                  \
  PH_AFFINE (Struct, field.q, name "." inner ".query", width, width),                    \
      PH_AFFINE (Struct, field.k, name "." inner ".key", width, key_width),              \
      PH_AFFINE (Struct, field.v, name "." inner ".value", width, key_width),            \
      PH_AFFINE (Struct, field.out, name ".output.dense", width, width),                 \
      PH_NORM (Struct, field.norm, name ".output.LayerNorm", width)

/* Rows for the PhBertFeed called @field in @Struct, under its two names. */
#define PH_BERT_FEED(Struct, field, first_name, last_name, width, inner)                 \
  PH_AFFINE (Struct, field.in, first_name ".dense", inner, width),                       \
      PH_AFFINE (Struct, field.out, last_name ".dense", width, inner),                   \
      PH_NORM (Struct, field.norm, last_name ".LayerNorm", width)

/* Keys and values of tokens that are attended to: batch by token by width. */
typedef struct {
  PhTensor *k, *v;
} PhBertKeys;

PhBertKeys ph_bert_keys (PhContext *c, PhBertAttention *attention, PhTensor *tokens);

typedef struct {
  size_t n_heads;
  float eps;

  PhTensor *x; /* row by token by width: those who attend */
  /* Whom to: tokens, of which keys and values are made here, or what ph_bert_keys() made
   * of them before.  Their batch divides the rows of x: rows that share an element of it
   * lie one after another. */
  PhTensor *tokens;
  PhBertKeys keys; /* if @tokens is NULL */

  /* As in PhAttention.  With fewer elements than rows the probabilities are batch by head
   * by (row, then token) by key. */
  bool causal;
  const uint8_t *mask;
  size_t mask_rows;
  PhTensor **probabilities;

  /* NULL, or n_heads flags: where set, the head gives 0, which is not noted for a way
   * back. */
  const bool *silent;
} PhBertLook;

/* norm (x + out (attention (x, tokens))) */
PhTensor *
ph_bert_attend (PhContext *c, PhBertAttention *attention, const PhBertLook *look);

/* norm (x + out (gelu (in (x)))) */
PhTensor *ph_bert_feed (PhContext *c, PhBertFeed *feed, PhTensor *x, float eps);

G_END_DECLS
