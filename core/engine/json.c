#include "core/engine/json.h"

#include <math.h>

static json_t *
seed_to_json (uint64_t seed)
{
  g_autofree char *digits = g_strdup_printf ("%" G_GUINT64_FORMAT, seed);

  return seed <= G_MAXINT64 ? json_integer ((json_int_t) seed) : json_string (digits);
}

static void
add_sampled (json_t *settings, const PhSampling *sampling)
{
  json_object_set_new (settings, "temperature", json_real (sampling->temperature));
  if (sampling->top_k > 0)
    json_object_set_new (settings, "top_k", json_integer (sampling->top_k));
  json_object_set_new (settings, "top_p", json_real (sampling->top_p));
  json_object_set_new (settings, "seed", seed_to_json (sampling->seed));
}

static void
add_beams (json_t *settings, const PhSampling *sampling)
{
  json_object_set_new (settings, "beams", json_integer (sampling->n_beams));
  json_object_set_new (settings, "length_penalty", json_real (sampling->length_penalty));
  json_object_set_new (settings, "early_stopping",
                       json_boolean (sampling->early_stopping));
}

json_t *
ph_sampling_to_json (const PhSampling *sampling)
{
  json_t *settings = json_object ();
  bool greedy = !sampling->sampled && sampling->n_beams == 1;

  json_object_set_new (settings, "greedy", json_boolean (greedy));
  if (sampling->sampled)
    add_sampled (settings, sampling);
  if (sampling->n_beams > 1)
    add_beams (settings, sampling);
  if (sampling->repetition_penalty != 1)
    json_object_set_new (settings, "repetition_penalty",
                         json_real (sampling->repetition_penalty));
  if (sampling->min_new_tokens > 0)
    json_object_set_new (settings, "min_new_tokens",
                         json_integer (sampling->min_new_tokens));
  json_object_set_new (settings, "max_new_tokens",
                       json_integer (sampling->max_new_tokens));
  return settings;
}

json_t *
ph_request_to_json (const PhRequest *request)
{
  json_t *settings = ph_sampling_to_json (&request->sampling);

  if (request->template != NULL)
    json_object_set_new (settings, "template", json_string (request->template));
  return settings;
}

char *
ph_request_read_settings (PhSampling *sampling, const char *line)
{
  json_t *object = json_loads (line, 0, NULL);
  char *template = g_strdup (json_string_value (json_object_get (object, "template")));

  *sampling = ph_sampling_from_settings (object);
  json_decref (object);
  return template;
}

/* To the microsecond: more digits would be noise. */
static double
milliseconds (double seconds)
{
  return round (seconds * 1e6) / 1e3;
}

double
ph_timings_sum (const PhTimings *timings)
{
  return timings->picture + timings->vision + timings->queries + timings->prompt +
         timings->writing;
}

json_t *
ph_timings_to_json (const PhTimings *timings)
{
  return json_pack (
      "{s:f, s:f, s:f, s:f, s:f, s:f}", "picture", milliseconds (timings->picture),
      "vision", milliseconds (timings->vision), "queries",
      milliseconds (timings->queries), "prompt", milliseconds (timings->prompt),
      "writing", milliseconds (timings->writing), "total",
      milliseconds (ph_timings_sum (timings)));
}

/* A time that nobody can have measured counts for none. */
static double
seconds (const json_t *object, const char *name)
{
  double value = json_number_value (json_object_get (object, name)) / 1e3;

  return isfinite (value) && value > 0 ? value : 0;
}

bool
ph_timings_read (PhTimings *timings, const char *line)
{
  json_t *object = json_loads (line, 0, NULL);
  bool is_object = json_is_object (object);

  *timings = (PhTimings){ .picture = seconds (object, "picture"),
                          .vision = seconds (object, "vision"),
                          .queries = seconds (object, "queries"),
                          .prompt = seconds (object, "prompt"),
                          .writing = seconds (object, "writing") };
  json_decref (object);
  return is_object;
}

json_t *
ph_ids_to_json (const GArray *ids)
{
  json_t *list = json_array ();

  for (guint i = 0; i < ids->len; i++)
    json_array_append_new (list, json_integer (g_array_index (ids, int32_t, i)));
  return list;
}
