/* Files read into memory ahead of their use. */
#include "core/formats/store-private.h"

/* Small enough that a stop is seen within a blink, even from a slow disk. */
#define CHUNK_BYTES ((size_t) 8 << 20)

typedef struct {
  const atomic_bool *stop;
  PhStoreProgress progress;
  gpointer data;
  size_t n_done, n_bytes;
} Prefetch;

static bool
is_stopped (const Prefetch *prefetch)
{
  return prefetch->stop != NULL &&
         atomic_load_explicit (prefetch->stop, memory_order_relaxed);
}

static bool
fetch_file (Prefetch *prefetch, const PhMap *map, GError **error)
{
  size_t size = ph_map_get_size (map);

  for (size_t at = 0; at < size && !is_stopped (prefetch); at += CHUNK_BYTES) {
    size_t n_bytes = MIN (CHUNK_BYTES, size - at);

    if (!ph_map_fetch (map, at, n_bytes, error))
      return false;
    prefetch->n_done += n_bytes;
    if (prefetch->progress != NULL)
      prefetch->progress (prefetch->n_done, prefetch->n_bytes, prefetch->data);
  }
  return true;
}

bool
ph_store_prefetch (const PhStore *self,
                   const atomic_bool *stop,
                   PhStoreProgress progress,
                   gpointer data,
                   GError **error)
{
  Prefetch prefetch = { .stop = stop, .progress = progress, .data = data };

  for (size_t i = 0; i < ph_store_get_n_files (self); i++)
    prefetch.n_bytes += ph_map_get_size (ph_store_get_file (self, i));
  for (size_t i = 0; i < ph_store_get_n_files (self); i++)
    if (!fetch_file (&prefetch, ph_store_get_file (self, i), error))
      return false;
  return true;
}
