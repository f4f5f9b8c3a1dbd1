/* How much memory a question takes, estimated from the shapes of the weights.
 *
 * A model is stacks of layers that read rows: patches, queries, tokens.  In every layer
 * each linear map makes as many numbers of a row as its matrix has rows; norms,
 * activations and sums between them make about as many again.  They go away when their
 * layer ends, all but the layer's result, which stays until the answer is there.  With
 * numbers of 4 bytes,
 *
 *   layer       = 2 × rows × outputs of its matrices
 *   kept        = Σ stacks  layers × rows × width
 *   scores      = threads × rows²                     of attention, one head a thread
 *   panels      = threads × 64 × the widest input     of weights that are not f32
 *   activations = the largest layer + kept + scores + panels + 4 × vocabulary
 *
 *   cache       = keys and values of what is written × its positions
 *               + those of a prompt that was read apart × its positions
 *               + those of the picture, where text looks at it, × its tokens
 *               + the picture's tokens, for a second question
 *
 *   copies      = weights at odd addresses + interpolated positions
 *               + vocabularies, at TOKEN_BYTES an entry
 *
 * A search over n beams keeps the cache n times, and an open picture is three bytes a
 * pixel: neither is in the estimate. */
#include "core/models/facts.h"

#include "core/models/model-private.h"
#include "core/tensor/pool.h"

#include <string.h>

#define FLOAT sizeof (float)
#define PANEL_ROWS 64
#define LOGITS_AT_ONCE 4 /* as scored, as chosen from, and twice in between */
#define TOKEN_BYTES 320  /* of a vocabulary with its merges, its names both ways */

/* What the layers of a stack read at once.  A model that reads its prompt apart writes
 * with others, token by token. */
typedef enum { PICTURE, QUERIES, TEXT, WRITTEN, N_ROW_KINDS } RowKind;

static const struct {
  const char *prefix;
  RowKind rows;
} stacks[] = {
  { "vision_model.", PICTURE },        { "qformer.", QUERIES },
  { "language_model.encoder.", TEXT }, { "language_model.", WRITTEN },
  { "text_encoder.", TEXT },           { "text_decoder.", WRITTEN },
};

#define N_STACKS G_N_ELEMENTS (stacks)

typedef struct {
  uint64_t n_layers;
  uint64_t outputs; /* of the matrices of all layers */
  uint64_t width;   /* of a row between layers, which is that of the norms */
  uint64_t widest;
} Stack;

typedef struct {
  const PhModel *model;
  bool reads_prompt_apart;
  uint64_t rows[N_ROW_KINDS];
  Stack stacks[N_STACKS];
  /* Numbers that are remembered: of a position of what is written, of a position of a
   * prompt that was read apart, of a token of the picture. */
  uint64_t written_keys, prompt_keys, picture_keys;
  uint64_t odd_bytes; /* of weights that must be copied */
} Count;

/* --- reading names --- */

static size_t
find_stack (const char *name)
{
  size_t i = 0;

  while (i < N_STACKS && !g_str_has_prefix (name, stacks[i].prefix))
    i++;
  return i;
}

static bool
makes_keys (const char *name)
{
  static const char *const ends[] = { ".k_proj.weight",     ".v_proj.weight",
                                      "Attention.k.weight", "Attention.v.weight",
                                      ".self.key.weight",   ".self.value.weight" };

  for (size_t i = 0; i < G_N_ELEMENTS (ends); i++)
    if (g_str_has_suffix (name, ends[i]))
      return true;
  return false;
}

static void
add_keys (Count *count, const char *name, RowKind rows, uint64_t n)
{
  bool crosses =
      strstr (name, "crossattention") != NULL || strstr (name, "EncDecAttention") != NULL;

  if (rows == WRITTEN && !crosses)
    count->written_keys += n;
  else if (rows == WRITTEN && count->reads_prompt_apart)
    count->prompt_keys += n;
  else if (rows == WRITTEN || (rows == TEXT && crosses))
    count->picture_keys += n;
}

static void
add_matrix (Count *count, const PhStoredTensor *tensor)
{
  size_t i = find_stack (tensor->name);
  uint64_t n_layers = ph_model_count_layers (tensor->name);
  uint64_t n_out = tensor->dims[0], n_in = tensor->dims[1];
  Stack *stack;

  if (i == N_STACKS || n_layers == 0)
    return;

  stack = &count->stacks[i];
  stack->n_layers = MAX (stack->n_layers, n_layers);
  stack->outputs += n_out;
  stack->widest = MAX (stack->widest, n_in);
  if (makes_keys (tensor->name))
    add_keys (count, tensor->name, stacks[i].rows, n_out);
}

