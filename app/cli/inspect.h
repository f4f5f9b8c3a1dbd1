/* inspect.h - what a model is, for people and for programs
 *
 * inspect.c finds out, inspect-print.c says it in columns, inspect-json.c as one object.
 */
#pragma once

#include "core/base/memory.h"
#include "core/formats/stored.h"
#include "core/models/facts.h"

/* --- models --- */

void ph_inspect_print_model (const PhModelFacts *model, const PhMemory *memory);
void ph_inspect_print_model_json (const PhModelFacts *model, const PhMemory *memory);

/* --- a file of weights --- */

typedef struct {
  const char *path;
  const char *format; /* "safetensors" */
  uint64_t n_file_bytes;
  const PhStoredTensor *tensors; /* in the order of names */
  size_t n_tensors;
} PhInspectedFile;

void ph_inspect_print_file (const PhInspectedFile *file);
void ph_inspect_print_file_json (const PhInspectedFile *file);

/* --- what cannot be opened --- */

void ph_inspect_print_problem_json (const char *path, const char *problem);
