/* heap.h - the least of many numbers
 *
 * A binary heap: adding a number and taking out the least cost the logarithm of how many
 * there are.  What a number means is up to the caller, who packs the rest of an entry
 * into its low bits.
 *
 * One thread.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

G_BEGIN_DECLS

typedef struct _PhHeap PhHeap;

PhHeap *ph_heap_new (void);
void ph_heap_free (PhHeap *self);

void ph_heap_push (PhHeap *self, uint64_t number);
/* Takes out the least; false if there is none. */
bool ph_heap_pop (PhHeap *self, uint64_t *number);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PhHeap, ph_heap_free)

G_END_DECLS
