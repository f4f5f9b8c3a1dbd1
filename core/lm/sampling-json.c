#include "core/lm/sampling-json.h"

#include "core/formats/json.h"

/* As transformers has it where nothing is stated. */
#define TOP_K_OF_TRANSFORMERS 50

typedef struct {
  bool sampled, greedy, early_stopping;
  double temperature, top_p, length_penalty, repetition_penalty;
  int64_t top_k, n_beams, min_new_tokens, max_new_tokens;
} Stated;

#define FIELD(name, kind, field, ...)                                                    \
  {                                                                                      \
    name, PH_JSON_##kind, offsetof (Stated, field), __VA_ARGS__                          \
  }

static const PhJsonField fields[] = {
  FIELD ("do_sample", BOOL, sampled, .standard = false),
  FIELD ("greedy", BOOL, greedy, .standard = true),
  FIELD ("early_stopping", BOOL, early_stopping, .standard = false),
  FIELD ("temperature", REAL, temperature, .01, 100, .standard = 1),
  FIELD ("top_p", REAL, top_p, .01, 1, .standard = 1),
  FIELD ("length_penalty", REAL, length_penalty, -100, 100, .standard = 1),
  FIELD ("repetition_penalty", REAL, repetition_penalty, .01, 100, .standard = 1),
  FIELD ("top_k", INT, top_k, 0, G_MAXINT, .standard = -1),
  FIELD ("min_new_tokens", INT, min_new_tokens, 0, PH_MOST_NEW_TOKENS, .standard = 0),
  FIELD ("max_new_tokens", INT, max_new_tokens, 1, PH_MOST_NEW_TOKENS, .standard = 64),
};

static const PhJsonField beams_field =
    FIELD ("beams", INT, n_beams, 1, PH_MOST_BEAMS, .standard = 1);
static const PhJsonField num_beams_field =
    FIELD ("num_beams", INT, n_beams, 1, PH_MOST_BEAMS, .standard = 1);

/* One by one, so that a bad value takes no other with it. */
static void
read_field (const json_t *object, const PhJsonField *field, Stated *stated)
{
  g_autoptr (PhJson) nothing = json_object ();

  if (object == NULL || !ph_json_read (object, "", field, 1, stated, NULL))
    ph_json_read (nothing, "", field, 1, stated, NULL);
}

static Stated
read_all (const json_t *object, const PhJsonField *beams)
{
  Stated stated;

  for (size_t i = 0; i < G_N_ELEMENTS (fields); i++)
    read_field (object, &fields[i], &stated);
  read_field (object, beams, &stated);
  return stated;
}

/* Lengths that contradict each other keep the upper one. */
static PhSampling
make_sampling (const Stated *stated, bool sampled)
{
  PhSampling sampling = PH_SAMPLING_GREEDY;

  sampling.sampled = sampled;
  sampling.temperature = stated->temperature;
  sampling.top_k = (int) MAX (stated->top_k, 0);
  sampling.top_p = stated->top_p;
  sampling.n_beams = sampled ? 1 : (int) stated->n_beams;
  sampling.length_penalty = stated->length_penalty;
  sampling.early_stopping = stated->early_stopping;
  sampling.repetition_penalty = stated->repetition_penalty;
  sampling.max_new_tokens = (int) stated->max_new_tokens;
  sampling.min_new_tokens = (int) MIN (stated->min_new_tokens, stated->max_new_tokens);
  return sampling;
}

PhSampling
ph_sampling_from_generation_config (const json_t *config)
{
  Stated stated = read_all (config, &num_beams_field);

  if (stated.top_k < 0)
    stated.top_k = stated.sampled ? TOP_K_OF_TRANSFORMERS : 0;
  return make_sampling (&stated, stated.sampled);
}

/* A number, or beyond what JSON's writers agree on, its digits. */
static uint64_t
read_seed (const json_t *seed)
{
  guint64 value = 0;

  if (json_is_integer (seed) && json_integer_value (seed) >= 0)
    return (uint64_t) json_integer_value (seed);
  if (!json_is_string (seed) ||
      !g_ascii_string_to_unsigned (json_string_value (seed), 10, 0, G_MAXUINT64, &value,
                                   NULL))
    return 0;
  return value;
}

PhSampling
ph_sampling_from_settings (const json_t *settings)
{
  Stated stated = read_all (settings, &beams_field);
  PhSampling sampling = make_sampling (&stated, !stated.greedy && stated.n_beams == 1);

  if (sampling.sampled)
    sampling.seed = read_seed (json_object_get (settings, "seed"));
  return sampling;
}
