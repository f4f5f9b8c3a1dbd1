/* evaluate.h - how often a model is right, family by family
 *
 * Scenes come from seeds that training never draws.  Every question is asked the way a
 * user asks it: the scene is painted, preprocessed, and the answer written greedily.  An
 * answer is right if it is the true one word for word.  Lists and descriptions are right
 * if every word of them is true: each thing they name is in the picture, with the size,
 * colour and place they give it, and none twice; how many are also complete is counted
 * apart.
 *
 * Beside each figure stands what one would score who always gave the family's most
 * frequent answer.
 *
 * Blocks for as long as it takes; the thread that calls owns the model.
 */
#pragma once

#include "core/models/model.h"
#include "core/scenes/scene.h"

G_BEGIN_DECLS

typedef struct {
  const char *family;
  size_t n, n_right;
  size_t
      n_complete; /* right and nothing left out; n_right but for lists and descriptions */
  size_t n_majority; /* of the most frequent true answer */
} PhFamilyScore;

typedef struct {
  size_t n_pictures, n_questions;
  GArray *families; /* of PhFamilyScore */
  /* Answers that were wrong, the first few of each family, as "question: answer, not
   * truth". */
  GPtrArray *mistakes;
} PhEvaluation;

typedef struct {
  uint64_t seed;
  size_t n_questions; /* at least so many in all */
  size_t n_each;      /* and of each family */
  double outlines;    /* share of outlined scenes */
  int side;           /* pixels, of the painted scenes */
} PhEvaluationOptions;

#define PH_EVALUATION_STANDARD                                                           \
  {                                                                                      \
    .seed = 1, .n_questions = 6000, .n_each = 300, .outlines = 0.65, .side = 224         \
  }

/* @progress, which may be NULL, hears of the questions done.  Fails as ph_model_ask does,
 * or with G_IO_ERROR_CANCELLED. */
bool ph_evaluate (PhModel *model,
                  const PhPass *pass,
                  const PhEvaluationOptions *options,
                  void (*progress) (size_t n_done, size_t n_all, void *data),
                  void *data,
                  PhEvaluation *evaluation,
                  GError **error);
void ph_evaluation_clear (PhEvaluation *self);

/* True if every thing that a list or description names is in @scene as it says, and none
 * twice; *@complete if none is left out. */
bool ph_description_is_true (const char *text, const PhScene *scene, bool *complete);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PhEvaluation, ph_evaluation_clear)

G_END_DECLS
