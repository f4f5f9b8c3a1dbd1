/* objective.h - what a stage of training owes to the trainer
 *
 * An objective turns a shard of fresh scenes into a loss.  The trainer does the rest:
 * shards on the pool, gradients added up in a fixed order, AdamW, schedule, checkpoints,
 * log.  A shard's scenes and random numbers depend on the recipe's seed and the step
 * alone, so that a run that was interrupted goes on as if it had not been.
 *
 * To add an objective: write core/train/NAME.c ending in `const PhObjectiveClass
 * ph_objective_NAME`, and list it in trainer.c.
 */
#pragma once

#include "core/models/blip2.h"
#include "core/scenes/questions.h"
#include "core/scenes/render.h"
#include "core/text/tokenizer.h"
#include "core/train/parameters.h"
#include "core/train/recipe.h"
#include "core/vision/preprocess.h"

G_BEGIN_DECLS

/* What all objectives work on. */
typedef struct {
  const PhRecipe *recipe;
  PhBlip2 net;
  PhParameters *parameters;
  PhTokenizer *tokenizer; /* of the language model */
  PhTokenizer *qformer_tokenizer;
  PhPreprocess preprocess;
} PhWorkbench;

#define PH_MAX_TERMS 12

/* A step's losses and rates by name, for the log. */
typedef struct {
  int n;
  const char *names[PH_MAX_TERMS];
  double values[PH_MAX_TERMS];
} PhTerms;

void ph_terms_set (PhTerms *self, const char *name, double value);

/* One shard of one step.  The arena is the pass's: whatever is taken from it lives until
 * the backward pass is done. */
typedef struct {
  const PhPass *pass;
  size_t step;
  size_t shard;
  size_t n_pictures;
  PhRandom random;
  PhSceneOptions scene_options;
  bool held_out; /* scenes that training never draws */
  PhTerms terms;
} PhShard;

typedef struct {
  const char *name; /* as recipes call it */

  /* Reads the recipe's options and binds what only training needs under "train.…". */
  void *(*new) (PhWorkbench *bench, GError **error);
  void (*free) (void *self);
  bool (*bind) (void *self, PhBinder *binder, GError **error);

  /* After parameters were allocated and loaded from earlier stages: a better start. */
  bool (*start) (void *self, GError **error);

  /* The shard's loss, of one element.  There is a tape even where nobody will walk back:
   * what a probe saw stays. */
  PhTensor *(*loss) (void *self, PhShard *shard);
} PhObjectiveClass;

extern const PhObjectiveClass ph_objective_vision;
extern const PhObjectiveClass ph_objective_language;
extern const PhObjectiveClass ph_objective_queries;
extern const PhObjectiveClass ph_objective_instruct;

/* --- what objectives share (bench.c) --- */

typedef struct {
  PhScene scene;
  PhSceneLabels labels;
} PhSample;

/* The shard's scenes, drawn, labelled, painted at a size drawn at random and
 * preprocessed: @samples and @pixels (n_pictures by 3 by side by side) in the arena. */
typedef struct {
  PhSample *samples;
  float *pixels;
} PhPictures;

/* The scenes alone, in the arena. */
PhSample *ph_shard_draw_scenes (const PhWorkbench *bench, PhShard *shard);
PhPictures ph_shard_draw (const PhWorkbench *bench, PhShard *shard);

/* Room in the arena of the shard. */
void *ph_shard_take (const PhShard *shard, size_t n_bytes);

/* A question about one of the shard's scenes, with the ids of its text and answer. */
typedef struct {
  PhQuestion *question;
  size_t picture;  /* among the shard's */
  int32_t *prompt; /* of the language model, its first token in front */
  size_t n_prompt;
  int32_t *answer; /* the end token behind it */
  size_t n_answer;
  int32_t *instruction; /* of the Q-Former */
  size_t n_instruction;
} PhAsked;

typedef struct {
  PhAsked *items;
  size_t n;
} PhAskedList;

/* How often each family is asked, 0 for never; by ph_question_get_family_name(). */
#define PH_MAX_FAMILIES 32
typedef struct {
  double weights[PH_MAX_FAMILIES];
} PhFamilyWeights;

/* Reads the option @name, {"color": 1, …}; families that are not named get @others. */
bool ph_family_weights_read (PhFamilyWeights *self,
                             const PhRecipe *recipe,
                             const char *name,
                             double others,
                             GError **error);

/* @n questions about each picture, one picture after another, ids in the arena; all of
 * families with short answers, or all of those with long ones. */
PhAskedList ph_shard_ask (const PhWorkbench *bench,
                          PhShard *shard,
                          const PhSample *samples,
                          size_t n,
                          const PhFamilyWeights *weights);
void ph_asked_clear (PhAskedList *self);

/* The texts as the language model reads them behind a prefix of @n_before positions:
 * prompt and answer without the last token, padded on the right.  @rows are the rows of
 * the whole sequences whose scores count, @targets what each should say. */
typedef struct {
  int32_t *ids; /* n by length */
  size_t n, length;
  int32_t *rows, *targets;
  float *weights;
  size_t n_rows;
} PhSequences;

/* Answers weigh 1, the tokens of a prompt @prompt_weight. */
PhSequences ph_shard_sequences (PhShard *shard,
                                const PhAskedList *asked,
                                size_t n_before,
                                float prompt_weight);

/* Share of sequences whose every answer token has the greatest score. */
double ph_sequences_right (const PhSequences *self,
                           const PhTensor *scores,
                           const PhAskedList *asked);

G_END_DECLS
