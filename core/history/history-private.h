/* history-private.h - what the parts of PhHistory and its test share
 *
 * history.c opens and tells; queueing.c takes what is to be written, writing.c is the
 * store thread that writes it; reading.c reads; upkeep.c is what an opening begins.
 */
#pragma once

#include "core/history/store.h"

#include <pthread.h>
#include <stdatomic.h>

/* How patient a history is; the test has less time than people have. */
typedef struct {
  int text_ms;       /* between two writings of what streams */
  int retry_ms;      /* between two attempts at a disk that refused */
  int busy_ms;       /* how long a write waits for another program */
  guint max_waiting; /* writes kept in memory while there is a problem */
  int keep_days;     /* what is deleted */
  int copy_days;     /* between two copies (copies.h); 0: none are made */
} PhHistoryPace;

typedef enum {
  PH_HISTORY_OPENING,
  PH_HISTORY_OPEN, /* or tried again later, if there is a problem */
  PH_HISTORY_OFF,  /* for good, because of the problem */
} PhHistoryState;

struct _PhHistory {
  char *path;
  bool is_ours;
  PhHistoryPace pace;
  pthread_t thread;
  bool has_thread;

  /* Shared, under lock */
  pthread_mutex_t lock;
  pthread_cond_t asked;   /* the store thread waits here */
  pthread_cond_t settled; /* and others here, for it */
  PhHistoryState state;
  bool closing;
  bool reopen;       /* somebody else found the file damaged */
  GQueue writes;     /* PhWrite, oldest first */
  GHashTable *texts; /* turn (int64_t *) → what it has said so far (char *) */
  GError *problem;   /* nothing is saved */
  GError *notice;    /* something happened, saving goes on */
  GError *refusal;   /* of a write that can never be; for the next flush to tell */
  guint n_lost;      /* turns there was no room for in memory */
  uint64_t flush_asked;
  uint64_t flush_done;
  int64_t next_text; /* monotonic µs */
  int64_t next_try;  /* monotonic µs, while there is a problem */
  PhHistoryNotify notify;
  gpointer notify_data;
  GMainContext *notify_context;
  GSource *notify_source; /* queued and not yet dispatched */

  /* The store thread's */
  PhChatStore *store;
  bool suspect; /* the file was found damaged or exchanged while open */

  /* Of the thread that makes copies, upkeep.c; begun by the store thread, once. */
  pthread_t upkeep;
  bool has_upkeep;
  atomic_bool stop_upkeep;

  /* Reading, under reading; never taken inside of lock */
  pthread_mutex_t reading;
  sqlite3 *reader;
  GHashTable *seen; /* int64_t *: what is_new() was asked in this reading */
};

/* ph_history_open() with another pace. */
PhHistory *ph_history_open_paced (const char *path, const PhHistoryPace *pace);

/* Takes @write to be written when those before it are. */
void ph_history_queue (PhHistory *self, PhWrite *write);
/* The same under lock. */
void ph_history_push (PhHistory *self, PhWrite *write);

/* The store thread, given the history. */
void *ph_history_store_thread (void *data);

/* Called by the store thread, under lock, when the file has been opened: erases what was
 * deleted long ago, and begins a thread that makes a copy if one is due. */
void ph_history_begin_upkeep (PhHistory *self);
void ph_history_end_upkeep (PhHistory *self);

/* Under lock: have the watcher called, drop all that waits. */
void ph_history_announce (PhHistory *self);
void ph_history_forget_waiting (PhHistory *self);

/* An empty table for PhHistory.texts. */
GHashTable *ph_history_new_texts (void);

/* Whether a problem of this kind may go away by itself. */
bool ph_history_passes (const GError *error);

/* Waits for the opening; fails with the problem where there is nothing to read. */
bool ph_history_await_open (PhHistory *self, GError **error);

/* As it is stored.  PH_ERROR_RANGE: the turn has none. */
GBytes *ph_history_load_record_bytes (PhHistory *self, int64_t turn, GError **error);

/* Closes the reading connection; the next reading opens another. */
void ph_history_close_reader (PhHistory *self);
