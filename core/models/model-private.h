/* model-private.h - what a family of models owes to model.c */
#pragma once

#include "core/formats/json.h"
#include "core/formats/store.h"
#include "core/lm/lm.h"
#include "core/models/model.h"
#include "core/vision/preprocess.h"

G_BEGIN_DECLS

/* A question on its way: the ids of its text were checked before anything was run. */
typedef struct {
  const PhQuestionAsked *asked;
  GArray *qformer_ids; /* of int32_t; empty where the Q-Former reads no text */
  PhAnswer *answer;    /* for the timings */
} PhRun;

typedef struct {
  const char *family;
  const char *model_type; /* in config.json */

  /* Sizes from config.json, then weights from self->store; fills self->lm and what of
   * self->info the family knows. */
  bool (*open) (PhModel *self, const json_t *config, GError **error);
  void (*free) (PhModel *self);
  PhModel *(*new) (void);

  /* From the picture to what stands before the prompt: 1 by position by width of the
   * language model.  Tells stages and timings. */
  PhTensor *(*look) (PhModel *self, const PhPass *pass, const PhRun *run);
} PhModelClass;

/* The part all have in common; each family's struct begins with it. */
struct _PhModel {
  const PhModelClass *class;
  PhModelInfo info;
  PhStore *store;
  PhPreprocess preprocess;
  PhTokenizer *tokenizer;
  PhTokenizer *qformer_tokenizer; /* NULL where the family has none */
  size_t n_qformer_positions;     /* of text that its Q-Former can hold */
  PhLm *lm;
  int32_t stop_ids[8];
  size_t n_stop_ids;
};

extern const PhModelClass ph_model_instructblip;

/* Says @stage to whoever asked, and returns the time in seconds. */
double ph_run_stage (const PhRun *run, PhStage stage);

G_END_DECLS
