/* parameters.h - the numbers that training moves
 *
 * A binder (weights.h) that makes fresh parameters: a network is bound to it once, then
 * ph_parameters_allocate() carves weights and moments out of one allocation each and
 * points every tensor at its place.  Gradients are arrays of the same layout, one for
 * each shard of a batch, indexed by PhTensor.slot.
 *
 * Frozen parameters take no gradient, and the optimiser leaves them alone.
 *
 * Names are those of the published checkpoints; what only training needs (heads that are
 * thrown away) is bound under names of its own and saved beside the model.
 *
 * One thread sets up; while shards run, everything but the gradients is read only.
 */
#pragma once

#include "core/formats/weights.h"
#include "core/tensor/adamw.h"
#include "core/tensor/random.h"

G_BEGIN_DECLS

typedef struct {
  char *name;
  PhTensor *tensor; /* borrowed from the network */
  size_t first;     /* into the flat arrays */
  size_t n;
  bool frozen;
} PhParameter;

typedef struct _PhParameters PhParameters;

PhParameters *ph_parameters_new (void);
void ph_parameters_free (PhParameters *self);

/* Binds into this; borrowed. */
PhBinder *ph_parameters_get_binder (PhParameters *self);

/* After binding: weights normal with deviation @spread, scales of norms 1, biases and
 * moments 0. */
void ph_parameters_allocate (PhParameters *self, PhRandom *random, float spread);

/* Freezes, or thaws, all whose name begins with @prefix. */
void ph_parameters_set_frozen (PhParameters *self, const char *prefix, bool frozen);

const PhParameter *ph_parameters_find (const PhParameters *self, const char *name);

/* Numbers in each flat array. */
size_t ph_parameters_get_n_values (const PhParameters *self);

/* An optimiser over what is not frozen; @gradients is an array of all values.  Its
 * ranges belong to @self and change with the next freeze. */
PhAdamw ph_parameters_get_adamw (PhParameters *self, float *gradients);

/* Copies from a safetensors file every parameter whose name begins with @prefix; @moments
 * takes the optimiser's state along, which then must be there.  All of them must be in
 * the file, with their shapes. */
bool ph_parameters_load (PhParameters *self,
                         const char *path,
                         const char *prefix,
                         bool moments,
                         GError **error);

/* The same for one parameter of 1 by row by width of which the file has fewer rows, a
 * divisor of what is wanted: they are repeated in turn, each with noise of @noise times
 * their root mean square, so that copies can part. */
bool ph_parameters_load_repeated (PhParameters *self,
                                  const char *path,
                                  const char *name,
                                  PhRandom *random,
                                  float noise,
                                  GError **error);

typedef enum {
  PH_SAVE_F32,
  PH_SAVE_F16,
  PH_SAVE_MOMENTS, /* f32, with the optimiser's state */
} PhSave;

/* Writes the parameters whose names begin with "train." if @of_training, else the
 * others; with PH_SAVE_MOMENTS all of them. */
bool ph_parameters_save (PhParameters *self,
                         const char *path,
                         PhSave how,
                         bool of_training,
                         GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PhParameters, ph_parameters_free)

G_END_DECLS
