/* facts.h - what is known of a model, for those who do not run it
 *
 * Opening a model maps its files and reads no weights; what was learned then is copied
 * into a PhModelFacts, which outlives the model and may go to any thread: the terminal
 * prints it, the window lists it, and the engine holds it against the memory there is
 * before it reads gigabytes.
 *
 * An immutable value with a count of references.  Any thread.
 */
#pragma once

#include "core/models/model.h"

G_BEGIN_DECLS

/* Of the question that PhNeed is made for.  Longer ones are not refused for it; they ask
 * for their memory when they are asked, and may then be refused. */
#define PH_NEED_PROMPT_TOKENS 256
#define PH_NEED_ANSWER_TOKENS 256

/* Bytes.  Hard is what must be had, or the kernel ends the program; soft are the mapped
 * weights, whose pages the kernel may take and read again, which is slow. */
typedef struct {
  uint64_t activations; /* the arena when it is fullest */
  uint64_t cache;       /* keys and values that are remembered, of prompt and picture */
  uint64_t copies;      /* weights that cannot be used as they lie, and vocabularies */
  uint64_t hard;        /* those three */
  uint64_t soft;
} PhNeed;

/* The formula of the estimate is in need.c. */
PhNeed ph_model_count_need (const PhModel *model);

typedef struct {
  char *name; /* inside the folder */
  uint64_t n_bytes;
} PhModelFile;

typedef struct {
  PhModelInfo info; /* with strings of its own */
  PhNeed need;
  GArray *files; /* of PhModelFile: the weights */
  bool answers;  /* questions about pictures, or captions */
  bool compares; /* pictures with texts */
} PhModelFacts;

PhModelFacts *ph_model_facts_new (const PhModel *model) G_GNUC_WARN_UNUSED_RESULT;
/* Opens the model in @folder for no longer than that takes. */
PhModelFacts *
ph_model_facts_read (const char *folder, GError **error) G_GNUC_WARN_UNUSED_RESULT;

PhModelFacts *ph_model_facts_ref (PhModelFacts *self);
void ph_model_facts_unref (PhModelFacts *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PhModelFacts, ph_model_facts_unref)

G_END_DECLS
