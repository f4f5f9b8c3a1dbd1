#include "core/tensor/pool.h"

#include "core/tensor/kernels/kernels.h"

#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

/* A job is published by raising `job` under the lock.  Workers look for a new number a
 * little while before they sleep on the condition, so that a run of small products does
 * not pay for waking them each time.
 *
 * `gate` counts the workers inside the job and says whether it is closed.  The caller
 * closes it when no chunk is left and waits for those inside alone: a worker that has
 * not come yet, because somebody else has its core, is not waited for. */

#define SPINS 2000
#define MAX_THREADS 256
#define CLOSED (1u << 31)

typedef struct {
  PhPool *pool;
  pthread_t thread;
  int index;
} Worker;

struct _PhPool {
  int n_threads;
  Worker workers[MAX_THREADS];
  pthread_mutex_t lock;
  pthread_cond_t wake;
  pthread_cond_t done;

  atomic_uint job;
  atomic_bool quit;
  PhWork work;
  void *data;
  size_t n_chunks;
  atomic_size_t next;
  atomic_uint gate;
};

static void
take_chunks (PhPool *self, int thread)
{
  size_t chunk;

  while ((chunk = atomic_fetch_add (&self->next, 1)) < self->n_chunks)
    self->work (self->data, chunk, thread);
}

static inline void
pause_a_little (void)
{
#if defined(__x86_64__)
  __builtin_ia32_pause ();
#endif
}

/* Returns the number of a job after @seen. */
static unsigned
wait_for_job (PhPool *self, unsigned seen)
{
  for (int i = 0; i < SPINS; i++) {
    if (atomic_load (&self->job) != seen)
      return atomic_load (&self->job);
    pause_a_little ();
  }

  pthread_mutex_lock (&self->lock);
  while (atomic_load (&self->job) == seen)
    pthread_cond_wait (&self->wake, &self->lock);
  pthread_mutex_unlock (&self->lock);
  return atomic_load (&self->job);
}

/* Takes part in the job, if it is still going on. */
static void
join_job (PhPool *self, int thread)
{
  if ((atomic_fetch_add (&self->gate, 1) & CLOSED) == 0)
    take_chunks (self, thread);

  if (atomic_fetch_sub (&self->gate, 1) == (CLOSED | 1)) {
    pthread_mutex_lock (&self->lock);
    pthread_cond_signal (&self->done);
    pthread_mutex_unlock (&self->lock);
  }
}

static void *
worker_main (void *data)
{
  Worker *worker = data;
  PhPool *self = worker->pool;
  unsigned seen = 0;

  ph_flush_denormals ();
  for (;;) {
    seen = wait_for_job (self, seen);
    if (atomic_load (&self->quit))
      return NULL;
    join_job (self, worker->index);
  }
}

PhPool *
ph_pool_new (int n_threads)
{
  PhPool *self = calloc (1, sizeof *self);

  if (self == NULL)
    abort ();
  pthread_mutex_init (&self->lock, NULL);
  pthread_cond_init (&self->wake, NULL);
  pthread_cond_init (&self->done, NULL);

  atomic_init (&self->gate, CLOSED);
  self->n_threads = 1;
  while (self->n_threads < n_threads && self->n_threads < MAX_THREADS) {
    Worker *worker = &self->workers[self->n_threads];

    *worker = (Worker){ .pool = self, .index = self->n_threads };
    if (pthread_create (&worker->thread, NULL, worker_main, worker) != 0)
      break;
    self->n_threads++;
  }
  return self;
}

static void
publish (PhPool *self)
{
  pthread_mutex_lock (&self->lock);
  atomic_fetch_add (&self->job, 1);
  pthread_cond_broadcast (&self->wake);
  pthread_mutex_unlock (&self->lock);
}

void
ph_pool_free (PhPool *self)
{
  if (self == NULL)
    return;

  atomic_store (&self->quit, true);
  publish (self);
  for (int i = 1; i < self->n_threads; i++)
    pthread_join (self->workers[i].thread, NULL);
  pthread_cond_destroy (&self->wake);
  pthread_cond_destroy (&self->done);
  pthread_mutex_destroy (&self->lock);
  free (self);
}

int
ph_pool_n_threads (const PhPool *self)
{
  return self != NULL ? self->n_threads : 1;
}

static void
wait_for_workers (PhPool *self)
{
  for (int i = 0; i < SPINS; i++) {
    if (atomic_load (&self->gate) == CLOSED)
      return;
    pause_a_little ();
  }

  pthread_mutex_lock (&self->lock);
  while (atomic_load (&self->gate) != CLOSED)
    pthread_cond_wait (&self->done, &self->lock);
  pthread_mutex_unlock (&self->lock);
}

void
ph_pool_run (PhPool *self, size_t n_chunks, PhWork work, void *data)
{
  if (self == NULL || self->n_threads == 1 || n_chunks < 2) {
    for (size_t chunk = 0; chunk < n_chunks; chunk++)
      work (data, chunk, 0);
    return;
  }

  self->work = work;
  self->data = data;
  self->n_chunks = n_chunks;
  atomic_store (&self->next, 0);
  atomic_fetch_and (&self->gate, ~CLOSED);
  publish (self);
  take_chunks (self, 0);
  atomic_fetch_or (&self->gate, CLOSED);
  wait_for_workers (self);
}

/* Whole processors that the control group's quota pays for, or @n if it sets none. */
static int
within_quota (int n)
{
  FILE *file = fopen ("/sys/fs/cgroup/cpu.max", "re");
  long quota, period;

  if (file == NULL)
    return n;
  if (fscanf (file, "%ld %ld", &quota, &period) == 2 && period > 0 && quota / period < n)
    n = quota / period > 1 ? (int) (quota / period) : 1;
  fclose (file);
  return n;
}

int
ph_n_processors (void)
{
  cpu_set_t set;
  int n = 1;

  if (sched_getaffinity (0, sizeof set, &set) == 0)
    n = CPU_COUNT (&set);
  return within_quota (n);
}
