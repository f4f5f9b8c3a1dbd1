/* recorder.h - the snapshot of a run, taken by a probe that passes on what others want
 *
 *   PhRecorder recorder;
 *   PhPass recorded = ph_recorder_start (&recorder, pass, PH_PROBE_CROSS_ATTENTION);
 *   … run with &recorded …
 *   snapshot = ph_recorder_finish (&recorder, n_rows, n_columns, NULL, looked);
 *
 * A layer may be seen more than once, with the rows that came since: so it is where text
 * that is being written looks at the picture.
 */
#pragma once

#include "core/base/pass.h"
#include "core/base/snapshot.h"

typedef struct {
  PhProbe probe;
  PhProbe *outer;
  PhProbePoint point;
  GArray *pieces; /* of a layer's rows, in the order they were seen */
} PhRecorder;

/* @pass with the recorder as its probe.  @point is PH_PROBE_CROSS_ATTENTION, or another
 * whose values are of that shape. */
PhPass ph_recorder_start (PhRecorder *self, const PhPass *pass, PhProbePoint point);

/* Ends it.  The snapshot of patches n_rows by n_columns, or NULL if nothing was seen or
 * it is not @wanted.  @labels are those of the rows, NULL where they are queries. */
PhSnapshot *ph_recorder_finish (PhRecorder *self,
                                int n_rows,
                                int n_columns,
                                const char *const *labels,
                                bool wanted);
