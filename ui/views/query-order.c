#include "ui/views/query-order.h"

#include <glib/gi18n.h>
#include <math.h>

static size_t
count_patches (const PhHeatMap *map)
{
  return (size_t) map->n_rows * (size_t) map->n_columns;
}

static float
measure_entropy (const PhQueryMaps *maps, int query)
{
  const PhHeatMap *map = maps->maps[query];

  return ph_measure_entropy (map->patches, count_patches (map));
}

static float
measure_class_token (const PhQueryMaps *maps, int query)
{
  return maps->maps[query]->class_share;
}

static float
measure_peak (const PhQueryMaps *maps, int query)
{
  return maps->maps[query]->peak;
}

static float
compare (const PhHeatMap *a, const PhHeatMap *b)
{
  return ph_measure_cosine (a->patches, b->patches, count_patches (a));
}

static float
measure_similarity (const PhQueryMaps *maps, int query)
{
  return compare (maps->maps[query], maps->shown);
}

static float
measure_nearest (const PhQueryMaps *maps, int query)
{
  float nearest = 0;

  for (int other = 0; other < maps->n_maps; other++)
    if (other != query)
      nearest = fmaxf (nearest, compare (maps->maps[query], maps->maps[other]));
  return nearest;
}

/* Where they are hidden, what was taken. */
static float
measure_artefacts (const PhQueryMaps *maps, int query)
{
  const PhHeatMap *map = maps->maps[query];
  float share = map->taken_share;

  for (size_t i = 0; i < count_patches (map); i++)
    share += maps->artefacts[i] ? map->patches[i] : 0;
  return share;
}

const PhQueryOrder ph_query_orders[] = {
  { .title = N_ ("Number") },
  { N_ ("Entropy, bits"), N_ ("entropy"), PH_VALUE_BITS, true, measure_entropy },
  { N_ ("Class token, %"), N_ ("class token"), PH_VALUE_SHARE, false,
    measure_class_token },
  { N_ ("Peak, %"), N_ ("peak"), PH_VALUE_SHARE, false, measure_peak },
  { N_ ("Similarity to the chosen"), N_ ("similarity"), PH_VALUE_COSINE, false,
    measure_similarity },
  { N_ ("Similarity to the nearest"), N_ ("similarity to the nearest"), PH_VALUE_COSINE,
    false, measure_nearest },
  { N_ ("Suspected artefacts, %"), N_ ("suspected artefacts"), PH_VALUE_SHARE, false,
    measure_artefacts },
};
const int ph_n_query_orders = G_N_ELEMENTS (ph_query_orders);

char *
ph_query_order_dup_number (const PhQueryOrder *self, float value)
{
  return self->unit == PH_VALUE_SHARE ? g_strdup_printf ("%.1f", 100 * (double) value)
                                      : g_strdup_printf ("%.2f", (double) value);
}

char *
ph_query_order_dup_text (const PhQueryOrder *self, float value)
{
  static const char *const units[] = {
    [PH_VALUE_SHARE] = " %", [PH_VALUE_BITS] = N_ (" bits"), [PH_VALUE_COSINE] = NULL
  };
  g_autofree char *number = ph_query_order_dup_number (self, value);
  const char *unit = units[self->unit];

  return g_strconcat (number, unit != NULL ? _ (unit) : NULL, NULL);
}
