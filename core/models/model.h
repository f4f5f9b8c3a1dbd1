/* model.h - a checkpoint that was opened: ask it about pictures
 *
 * A model is a folder in its published Hugging Face layout: config.json, weights
 * (store.h), preprocessor_config.json, a tokenizer's files (tokenizer.h) and, for
 * InstructBLIP, qformer_tokenizer/.  The weights are used as they lie in the mapped
 * files. Some models answer, some compare pictures with texts; PhModelInfo says which.
 *
 * One thread uses a model at a time.  The engine's worker owns its own; the terminal's
 * trace and evaluation open theirs.
 *
 * To add a family: write core/models/NAME.c ending in `const PhModelClass
 * ph_model_NAME` (model-private.h), and list it in family.c.
 */
#pragma once

#include "core/base/pass.h"
#include "core/base/picture.h"
#include "core/base/record.h"
#include "core/lm/generate.h"
#include "core/models/grad-cam.h"
#include "core/text/tokenizer.h"

G_BEGIN_DECLS

typedef struct _PhModel PhModel;

#define PH_MODEL_MAX_PARTS 8
#define PH_MODEL_MAX_STOP_IDS 8

/* A part and what of it lies in the files. */
typedef struct {
  const char *name; /* "Q-Former" */
  size_t n_layers;  /* of each stack, where it has two; 0: not made of layers */
  size_t n_parameters;
  size_t n_bytes[3]; /* by PhType */
} PhModelPart;

typedef struct {
  char *folder;
  char *name;           /* the folder's last part */
  const char *family;   /* "InstructBLIP" */
  char *language_model; /* "llama"; NULL in models that only compare */
  size_t n_parameters;
  size_t n_weight_bytes; /* in the mapped files */
  PhModelPart parts[PH_MODEL_MAX_PARTS];
  size_t n_parts;

  int image_side;   /* pixels */
  int trained_side; /* the same, unless positions are interpolated */
  int patch_rows, patch_columns;
  int n_queries;        /* 0 in families without a Q-Former */
  int n_looking_layers; /* of the Q-Former: those with cross-attention */
  int n_looking_heads;  /* in each of them */
  size_t n_positions;   /* queries, prompt and answer together */
  size_t n_vocabulary;  /* rows of the language model's table, or 0 */

  /* How a question is best put, with {} where it goes; NULL: as it is.  A run does not
   * apply it: whoever asks does, by ph_template_fill(). */
  const char *template;
  bool needs_prompt;   /* an empty one is refused; elsewhere it asks for a caption */
  PhSampling sampling; /* what the model's makers say of choosing; nobody has to */
  int32_t stop_ids[PH_MODEL_MAX_STOP_IDS];
  size_t n_stop_ids;
  int32_t image_token; /* the placeholder of newer folders, or -1 */
} PhModelInfo;

/* Reads and checks everything; fails with one line that names file, field or tensor. */
PhModel *ph_model_open (const char *folder, GError **error);
void ph_model_free (PhModel *self);

const PhModelInfo *ph_model_get_info (const PhModel *self);
PhTokenizer *ph_model_get_tokenizer (PhModel *self);
/* NULL where the family has none. */
PhTokenizer *ph_model_get_qformer_tokenizer (PhModel *self);

typedef void (*PhModelProgress) (size_t n_done, size_t n_bytes, gpointer data);

/* Reads the weights into memory ahead of the first question: ph_store_prefetch(), with
 * the same @stop and @progress, either of which may be NULL. */
bool ph_model_prefetch (const PhModel *self,
                        const atomic_bool *stop,
                        PhModelProgress progress,
                        gpointer data,
                        GError **error);

/* Tokens that a prompt would take of what the model reads and writes at once. */
typedef struct {
  size_t n_queries;   /* of the picture, before the prompt */
  size_t n_prompt;    /* special ones included */
  size_t n_positions; /* that there are */
  size_t n_answer;    /* left to an answer, which is cut there; 0: it is too long */
} PhPromptSize;

/* Runs nothing.  False if the model writes nothing or @prompt cannot be read. */
bool ph_model_measure_prompt (PhModel *self, const char *prompt, PhPromptSize *size);

/* @template with @text in the place of its first {}, or behind it if there is none. */
char *ph_template_fill (const char *template, const char *text);

typedef struct {
  double picture, vision, queries, prompt, writing; /* seconds */
} PhTimings;

typedef struct {
  char *text;            /* without special tokens */
  GArray *ids;           /* of int32_t, the stop id at the end if it came */
  GArray *probabilities; /* of float, one an id */
  GArray *prompt_ids;    /* of int32_t: what the language model read after the queries */
  PhStop stop;
  PhTimings timings;
  /* If they were asked for and there was something to look at: the cross-attention, and
   * all that is kept of the answer. */
  PhSnapshot *snapshot;
  PhRecord *record;
} PhAnswer;

/* An answer of nothing, as a run leaves it that was stopped before it began. */
void ph_answer_init (PhAnswer *self);
void ph_answer_clear (PhAnswer *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PhAnswer, ph_answer_clear)

typedef struct {
  const PhPicture *picture;
  const char
      *prompt; /* UTF-8; may be empty only if the family answers without: a caption */
  PhSampling sampling;
  const int32_t *begun; /* what the answer begins with: an earlier one that was cut */
  size_t n_begun;
  bool wants_snapshot; /* and record */

  /* Each may be NULL; called on the thread that asks. @text is the whole answer so far,
   * cut before a character that is not complete yet. */
  void (*stage) (void *data, PhStage stage);
  void (*text) (void *data, const char *text, int n_tokens);
  void *data;
} PhQuestionAsked;

/* Runs the whole way from picture to answer, in a model that writes.  @answer is cleared
 * first and set as far as the run came.  When the context's stop flag goes up, the stop
 * is PH_STOP_CANCELLED, the partial text is kept, and the call succeeds. */
bool ph_model_ask (PhModel *self,
                   const PhPass *pass,
                   const PhQuestionAsked *question,
                   PhAnswer *answer,
                   GError **error);

/* --- retrieval --- */

typedef struct {
  const PhPicture *picture;
  const char *text; /* UTF-8, not blank */
  bool wants_snapshot;
  /* The snapshot is of Grad-CAM, and of this layer alone: PH_GRAD_CAM_USUAL, or one that
   * looks at the picture.  The layer is also that of PH_PROBE_GRAD_CAM. */
  bool wants_grad_cam;
  int grad_cam_layer;

  void (*stage) (void *data, PhStage stage); /* may be NULL */
  void *data;
} PhMatchAsked;

typedef struct {
  GArray *ids;        /* of int32_t: the text as it was read */
  float itc;          /* cosine of picture and text, read apart; no temperature */
  float itm[2];       /* scores of the two read together: no match, match */
  double probability; /* of a match, by itm */
  bool stopped;       /* before all was known: the scores mean nothing */
  PhTimings timings;
  PhSnapshot *snapshot; /* the cross-attention with the text in sight, or Grad-CAM */
} PhMatch;

void ph_match_clear (PhMatch *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PhMatch, ph_match_clear)

/* Compares a picture with a text; another text about the same picture does not read it
 * again.  Fails in one line if the model only answers, as ph_model_ask() does if it only
 * compares.  @match is cleared first. */
bool ph_model_match (PhModel *self,
                     const PhPass *pass,
                     const PhMatchAsked *asked,
                     PhMatch *match,
                     GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PhModel, ph_model_free)

G_END_DECLS
