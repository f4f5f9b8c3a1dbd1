/* generate-private.h - what the ways of choosing tokens share */
#pragma once

#include "core/lm/generate.h"
#include "core/lm/scores.h"

G_BEGIN_DECLS

/* A text that is written, with the probability of each token. */
typedef struct {
  int32_t *ids;
  float *probabilities;
  size_t n;
} PhText;

void ph_text_init (PhText *self, size_t n_room);
void ph_text_clear (PhText *self);
void ph_text_append (PhText *self, int32_t id, float probability);

bool ph_generation_is_stop (const PhGeneration *self, int32_t id);
/* Why a text ended that was not cancelled. */
PhStop ph_generation_why (const PhGeneration *self, const PhText *text);
void ph_generation_tell (const PhGeneration *self, const PhText *text);

/* Fails if any of the @n_rows rows holds what is not a number; @n_written is for the
 * message. */
bool ph_generation_check (const PhTensor *logits, size_t n_written, GError **error);

/* Penalty and ban on the @scores of what follows @text. */
void ph_generation_process (const PhGeneration *self,
                            const PhText *text,
                            float *scores,
                            size_t n);

/* Scores the first token in @state, and tells PH_PROBE_FIRST_LOGITS. */
PhTensor *ph_generation_begin (const PhGeneration *self, PhLmState *state);

/* beams.c: writes at most @n_room tokens. */
bool ph_beams_generate (const PhGeneration *self,
                        PhLmState *state,
                        size_t n_room,
                        PhStop *stop,
                        GError **error);

G_END_DECLS
