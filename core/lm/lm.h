/* lm.h - what a language model owes to the rest of the program
 *
 * A language model reads a prompt of embeddings (the projected queries, then the text)
 * and scores the tokens of an answer one after another.  A decoder-only model reads the
 * prompt with the layers that go on to write; an encoder-decoder reads it with others.
 * Both hide behind begin() and next(), which go on from a PhLmState: the keys and
 * values of all that came before.
 *
 * The weights never change while a state is in use, so states of one model may be used
 * by one thread at a time each.
 *
 * To add one: write core/lm/NAME.c ending in `const PhLmClass ph_lm_NAME` and list it
 * in lm.c; the test of the interface loops over the list.
 */
#pragma once

#include "core/base/pass.h"
#include "core/formats/weights.h"

#include <jansson.h>

G_BEGIN_DECLS

typedef struct _PhLm PhLm;
typedef struct _PhLmState PhLmState;

typedef struct {
  const char *name; /* as `model_type` in text_config */

  /* Sizes alone, from text_config; weights are bound afterwards. */
  PhLm *(*new) (const json_t *text_config, GError **error);
  void (*free) (PhLm *self);
  bool (*bind) (PhLm *self, PhBinder *binder, const char *prefix, GError **error);

  /* Rows of the embedding table: batch by token by width. */
  PhTensor *(*embed) (PhLm *self,
                      const PhPass *pass,
                      const int32_t *ids,
                      size_t n_batch,
                      size_t n_ids);

  PhLmState *(*state_new) (PhLm *self, size_t n_positions);
  void (*state_free) (PhLmState *state);

  /* Forgets what @state held, reads the prompt (1 by position by width) and scores the
   * first token of the answer: one row of logits. */
  PhTensor *(*begin) (PhLm *self, const PhPass *pass, PhLmState *state, PhTensor *prompt);
  /* Scores the token that follows @id. */
  PhTensor *(*next) (PhLm *self, const PhPass *pass, PhLmState *state, int32_t id);

  /* For training, all positions at once and without a state: hidden states of
   * batch by position by width, then logits for any rows of them. */
  PhTensor *(*hidden) (PhLm *self, const PhPass *pass, PhTensor *inputs);
  PhTensor *(*logits) (PhLm *self, const PhPass *pass, PhTensor *hidden);
} PhLmClass;

/* The part all have in common; each model's struct begins with it. */
struct _PhLm {
  const PhLmClass *class;
  size_t width;
  size_t n_vocabulary; /* rows of the output table */
  size_t n_positions;  /* the longest sequence it was made for */
};

/* The classes, NULL at the end. */
const PhLmClass *const *ph_lm_classes (void);

/* A language model for text_config, found by its model_type, which a config may leave out
 * when it means @default_type. */
PhLm *ph_lm_new (const json_t *text_config, const char *default_type, GError **error);
void ph_lm_free (PhLm *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PhLm, ph_lm_free)

G_END_DECLS
