/* model-private.h - what a family of models owes to model.c
 *
 * A family is a const PhModelClass: how its config is known, how it is opened, and the
 * few places where it differs from the others.  What all do alike stands once: opening
 * tokenizer, preprocessor and weights (model.c), what may be asked (question.c), running
 * (answer.c) and writing (writing.c), reading the picture and remembering what was read
 * (see.c), where answers end (stops.c), the snapshot (recorder.c).
 */
#pragma once

#include "core/formats/json.h"
#include "core/formats/store.h"
#include "core/lm/lm.h"
#include "core/models/intervention.h"
#include "core/models/model.h"
#include "core/models/vit.h"
#include "core/vision/preprocess.h"

G_BEGIN_DECLS

/* A run on its way: the ids of its text were checked before anything was run. */
typedef struct {
  const PhPicture *picture;
  const GArray *ids;         /* of int32_t: what the text side reads */
  const GArray *qformer_ids; /* of int32_t; empty where the Q-Former reads no text */
  GArray *row_ids;           /* of int32_t; for the family to fill where what looks at the
                              * picture, row by row, are tokens of text and not queries */
  int grad_cam_layer;        /* one that looks at the picture */
  const PhIntervention *without; /* what is taken away; NULL: nothing */
  PhTimings *timings;
  void (*stage) (void *data, PhStage stage); /* or NULL */
  void *data;
} PhRun;

typedef struct {
  const char *family;
  const char *model_type;   /* in config.json */
  const char *architecture; /* in its list of architectures */

  PhModel *(*new) (void);
  void (*free) (PhModel *self);
  /* Sizes from config.json, then weights from self->store; fills self->lm, where there is
   * one, and what of self->info the family knows. */
  bool (*open) (PhModel *self, const json_t *config, GError **error);

  /* Appends to @ids what the text side reads.  NULL: the tokenizer's ids, special tokens
   * and all. */
  bool (*read_prompt) (PhModel *self, const char *prompt, GArray *ids, GError **error);

  /* All that the language model reads before it writes, 1 by position by its width.
   * Tells stages and timings up to the queries.  NULL in models that only compare. */
  PhTensor *(*look) (PhModel *self, const PhPass *pass, const PhRun *run);

  /* Where only the written text looks at the picture: reads it once more behind the run's
   * ids, for whoever listens to its cross-attention.  Else NULL. */
  void (*recall) (PhModel *self,
                  const PhPass *pass,
                  const PhRun *run,
                  const GArray *answer);

  /* Scores of the picture with the text; after a stop they mean nothing.  NULL in models
   * that only answer. */
  bool (*match) (PhModel *self,
                 const PhPass *pass,
                 const PhRun *run,
                 PhMatch *match,
                 GError **error);
} PhModelClass;

/* What the vision transformer made of the last picture: a second question about it does
 * not read it again. */
typedef struct {
  PhPicture *picture;
  float *tokens; /* token by width */
} PhSeen;

/* The part all have in common; each family's struct begins with it. */
struct _PhModel {
  const PhModelClass *class;
  PhModelInfo info;
  PhStore *store;
  PhPreprocess preprocess;
  PhTokenizer *tokenizer;
  PhTokenizer *qformer_tokenizer; /* NULL where the family has none */
  size_t n_text_positions;        /* of the text that its own encoder can hold; 0: none */
  PhLm *lm;                       /* borrowed from the family; NULL if it only compares */
  size_t n_cross_layers;          /* where texts are compared: of these, each */
  size_t cross_frequency;         /* cross_frequency-th looks at the picture */
  PhSeen seen;
};

extern const PhModelClass ph_model_blip2;
extern const PhModelClass ph_model_blip2_retrieval;
extern const PhModelClass ph_model_blip_answer;
extern const PhModelClass ph_model_blip_caption;
extern const PhModelClass ph_model_blip_retrieval;
extern const PhModelClass ph_model_instructblip;

/* Refuses a tokenizer with ids beyond the rows of the embedding table; @what names it. */
bool ph_model_check_tokenizer (const PhTokenizer *tokenizer,
                               const char *what,
                               size_t n_rows,
                               GError **error);

/* Says @stage to whoever asked, and returns the time in seconds. */
double ph_run_stage (const PhRun *run, PhStage stage);

/* --- question.c --- */

/* Refuses what the model cannot be asked, and appends to @ids and @qformer_ids what its
 * two text sides read. */
bool ph_question_check (PhModel *self,
                        const PhQuestionAsked *question,
                        GArray *ids,
                        GArray *qformer_ids,
                        GError **error);
/* The same of a comparison; sets @layer to that of Grad-CAM. */
bool ph_match_check (PhModel *self,
                     const PhMatchAsked *asked,
                     GArray *ids,
                     int *layer,
                     GError **error);

/* --- see.c --- */

/* The picture's tokens, 1 by token by width: preprocessed and read by @vit, or remembered
 * from the last run.  Tells stages and timings. */
PhTensor *ph_model_see (PhModel *self, PhVit *vit, const PhPass *pass, const PhRun *run);

void ph_seen_clear (PhSeen *self);

/* After @vit was bound: has it read the pictures that preprocessor_config.json makes, and
 * says in self->info what that is. */
bool ph_model_fit_pictures (PhModel *self, PhVit *vit, GError **error);

/* --- stops.c --- */

typedef enum {
  PH_STOPS_CONFIG,    /* generation_config.json, else @text_config */
  PH_STOPS_TOKENIZER, /* the tokenizer's end token, if it names one; else as above */
} PhStopsFrom;

/* Sets the ids that end an answer; @standard where nothing is stated.  Needs self->lm. */
bool ph_model_find_stop_ids (PhModel *self,
                             const json_t *text_config,
                             PhStopsFrom from,
                             int32_t standard,
                             GError **error);

/* --- parts.c --- */

/* Fills info.parts from the names and types in the store. */
void ph_model_count_parts (PhModel *self);

/* One more than the number of the layer that the tensor called @tensor is in; 0: none. */
size_t ph_model_count_layers (const char *tensor);

G_END_DECLS
