#include "core/models/blip2.h"

#include "core/base/error.h"
#include "core/base/snapshot.h"
#include "core/models/config.h"

typedef struct {
  size_t width, inner, n_layers, n_heads, frequency, n_vocabulary, n_positions;
  double eps;
  const char *activation;
} Qformer;

#define SIZE(Struct, name, field, most, usual)                                           \
  {                                                                                      \
    name, PH_JSON_SIZE, offsetof (Struct, field), 1, most, .standard = usual             \
  }

/* Defaults as in configuration_blip_2.py and configuration_instructblip.py. */
static const PhVitConfig vision_standard = { .width = 1408,
                                             .inner = 6144,
                                             .n_layers = 39,
                                             .n_heads = 16,
                                             .side = 224,
                                             .patch = 14,
                                             .eps = 1e-6f };

static const PhJsonField qformer_fields[] = {
  SIZE (Qformer, "hidden_size", width, 16384, 768),
  SIZE (Qformer, "intermediate_size", inner, 65536, 3072),
  SIZE (Qformer, "num_hidden_layers", n_layers, PH_SNAPSHOT_MAX_LAYERS, 12),
  SIZE (Qformer, "num_attention_heads", n_heads, 256, 12),
  SIZE (Qformer, "cross_attention_frequency", frequency, 256, 2),
  SIZE (Qformer, "vocab_size", n_vocabulary, 4194304, 30522),
  SIZE (Qformer, "max_position_embeddings", n_positions, 65536, 512),
  { "layer_norm_eps", PH_JSON_REAL, offsetof (Qformer, eps), 1e-15, 1e-2,
    .standard = 1e-12 },
  { "hidden_act", PH_JSON_TEXT, offsetof (Qformer, activation) },
};

static const PhJsonField top_fields[] = {
  { "num_query_tokens", PH_JSON_SIZE, 0, 1, 4096, .standard = 32 },
};

static bool
read_qformer (const json_t *config,
              PhQformerLayout layout,
              size_t picture_width,
              PhQformerConfig *qformer,
              GError **error)
{
  Qformer q = { 0 };
  size_t n_queries;

  if (!ph_config_read_part (config, "qformer_config", qformer_fields,
                            G_N_ELEMENTS (qformer_fields), &q, error) ||
      !ph_config_check_layers ("qformer_config", q.width, q.n_heads, q.activation,
                               error) ||
      !ph_json_read (config, "", top_fields, G_N_ELEMENTS (top_fields), &n_queries,
                     error))
    return false;

  *qformer = (PhQformerConfig){ .layout = layout,
                                .width = q.width,
                                .inner = q.inner,
                                .n_layers = q.n_layers,
                                .n_heads = q.n_heads,
                                .cross_frequency = q.frequency,
                                .picture_width = picture_width,
                                .n_queries = n_queries,
                                .n_vocabulary = q.n_vocabulary,
                                .n_positions = q.n_positions,
                                .eps = (float) q.eps };
  return true;
}

/* --- what the weights know better --- */

/* Sets @n to the length of @axis of the tensor called @name, if there is one and it may
 * be so long; all other faults of it are told when it is bound. */
static void
take_length (const PhStore *store, const char *name, int axis, double most, size_t *n)
{
  const PhStoredTensor *stored = ph_store_find (store, name);

  if (stored != NULL && axis < stored->n_dims && stored->dims[axis] >= 1 &&
      (double) stored->dims[axis] <= most)
    *n = stored->dims[axis];
}

static bool
fit_queries (PhQformerConfig *qformer,
             const json_t *config,
             const PhStore *store,
             GError **error)
{
  size_t stated = qformer->n_queries;

  take_length (store, "query_tokens", 1, top_fields[0].max, &qformer->n_queries);
  if (stated != qformer->n_queries &&
      json_is_integer (json_object_get (config, "num_query_tokens")))
    return ph_fail (error, PH_ERROR_RANGE,
                    "num_query_tokens is %zu, but query_tokens has %zu rows", stated,
                    qformer->n_queries);
  return true;
}

/* Config files give the words of BERT where the table has [DEC] too. */
static void
fit_words (PhQformerConfig *qformer, const PhStore *store)
{
  static const char *const prefixes[] = {
    [PH_QFORMER_INSTRUCTBLIP] = "qformer.embeddings.",
    [PH_QFORMER_BLIP2] = "qformer.embeddings.",
    [PH_QFORMER_RETRIEVAL] = "embeddings.",
  };
  const char *prefix = prefixes[qformer->layout];
  g_autofree char *words = g_strconcat (prefix, "word_embeddings.weight", NULL);
  g_autofree char *positions = g_strconcat (prefix, "position_embeddings.weight", NULL);

  take_length (store, words, 0, 4194304, &qformer->n_vocabulary);
  take_length (store, positions, 0, 65536, &qformer->n_positions);
}

/* Both generations of a checkpoint name one vocab_size, and one of them has more rows. */
static void
fit_vocabulary (PhLm *lm, const PhStore *store)
{
  static const char *const tables[] = {
    "language_model.model.decoder.embed_tokens.weight", /* OPT */
    "language_model.shared.weight",                     /* T5 */
    "language_model.model.embed_tokens.weight",         /* LLaMA */
  };

  for (size_t i = 0; i < G_N_ELEMENTS (tables); i++)
    take_length (store, tables[i], 0, 4194304, &lm->n_vocabulary);
}

/* --- all of it --- */

bool
ph_blip2_read_sizes (const json_t *config,
                     PhQformerLayout layout,
                     const PhStore *store,
                     PhVitConfig *vision,
                     PhQformerConfig *qformer,
                     GError **error)
{
  if (!ph_config_read_vision (config, &vision_standard, vision, error) ||
      !read_qformer (config, layout, vision->width, qformer, error))
    return false;
  if (store == NULL)
    return true;
  fit_words (qformer, store);
  return ph_vit_fit (vision, store, "vision_model.", error) &&
         fit_queries (qformer, config, store, error);
}

bool
ph_blip2_init_from_config (PhBlip2 *self,
                           const json_t *config,
                           PhQformerLayout layout,
                           const PhStore *store,
                           GError **error)
{
  json_t *text_config = ph_json_get_object (config, "", "text_config", error);
  PhVitConfig vision;
  PhQformerConfig qformer;
  PhLm *lm;

  if (text_config == NULL ||
      !ph_blip2_read_sizes (config, layout, store, &vision, &qformer, error))
    return false;
  lm = ph_lm_new (text_config, "opt", error);
  if (lm == NULL)
    return false;
  if (store != NULL)
    fit_vocabulary (lm, store);

  ph_blip2_init (self, &vision, &qformer, lm);
  return true;
}
