/* safetensors.h - files of named arrays
 *
 * A file is 8 bytes of length, a JSON header of that length, and the arrays one after
 * another: https://huggingface.co/docs/safetensors.  Reading maps the file and checks
 * the whole header before anything is looked at: every array lies inside the file, no
 * two overlap, nothing is left between or behind them, and each is as long as its type
 * and shape say.  What a reader gets is therefore safe to touch, and aligned to nothing.
 *
 * Writing goes to a new name, is synced and then renamed, so the file of that name is
 * always a whole one.
 *
 * An open file never changes; any thread may read it.
 */
#pragma once

#include "core/formats/map.h"
#include "core/formats/stored.h"

G_BEGIN_DECLS

#define PH_SAFETENSORS_MAX_HEADER ((size_t) 16 << 20)

/* --- reading --- */

typedef struct _PhSafetensors PhSafetensors;

/* Errors name @path, and the tensor and field if it is about one. */
PhSafetensors *ph_safetensors_open (const char *path, GError **error);
void ph_safetensors_free (PhSafetensors *self);

size_t ph_safetensors_get_n_tensors (const PhSafetensors *self);
/* The tensor at @index in the order of names; borrowed. */
const PhStoredTensor *ph_safetensors_get (const PhSafetensors *self, size_t index);
/* All of them at once. */
const PhStoredTensor *
ph_safetensors_get_tensors (const PhSafetensors *self, size_t *n_tensors);
/* By name, or NULL. */
const PhStoredTensor *ph_safetensors_find (const PhSafetensors *self, const char *name);
const PhMap *ph_safetensors_get_map (const PhSafetensors *self);

/* --- writing --- */

typedef enum {
  PH_ON_DISK_F32,  /* from float */
  PH_ON_DISK_F16,  /* from float, rounded to nearest even */
  PH_ON_DISK_BF16, /* from float, rounded to nearest even */
  PH_ON_DISK_I32,  /* from int32_t */
  PH_ON_DISK_I64,  /* from int64_t */
} PhOnDisk;

typedef struct {
  const char *name;
  PhOnDisk type;
  int n_dims;
  size_t dims[PH_STORED_MAX_DIMS];
  const void *data; /* of the type that stands beside @type above */
} PhTensorToWrite;

/* Writes @tensors to a file at @path, with the mark ("format": "pt") that transformers
 * asks for.  No more memory is used than a buffer.  On failure nothing stands at @path
 * that did not stand there before.  Names must differ (else it asserts). */
bool ph_safetensors_write (const char *path,
                           const PhTensorToWrite *tensors,
                           size_t n_tensors,
                           GError **error);

/* The nearest half-precision and bfloat16 bits; ties to even, NaN stays NaN, too large
 * becomes infinite. */
uint16_t ph_f16_from_f32 (float value);
uint16_t ph_bf16_from_f32 (float value);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PhSafetensors, ph_safetensors_free)

G_END_DECLS
