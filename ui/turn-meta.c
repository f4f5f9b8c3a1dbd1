#include "ui/turn-meta.h"

#include "core/engine/json.h"

#include <glib/gi18n.h>
#include <math.h>

/* The first token comes out of reading the prompt: what is timed are those after it. */
static void
set_timings (PhTurnFigures *self, const PhTimings *timings)
{
  self->seconds = ph_timings_sum (timings);
  if (self->n_tokens > 1 && timings->writing > 0)
    self->tokens_per_second = (double) (self->n_tokens - 1) / timings->writing;
}

void
ph_turn_figures_measure (PhTurnFigures *self, const PhAnswer *answer)
{
  *self = (PhTurnFigures){ .n_tokens = answer->ids != NULL ? answer->ids->len : 0 };
  set_timings (self, &answer->timings);
}

/* One that did not come to its end has no timings, but a clock stood beside it. */
void
ph_turn_figures_recall (PhTurnFigures *self, const PhHistoryTurn *record)
{
  PhTimings timings;

  *self = (PhTurnFigures){ .n_tokens = record->n_ids };
  if (record->timings != NULL && ph_timings_read (&timings, record->timings))
    set_timings (self, &timings);
  else if (record->finished > record->created)
    self->seconds = (double) (record->finished - record->created) / G_USEC_PER_SEC;
}

static const char *
describe_end (PhTurnState state, const char *stop_reason)
{
  static const struct {
    const char *reason, *words;
  } ends[] = {
    { "end", N_ ("end of answer") },
    { "newline", N_ ("ended with a new line") },
    { "length", N_ ("stopped at the length limit") },
    { "full", N_ ("stopped, the context is full") },
  };

  if (state == PH_TURN_CANCELLED)
    return _ ("stopped by you");
  if (state == PH_TURN_FAILED)
    return _ ("failed");
  if (state == PH_TURN_INTERRUPTED)
    return _ ("interrupted, the program ended before the answer did");
  for (gsize i = 0; i < G_N_ELEMENTS (ends); i++)
    if (g_strcmp0 (stop_reason, ends[i].reason) == 0)
      return _ (ends[i].words);
  return NULL;
}

static void
add_times (GPtrArray *parts, const PhTurnFigures *self)
{
  double rate = self->tokens_per_second;

  if (self->seconds >= 0.1)
    g_ptr_array_add (parts, g_strdup_printf (_ ("%.2f s"), self->seconds));
  else if (self->seconds > 0)
    g_ptr_array_add (parts, g_strdup_printf (_ ("%.0f ms"), ceil (self->seconds * 1000)));
  if (self->n_tokens > 0)
    g_ptr_array_add (
        parts, g_strdup_printf (ngettext ("%zu token", "%zu tokens", self->n_tokens),
                                self->n_tokens));
  if (rate > 0)
    g_ptr_array_add (parts,
                     g_strdup_printf (_ ("%.*f tokens/s"), rate < 10 ? 1 : 0, rate));
}

char *
ph_turn_figures_dup_text (const PhTurnFigures *self,
                          PhTurnState state,
                          const char *stop_reason)
{
  g_autoptr (GPtrArray) parts = g_ptr_array_new_with_free_func (g_free);
  const char *end = describe_end (state, stop_reason);

  add_times (parts, self);
  if (end != NULL)
    g_ptr_array_add (parts, g_strdup (end));
  g_ptr_array_add (parts, NULL);
  return g_strjoinv (" · ", (char **) parts->pdata);
}
