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

  /* Room for @n_rows answers side by side (beams) of at most @n_positions each: prompt
   * and answer, or the answer alone where the prompt is read apart.  NULL if there is no
   * memory for them. */
  PhLmState *(*state_new) (PhLm *self, size_t n_rows, size_t n_positions);
  void (*state_free) (PhLmState *state);
  /* Row i goes on from what row from[i] held; afterwards there are @n rows, at most as
   * many as there is room for. */
  void (*state_select) (PhLmState *state, const size_t *from, size_t n);

  /* Forgets what @state held, reads the prompt (1 by position by width) and scores the
   * first token of the answer: the state has one row, the result is 1 by 1 by
   * vocabulary.  After a stop the state's contents are undefined until the next call. */
  PhTensor *(*begin) (PhLm *self, const PhPass *pass, PhLmState *state, PhTensor *prompt);
  /* Scores what follows each of @ids, row by n_ids: row by n_ids by vocabulary.  One id
   * a row in decoding; several to score a text that is known. */
  PhTensor *(*next) (PhLm *self,
                     const PhPass *pass,
                     PhLmState *state,
                     const int32_t *ids,
                     size_t n_ids);

  /* For training, all positions at once and without a state: hidden states of
   * batch by position by width, then logits for any rows of them.  NULL in models that
   * are not trained here. */
  PhTensor *(*hidden) (PhLm *self, const PhPass *pass, PhTensor *inputs);
  PhTensor *(*logits) (PhLm *self, const PhPass *pass, PhTensor *hidden);
} PhLmClass;

/* The part all have in common; each model's struct begins with it. */
struct _PhLm {
  const PhLmClass *class;
  size_t width;
  /* Rows of the tables of embeddings and outputs.  The config's number; a family that
   * found another in its file sets it before bind(). */
  size_t n_vocabulary;
  size_t n_positions; /* the longest sequence it was made for */
  /* An encoder-decoder: prompt positions take nothing from the answer's room, and the
   * answer follows a token of its own. */
  bool reads_prompt_apart;
  int32_t start_id;
};

/* The classes, NULL at the end. */
const PhLmClass *const *ph_lm_classes (void);

/* A language model for text_config, found by its model_type, which a config may leave out
 * when it means @default_type. */
PhLm *ph_lm_new (const json_t *text_config, const char *default_type, GError **error);
void ph_lm_free (PhLm *self);

/* Positions that @n_answer tokens behind @n_prompt positions need in a state; and how
 * many tokens an answer to such a prompt may have, 0 if it fills the model. */
size_t ph_lm_count_positions (const PhLm *self, size_t n_prompt, size_t n_answer);
size_t ph_lm_get_room (const PhLm *self, size_t n_prompt);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PhLm, ph_lm_free)

G_END_DECLS
