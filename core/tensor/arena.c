#include "core/tensor/tensor.h"

#include <stdio.h>
#include <stdlib.h>

/* Blocks that double in size; a mark is the sum of bytes in the blocks before plus the
 * position in the current one, so resetting is a walk over at most a few blocks. */

#define ALIGNMENT 64
#define FIRST_BLOCK ((size_t) 1 << 20)
#define MAX_BLOCKS 48

typedef struct {
  char *bytes;
  size_t n_bytes;
  size_t start; /* the mark of its first byte */
} Block;

struct _PhArena {
  Block blocks[MAX_BLOCKS];
  int n_blocks;
  int current;
  size_t used; /* in the current block */
};

PhArena *
ph_arena_new (void)
{
  PhArena *self = calloc (1, sizeof *self);

  if (self == NULL)
    abort ();
  return self;
}

void
ph_arena_free (PhArena *self)
{
  if (self == NULL)
    return;
  for (int i = 0; i < self->n_blocks; i++)
    free (self->blocks[i].bytes);
  free (self);
}

static void
add_block (PhArena *self, size_t n_bytes)
{
  Block *last = self->n_blocks > 0 ? &self->blocks[self->n_blocks - 1] : NULL;
  size_t size = last != NULL ? last->n_bytes * 2 : FIRST_BLOCK;
  Block *block = &self->blocks[self->n_blocks];

  assert (self->n_blocks < MAX_BLOCKS);
  while (size < n_bytes)
    size *= 2;

  block->bytes = aligned_alloc (ALIGNMENT, size);
  if (block->bytes == NULL) {
    fprintf (stderr, "pinhole: no memory for %zu MB of activations\n", size >> 20);
    abort ();
  }
  block->n_bytes = size;
  block->start = last != NULL ? last->start + last->n_bytes : 0;
  self->n_blocks++;
}

void *
ph_arena_take (PhArena *self, size_t n_bytes)
{
  char *taken;

  n_bytes = (n_bytes + ALIGNMENT - 1) & ~(size_t) (ALIGNMENT - 1);
  if (self->n_blocks == 0)
    add_block (self, n_bytes);
  while (self->used + n_bytes > self->blocks[self->current].n_bytes) {
    if (self->current + 1 == self->n_blocks)
      add_block (self, n_bytes);
    self->current++;
    self->used = 0;
  }

  taken = self->blocks[self->current].bytes + self->used;
  self->used += n_bytes;
  return taken;
}

size_t
ph_arena_mark (const PhArena *self)
{
  return self->n_blocks > 0 ? self->blocks[self->current].start + self->used : 0;
}

void
ph_arena_reset (PhArena *self, size_t mark)
{
  assert (mark <= ph_arena_mark (self));
  if (self->n_blocks == 0)
    return;
  while (self->blocks[self->current].start > mark)
    self->current--;
  self->used = mark - self->blocks[self->current].start;
}
