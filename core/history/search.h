/* search.h - words found in everything that was said
 *
 * Titles, prompts and finished answers are indexed as they are written.  A search works
 * where it is called, as all reading does (history.h).
 */
#pragma once

#include "core/history/history.h"

G_BEGIN_DECLS

/* Bytes of a snippet, from @begin to before @end. */
typedef struct {
  size_t begin, end;
} PhHistoryHit;

typedef struct {
  PhHistoryChat *chat;
  int64_t turn;  /* the one that matches best; 0: the title does */
  char *snippet; /* the words around the hits in one line, "…" where it was cut */
  PhHistoryHit *hits;
  size_t n_hits;
} PhHistoryFound;

/* PhHistoryFound, the best first, at most @limit and each chat once: those that have a
 * turn, or a title, in which every word of @text begins a word.  Case and accents make no
 * difference.  A word in a prompt or title weighs as much as ten in an answer.  Whatever
 * is typed can be searched for; nothing but blanks and signs finds nothing. */
GPtrArray *
ph_history_search (PhHistory *self, const char *text, size_t limit, GError **error);

void ph_history_found_free (PhHistoryFound *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PhHistoryFound, ph_history_found_free)

G_END_DECLS
