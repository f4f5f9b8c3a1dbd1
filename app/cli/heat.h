/* heat.h - where the queries looked, printed
 *
 * On a terminal with colours: the map as exact cells, one patch a cell and never
 * smoothed, beside the picture where both fit.  Elsewhere: a grid of digits, for pipes,
 * for screen readers and for who cannot see colours.  Both come with the numbers: the
 * scale, the share of the class token and the five strongest patches.
 */
#pragma once

#include "app/cli/terminal.h"
#include "core/base/picture.h"
#include "core/base/snapshot.h"

#include <jansson.h>
#include <stdio.h>

/* Which map: indices as ph_snapshot_map() takes them, or PH_SNAPSHOT_MEAN. */
typedef struct {
  int layer, head, query;
  /* What the shares are of, as "what spoke for it"; NULL: the attention, of which the
   * class token has a share too. */
  const char *of;
} PhHeatChoice;

#define PH_HEAT_MEAN                                                                     \
  {                                                                                      \
    PH_SNAPSHOT_MEAN, PH_SNAPSHOT_MEAN, PH_SNAPSHOT_MEAN, NULL                           \
  }

/* Reads "q=7 l=2 h=0" (where text looked, q numbers its tokens), each of them optional
 * and counted from 0, the layer among all layers; what is left out is the mean.  Fails
 * with what would have been right. */
bool ph_heat_choose (const PhSnapshot *snapshot,
                     const char *text,
                     PhHeatChoice *choice,
                     GError **error);

void ph_heat_print (const PhSnapshot *snapshot,
                    const PhHeatChoice *choice,
                    const PhPicture *picture,
                    const PhTerminal *terminal,
                    FILE *out);

/* {"layer", "head", "query", "class_token", "patches"}: the numbers themselves, rows of
 * patches; "mean" stands for a mean. */
json_t *ph_heat_to_json (const PhSnapshot *snapshot, const PhHeatChoice *choice);
