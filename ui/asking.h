/* asking.h - how the next question is put to the model that is open
 *
 * A template and what else is chosen beside the question belong to a model: they begin as
 * the model says, change here, and are there again when the model is.  The composer and
 * its menus share one PhAsking and show what it holds.  Main thread only.
 *
 * Signal "changed": another model, or another choice.
 */
#pragma once

#include "core/engine/engine.h"

G_BEGIN_DECLS

#define PH_TYPE_ASKING (ph_asking_get_type ())
G_DECLARE_FINAL_TYPE (PhAsking, ph_asking, PH, ASKING, GObject)

PhAsking *ph_asking_new (void);

/* @model, or NULL while none is open. */
void ph_asking_set_model (PhAsking *self, PhModelFacts *model);
/* Whether an empty question is answered: with a description of the picture. */
gboolean ph_asking_describes (PhAsking *self);

/* The template as it is written, and the model's own; "{}" is the bare question. */
const char *ph_asking_get_template (PhAsking *self);
const char *ph_asking_get_own_template (PhAsking *self);
void ph_asking_set_template (PhAsking *self, const char *template);
/* Switched off, it is kept and the question asked as it is. */
gboolean ph_asking_get_uses_template (PhAsking *self);
void ph_asking_set_uses_template (PhAsking *self, gboolean uses);
/* Back to the model's own. */
void ph_asking_reset_template (PhAsking *self);

/* How tokens are chosen; the model's own is of its generation_config.json. */
PhSampling ph_asking_get_sampling (PhAsking *self);
PhSampling ph_asking_get_own_sampling (PhAsking *self);
void ph_asking_set_sampling (PhAsking *self, const PhSampling *sampling);
void ph_asking_reset_sampling (PhAsking *self);
/* Whether each question that is sampled gets a seed of its own. */
gboolean ph_asking_get_new_seeds (PhAsking *self);
void ph_asking_set_new_seeds (PhAsking *self, gboolean new_seeds);
/* Before a question is asked: draws the seed, if it is to be a new one, and remembers
 * what was chosen. */
void ph_asking_prepare (PhAsking *self);

/* The request for @prompt, all but its picture; borrowed strings, until "changed".  An
 * empty prompt stands in no template: it asks for a description. */
PhRequest ph_asking_make_request (PhAsking *self, const char *prompt);

G_END_DECLS
