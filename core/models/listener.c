#include "core/models/listener.h"

#include "core/lm/known.h"
#include "core/lm/scores.h"

#include <math.h>
#include <string.h>

/* --- the language model --- */

/* The mean over the heads of what row @row had of each query, then of the three parts of
 * what it saw: queries, the rest of the prompt, and the answer so far. */
static void
add_row (const PhListener *self, const PhTensor *p, size_t row, GArray *rows)
{
  size_t n_heads = p->dims[1], n_rows = p->dims[2], n_keys = p->dims[3];
  size_t n_queries = self->sizes.n_queries, at = rows->len;
  float *sums, *masses;

  g_array_set_size (rows, (guint) (at + n_queries + 3));
  sums = &g_array_index (rows, float, at);
  masses = sums + n_queries;
  memset (sums, 0, (n_queries + 3) * sizeof *sums);
  for (size_t head = 0; head < n_heads; head++) {
    const float *keys = p->data + (head * n_rows + row) * n_keys;

    for (size_t k = 0; k < n_keys; k++) {
      float share = keys[k] / (float) n_heads;

      if (k < n_queries)
        sums[k] += share;
      masses[k < n_queries ? 0 : k < self->n_prompt ? 1 : 2] += share;
    }
  }
}

/* Each position makes the token behind it, so that those of the prompt but for the last
 * make none of the answer. */
static size_t
first_that_writes (const PhListener *self, PhProbePoint point, const PhTensor *p)
{
  size_t n_rows = p->dims[2], n_keys = p->dims[3];

  if (point == PH_PROBE_LM_CROSS_ATTENTION)
    return 0;
  return n_keys == n_rows ? self->n_prompt - 1 : 0;
}

static void
note_words (PhListener *self, PhProbePoint point, int layer, const PhTensor *p)
{
  while (self->layers->len <= (guint) layer)
    g_ptr_array_add (self->layers, g_array_new (FALSE, FALSE, sizeof (float)));
  for (size_t row = first_that_writes (self, point, p); row < p->dims[2]; row++)
    add_row (self, p, row, g_ptr_array_index (self->layers, layer));
}

/* --- the Q-Former --- */

/* @n of the keys of a row, @first and those behind it. */
static void
note_keys (GArray *out, const PhTensor *p, size_t row, size_t first, size_t n)
{
  g_array_append_vals (out, p->data + row * p->dims[3] + first, (guint) n);
}

static void
note_instruction (PhListener *self, const PhTensor *p)
{
  size_t n_heads = p->dims[1], n = p->dims[2], n_queries = self->sizes.n_queries;

  self->n_qformer_layers++;
  self->n_qformer_heads = n_heads;
  self->n_words = n - n_queries;
  for (size_t row = 0; row < n_heads * n; row++)
    if (row % n < n_queries)
      note_keys (self->query_words, p, row, n_queries, self->n_words);
    else
      note_keys (self->word_looks, p, row, 0, n_queries);
}

/* --- the probe --- */

static void
see (PhProbe *probe, PhProbePoint point, int layer, PhTensor *values)
{
  PhListener *self = (PhListener *) probe;

  if (self->outer != NULL && (self->outer->wanted & PH_WANTED (point)) != 0)
    self->outer->see (self->outer, point, layer, values);
  if (values->dims[0] != 1)
    return;
  if (point == PH_PROBE_SELF_ATTENTION && self->sizes.reads_instruction)
    note_instruction (self, values);
  if (point == (self->sizes.apart ? PH_PROBE_LM_CROSS_ATTENTION
                                  : PH_PROBE_LM_SELF_ATTENTION) &&
      self->sizes.n_queries > 0)
    note_words (self, point, layer, values);
}

static unsigned
wanted (const PhListenerSizes *sizes)
{
  unsigned points = 0;

  if (sizes->reads_instruction)
    points |= PH_WANTED (PH_PROBE_SELF_ATTENTION);
  if (sizes->n_queries > 0)
    points |= PH_WANTED (sizes->apart ? PH_PROBE_LM_CROSS_ATTENTION
                                      : PH_PROBE_LM_SELF_ATTENTION);
  return points;
}

void
ph_listener_start (PhListener *self, PhProbe *outer, const PhListenerSizes *sizes)
{
  *self = (PhListener){
    .probe = { .wanted = wanted (sizes) | (outer != NULL ? outer->wanted : 0),
               .see = see },
    .outer = outer,
    .sizes = *sizes,
    .scores = g_array_new (FALSE, FALSE, sizeof (PhListenerScores)),
    .layers = g_ptr_array_new_with_free_func ((GDestroyNotify) g_array_unref),
    .query_words = g_array_new (FALSE, FALSE, sizeof (float)),
    .word_looks = g_array_new (FALSE, FALSE, sizeof (float)),
  };
}

void
ph_listener_clear (PhListener *self)
{
  g_array_unref (self->scores);
  g_ptr_array_unref (self->layers);
  g_array_unref (self->query_words);
  g_array_unref (self->word_looks);
}

void
ph_listener_score (PhListener *self, const float *scores, size_t n, double total)
{
  PhListenerScores noted = { .entropy = (float) ph_scores_entropy (scores, n, total) };

  noted.n_best = (int) ph_scores_best (scores, n, PH_RECORD_N_BEST, noted.ids);
  for (int i = 0; i < noted.n_best; i++)
    noted.probabilities[i] = (float) exp (scores[noted.ids[i]] - total);
  g_array_append_val (self->scores, noted);
}

/* --- reading again --- */

static void
score_cb (void *data, const float *scores, size_t n, double total)
{
  ph_listener_score (data, scores, n, total);
}

void
ph_listener_reread (PhListener *self,
                    PhLm *lm,
                    PhContext *c,
                    PhTensor *prompt,
                    const int32_t *ids,
                    size_t n_ids)
{
  const PhPass alone = { .context = c, .probe = &self->probe };

  self->outer = NULL;
  ph_known_read (&(PhKnown){ lm, &alone, prompt, ids, n_ids, score_cb, self }, NULL);
}

/* --- what was noted --- */

void
ph_listener_take_words (const PhListener *self,
                        size_t n_most,
                        PhRecordWords *words,
                        float **queries,
                        PhRecordMasses **masses)
{
  size_t n_layers = self->layers->len, n_queries = self->sizes.n_queries;
  size_t n_noted = n_queries + 3, n_tokens = n_layers > 0 ? n_most : 0, at = 0;

  for (size_t layer = 0; layer < n_layers; layer++) {
    const GArray *rows = g_ptr_array_index (self->layers, layer);

    n_tokens = MIN (n_tokens, rows->len / n_noted);
  }
  *words = (PhRecordWords){ 0 };
  if (n_tokens > 0)
    *words = (PhRecordWords){ (int) n_layers, (int) n_tokens, (int) n_queries,
                              self->sizes.apart };
  *queries = g_new (float, n_layers *n_tokens *n_queries);
  *masses = g_new (PhRecordMasses, n_layers * n_tokens);
  for (size_t layer = 0; layer < n_layers; layer++)
    for (size_t token = 0; token < n_tokens; token++, at++) {
      const GArray *rows = g_ptr_array_index (self->layers, layer);
      const float *row = &g_array_index (rows, float, token *n_noted);

      memcpy (*queries + at * n_queries, row, n_queries * sizeof *row);
      (*masses)[at] =
          (PhRecordMasses){ row[n_queries], row[n_queries + 1], row[n_queries + 2] };
    }
}
