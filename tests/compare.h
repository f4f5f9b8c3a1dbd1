/* compare.h - what the program says, held against what a reference said before
 *
 * For the tests that read golden data: a golden.json beside safetensors files of tensors
 * that tests/reference made.  Whatever differs fails the running test with one line;
 * golden data that cannot be understood end the program.
 */
#pragma once

#include "core/formats/json.h"
#include "core/formats/safetensors.h"

G_BEGIN_DECLS

/* Fields that must be there; numbers are positive. */
const char *golden_text (const json_t *object, const char *name);
size_t golden_number (const json_t *object, const char *name);

/* What `pinhole-cli trace` writes of a greedy answer; @prompt may be NULL. */
PhSafetensors *
trace_run (const char *model, const char *picture, const char *prompt, size_t limit);
/* The same of a comparison, with Grad-CAM in @layer. */
PhSafetensors *trace_grad_cam (const char *model,
                               const char *picture,
                               const char *text,
                               const char *layer);

/* Every tensor of @want is in @got and near to it: numbers within 2e-4 of the tensor's
 * rms (pixels within 1e-6), ids the same.  @want has every @step-th row.  Returns how
 * many were compared. */
size_t assert_traced (const PhSafetensors *got,
                      const PhSafetensors *want,
                      size_t step,
                      const char *about);

/* @ids (of int32_t) are the numbers of @want. */
void assert_same_ids (const GArray *ids, const json_t *want, const char *about);

G_END_DECLS
