#include "core/lm/cache.h"

#include <string.h>

struct _PhLmCache {
  size_t n_layers, width;
  size_t most_rows, most_positions;
  size_t n_rows, n_used;
  float **keys, **values; /* of each layer: row by n_used by width */
};

PhLmCache *
ph_lm_cache_new (size_t n_layers, size_t n_rows, size_t n_positions, size_t width)
{
  PhLmCache *self = g_new0 (PhLmCache, 1);

  self->n_layers = n_layers;
  self->width = width;
  self->most_rows = n_rows;
  self->most_positions = n_positions;
  self->n_rows = 1;
  self->keys = g_new0 (float *, 2 * n_layers);
  self->values = self->keys + n_layers;
  for (size_t i = 0; i < 2 * n_layers; i++) {
    self->keys[i] = g_try_new (float, n_rows *n_positions *width);
    if (self->keys[i] == NULL) {
      ph_lm_cache_free (self);
      return NULL;
    }
  }
  return self;
}

void
ph_lm_cache_free (PhLmCache *self)
{
  if (self == NULL)
    return;
  for (size_t i = 0; i < 2 * self->n_layers; i++)
    g_free (self->keys[i]);
  g_free (self->keys);
  g_free (self);
}

void
ph_lm_cache_clear (PhLmCache *self)
{
  self->n_rows = 1;
  self->n_used = 0;
}

size_t
ph_lm_cache_get_n_rows (const PhLmCache *self)
{
  return self->n_rows;
}

size_t
ph_lm_cache_get_n_used (const PhLmCache *self)
{
  return self->n_used;
}

/* Makes every row of @rows longer by its part of @x.  From the last to the first, since
 * a row moves into the room of those behind it. */
static PhTensor *
append (const PhLmCache *self, PhContext *c, float *rows, const PhTensor *x)
{
  size_t n_old = self->n_used * self->width, n_new = x->dims[1] * self->width;
  PhTensor *all = ph_arena_take (c->arena, sizeof *all);

  g_assert (x->dims[0] == self->n_rows && ph_width (x) == self->width);
  g_assert (self->n_used + x->dims[1] <= self->most_positions);
  for (size_t row = self->n_rows; row-- > 0;) {
    float *to = rows + row * (n_old + n_new);

    memmove (to, rows + row * n_old, n_old * sizeof *to);
    memcpy (to + n_old, x->data + row * n_new, n_new * sizeof *to);
  }
  *all = (PhTensor){ .n_dims = 3,
                     .dims = { self->n_rows, self->n_used + x->dims[1], self->width },
                     .data = rows,
                     .slot = PH_NO_SLOT };
  return all;
}

void
ph_lm_cache_append (PhLmCache *self,
                    PhContext *c,
                    size_t layer,
                    PhTensor **k,
                    PhTensor **v)
{
  *k = append (self, c, self->keys[layer], *k);
  *v = append (self, c, self->values[layer], *v);
}

void
ph_lm_cache_advance (PhLmCache *self, size_t n)
{
  self->n_used += n;
}

/* Nothing moves: every row goes on from itself. */
static bool
keeps_rows (const PhLmCache *self, const size_t *from, size_t n)
{
  for (size_t row = 0; row < n; row++)
    if (from[row] != row)
      return false;
  return n == self->n_rows;
}

void
ph_lm_cache_select (PhLmCache *self, const size_t *from, size_t n)
{
  size_t length = self->n_used * self->width;
  g_autofree float *old = NULL;

  g_assert (n >= 1 && n <= self->most_rows);
  if (keeps_rows (self, from, n))
    return;

  old = g_new (float, self->n_rows *length);
  for (size_t i = 0; i < 2 * self->n_layers; i++) {
    float *rows = self->keys[i];

    memcpy (old, rows, self->n_rows * length * sizeof *old);
    for (size_t row = 0; row < n; row++) {
      g_assert (from[row] < self->n_rows);
      memcpy (rows + row * length, old + from[row] * length, length * sizeof *old);
    }
  }
  self->n_rows = n;
}
