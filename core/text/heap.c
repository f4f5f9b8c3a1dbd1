#include "core/text/heap.h"

/* The children of i are 2i + 1 and 2i + 2, and not less than it. */
struct _PhHeap {
  GArray *numbers; /* of uint64_t */
};

PhHeap *
ph_heap_new (void)
{
  PhHeap *self = g_new0 (PhHeap, 1);

  self->numbers = g_array_new (FALSE, FALSE, sizeof (uint64_t));
  return self;
}

void
ph_heap_free (PhHeap *self)
{
  g_array_unref (self->numbers);
  g_free (self);
}

static uint64_t *
at (PhHeap *self, guint i)
{
  return &g_array_index (self->numbers, uint64_t, i);
}

void
ph_heap_push (PhHeap *self, uint64_t number)
{
  guint i = self->numbers->len;

  g_array_append_val (self->numbers, number);
  for (; i > 0 && *at (self, (i - 1) / 2) > number; i = (i - 1) / 2)
    *at (self, i) = *at (self, (i - 1) / 2);
  *at (self, i) = number;
}

/* Lets @number, which has no place yet, sink from the top. */
static void
sink (PhHeap *self, uint64_t number)
{
  guint n = self->numbers->len, i = 0;

  for (guint child = 1; child < n; child = 2 * i + 1) {
    if (child + 1 < n && *at (self, child + 1) < *at (self, child))
      child++;
    if (*at (self, child) >= number)
      break;
    *at (self, i) = *at (self, child);
    i = child;
  }
  *at (self, i) = number;
}

bool
ph_heap_pop (PhHeap *self, uint64_t *number)
{
  guint n = self->numbers->len;
  uint64_t last;

  if (n == 0)
    return false;

  *number = *at (self, 0);
  last = *at (self, n - 1);
  g_array_set_size (self->numbers, n - 1);
  if (n > 1)
    sink (self, last);
  return true;
}
