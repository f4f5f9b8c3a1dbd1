#include "core/engine/json.h"

#include <math.h>

static json_t *
seed_to_json (uint64_t seed)
{
  g_autofree char *digits = g_strdup_printf ("%" G_GUINT64_FORMAT, seed);

  return seed <= G_MAXINT64 ? json_integer ((json_int_t) seed) : json_string (digits);
}

json_t *
ph_sampling_to_json (const PhSampling *sampling)
{
  if (!sampling->sampled)
    return json_pack ("{s:b, s:i}", "greedy", true, "max_new_tokens",
                      sampling->max_new_tokens);
  return json_pack ("{s:b, s:f, s:f, s:o, s:i}", "greedy", false, "temperature",
                    sampling->temperature, "top_p", sampling->top_p, "seed",
                    seed_to_json (sampling->seed), "max_new_tokens",
                    sampling->max_new_tokens);
}

/* To the microsecond: more digits would be noise. */
static double
milliseconds (double seconds)
{
  return round (seconds * 1e6) / 1e3;
}

json_t *
ph_timings_to_json (const PhTimings *timings)
{
  double total = timings->picture + timings->vision + timings->queries + timings->prompt +
                 timings->writing;

  return json_pack (
      "{s:f, s:f, s:f, s:f, s:f, s:f}", "picture", milliseconds (timings->picture),
      "vision", milliseconds (timings->vision), "queries",
      milliseconds (timings->queries), "prompt", milliseconds (timings->prompt),
      "writing", milliseconds (timings->writing), "total", milliseconds (total));
}

json_t *
ph_ids_to_json (const GArray *ids)
{
  json_t *list = json_array ();

  for (guint i = 0; i < ids->len; i++)
    json_array_append_new (list, json_integer (g_array_index (ids, int32_t, i)));
  return list;
}
