/* intervention.h - what is taken away from a run, to see what the answer needs
 *
 * A map of attention says where the model looked, not whether that mattered.  To find
 * out, something is taken away and the same question asked again.  One definition serves
 * all families; what each member does, and what it leaves alone:
 *
 *   covered   Patches of the preprocessed picture are hidden (core/vision/cover.h) before
 *             the vision transformer reads it.  Nothing else changes: their tokens are
 *             there and may be looked at, and show what covers them.
 *   dropped   Queries whose rows the language model does not get.  They are left out, not
 *             set to 0, so that of 32 queries 32 - n positions stand before the prompt
 *             and what follows moves up.  The Q-Former has run with all of them, and
 *             those that are kept have seen the others there.
 *   silenced  Heads of the Q-Former's cross-attention whose output is 0 before it goes
 *             through the projection of that sub-layer.  They go on looking, as a probe
 *             can see, and nothing comes of it.
 *
 * Models without queries, those of BLIP, know the first alone.
 *
 * Lists are borrowed in one that a caller fills in, and owned by the copies that
 * ph_intervention_copy() makes.  Indices may repeat.  Any thread.
 */
#pragma once

#include "core/models/model.h"
#include "core/vision/cover.h"

G_BEGIN_DECLS

#define PH_INTERVENTION_ALL (-1)

typedef struct {
  int layer; /* among those that look at the picture, or ALL of them */
  int head;  /* or ALL of that layer's */
} PhSilencedHead;

typedef struct {
  PhCover cover;
  const int *covered; /* numbers of patches, row by row */
  size_t n_covered;
  const int *dropped; /* numbers of queries */
  size_t n_dropped;
  const PhSilencedHead *silenced;
  size_t n_silenced;
} PhIntervention;

PhIntervention *ph_intervention_copy (const PhIntervention *self);
void ph_intervention_free (PhIntervention *self);

/* @n numbers below @n_all, all different, drawn with @seed; another @draw gives others.
 * What it takes to test a map: as many patches as it names, taken blindly.  The caller
 * frees them. */
int *ph_intervention_draw (size_t n, size_t n_all, uint64_t seed, int draw);

/* Fails in one line where the model has no such patch, query or head. */
bool ph_intervention_check (const PhIntervention *self,
                            const PhModelInfo *model,
                            GError **error);

/* --- for the families; NULL takes nothing away --- */

/* True if the picture is read otherwise; and if the queries read it otherwise. */
bool ph_intervention_changes_picture (const PhIntervention *self);
bool ph_intervention_changes_queries (const PhIntervention *self);

/* Flags, looking layer by head, of heads that are silent; NULL: none is.  The caller
 * frees it. */
bool *
ph_intervention_dup_silent (const PhIntervention *self, size_t n_layers, size_t n_heads);

/* Sets the flags of queries that stay and returns how many do. */
size_t ph_intervention_keep (const PhIntervention *self, size_t n_queries, bool *is_kept);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PhIntervention, ph_intervention_free)

G_END_DECLS
