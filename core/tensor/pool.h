/* pool.h - threads that share one piece of work at a time
 *
 * The calling thread takes part.  Work is cut into chunks that are handed out from one
 * counter, so that a core taken away by somebody else costs one chunk.  Workers sleep
 * when there is nothing to do.  One job at a time; a pool belongs to one caller.
 */
#pragma once

#include "core/tensor/tensor.h"

/* @n_threads counts the caller; 1 makes a pool without workers. */
PhPool *ph_pool_new (int n_threads);
void ph_pool_free (PhPool *self);

/* Threads of a pool, the caller included; 1 for NULL. */
int ph_pool_n_threads (const PhPool *self);

/* Calls @work once for each chunk, and returns when all are done.  @thread is 0 for the
 * caller and below ph_pool_n_threads() for all; no two run with the same at a time. */
typedef void (*PhWork) (void *data, size_t chunk, int thread);
void ph_pool_run (PhPool *self, size_t n_chunks, PhWork work, void *data);

/* Processors that this process may use: the affinity mask held against the quota of its
 * control group; at least 1. */
int ph_n_processors (void);