static void
add_vector (Count *count, const PhStoredTensor *tensor)
{
  size_t i = find_stack (tensor->name);
  bool is_norm =
      strstr (tensor->name, "norm") != NULL || strstr (tensor->name, "Norm") != NULL;

  if (i < N_STACKS && is_norm && ph_model_count_layers (tensor->name) > 0)
    count->stacks[i].width = tensor->dims[0];
}

static void
add_tensor (Count *count, const PhStoredTensor *tensor)
{
  size_t alignment = strcmp (tensor->type, "F32") == 0 ? 4 : 2;

  if ((uintptr_t) tensor->data % alignment != 0)
    count->odd_bytes += tensor->n_bytes;
  if (tensor->n_dims == 2)
    add_matrix (count, tensor);
  else if (tensor->n_dims == 1)
    add_vector (count, tensor);
}

/* --- adding up --- */

static void
count_rows (Count *count)
{
  const PhModel *model = count->model;
  const PhModelInfo *info = &model->info;
  uint64_t n_text = (uint64_t) info->n_queries + PH_NEED_PROMPT_TOKENS;
  uint64_t n_most = model->lm != NULL ? model->lm->n_positions : model->n_text_positions;
  uint64_t *rows = count->rows;

  rows[PICTURE] = 1 + (uint64_t) info->patch_rows * (uint64_t) info->patch_columns;
  rows[QUERIES] = (uint64_t) info->n_queries +
                  MIN (PH_NEED_PROMPT_TOKENS, (uint64_t) model->n_text_positions);
  rows[TEXT] = MIN (n_text, n_most);
  count->reads_prompt_apart = model->lm != NULL && model->lm->reads_prompt_apart;
  rows[WRITTEN] = count->reads_prompt_apart ? 1 : rows[TEXT];
}

/* Positions that the language model has room for: those of the prompt too, unless it
 * read them apart. */
static uint64_t
count_positions (const Count *count)
{
  const PhLm *lm = count->model->lm;

  return lm != NULL ? MIN (count->rows[WRITTEN] + PH_NEED_ANSWER_TOKENS,
                           (uint64_t) lm->n_positions)
                    : 0;
}

static uint64_t
count_activations (const Count *count)
{
  uint64_t n_threads = (uint64_t) ph_n_processors ();
  uint64_t kept = 0, largest = 0, scores = 0, panels = 0;

  for (size_t i = 0; i < N_STACKS; i++) {
    const Stack *stack = &count->stacks[i];
    uint64_t rows = count->rows[stacks[i].rows];

    if (stack->n_layers == 0)
      continue;
    kept += stack->n_layers * rows * stack->width;
    largest = MAX (largest, 2 * rows * stack->outputs / stack->n_layers);
    scores = MAX (scores, n_threads * rows * rows);
    panels = MAX (panels, n_threads * PANEL_ROWS * stack->widest);
  }
  return FLOAT * (kept + largest + scores + panels +
                  LOGITS_AT_ONCE * count->model->info.n_vocabulary);
}

static uint64_t
count_cache (const Count *count)
{
  return FLOAT * (count->written_keys * count_positions (count) +
                  count->prompt_keys * count->rows[TEXT] +
                  (count->picture_keys + count->stacks[0].width) * count->rows[PICTURE]);
}

static uint64_t
count_copies (const Count *count)
{
  const PhModel *model = count->model;
  bool is_interpolated = model->info.image_side != model->info.trained_side;
  uint64_t n_tokens = ph_tokenizer_get_n_tokens (model->tokenizer);

  if (model->qformer_tokenizer != NULL)
    n_tokens += ph_tokenizer_get_n_tokens (model->qformer_tokenizer);
  return count->odd_bytes + TOKEN_BYTES * n_tokens +
         (is_interpolated ? FLOAT * count->stacks[0].width * count->rows[PICTURE] : 0);
}

PhNeed
ph_model_count_need (const PhModel *model)
{
  Count count = { .model = model };
  PhNeed need;

  count_rows (&count);
  for (size_t i = 0; i < ph_store_get_n_tensors (model->store); i++)
    add_tensor (&count, ph_store_get (model->store, i, NULL));

  need = (PhNeed){ .activations = count_activations (&count),
                   .cache = count_cache (&count),
                   .copies = count_copies (&count),
                   .soft = model->info.n_weight_bytes };
  need.hard = need.activations + need.cache + need.copies;
  return need;
}
