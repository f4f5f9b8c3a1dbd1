/* One statement does all: the index of words gives its rows best first, `is_new` lets the
 * first of each chat through, and only for that a snippet is made. */
#include "core/history/search.h"

#include "core/base/error.h"
#include "core/history/reader.h"

#include <string.h>

#define MAX_WORDS 16 /* of what was typed; more would only make SQLite's tree deep */

/* What the index puts around a hit; nobody types them. */
#define HIT_BEGINS '\002'
#define HIT_ENDS '\003'

void
ph_history_found_free (PhHistoryFound *self)
{
  ph_history_chat_free (self->chat);
  g_free (self->snippet);
  g_free (self->hits);
  g_free (self);
}

/* Each word in quotes, so that none of it is syntax, and with a star, so that it need not
 * be finished; all of them must be there. */
static char *
quote (const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  g_auto (GStrv) words = g_strsplit_set (valid, " \t\r\n\"", -1);
  GString *query = g_string_new (NULL);
  int n_words = 0;

  for (char **word = words; *word != NULL && n_words < MAX_WORDS; word++)
    if (**word != '\0') {
      g_string_append_printf (query, "\"%s\"* ", *word);
      n_words++;
    }
  return g_string_free (query, FALSE);
}

/* Takes the marks out of the snippet and notes where they were. */
static void
take_hits (PhHistoryFound *self)
{
  g_autoptr (GArray) hits = g_array_new (FALSE, FALSE, sizeof (PhHistoryHit));
  PhHistoryHit hit = { 0 };
  char *to = self->snippet;
  bool inside = false;

  for (const char *from = self->snippet; *from != '\0'; from++)
    if (*from == HIT_BEGINS) {
      hit.begin = (size_t) (to - self->snippet);
      inside = true;
    } else if (*from == HIT_ENDS) {
      hit.end = (size_t) (to - self->snippet);
      if (inside && hit.end > hit.begin)
        g_array_append_val (hits, hit);
      inside = false;
    } else
      *to++ = g_ascii_isspace (*from) ? ' ' : *from;
  *to = '\0';

  self->n_hits = hits->len;
  self->hits = (PhHistoryHit *) g_array_free (g_steal_pointer (&hits), FALSE);
}

static gpointer
read_found (sqlite3_stmt *row)
{
  PhHistoryFound *found = g_new0 (PhHistoryFound, 1);

  found->chat = ph_history_read_chat (row);
  found->turn = sqlite3_column_int64 (row, 7);
  found->snippet = ph_reader_dup_text (row, 8) ?: g_strdup ("");
  take_hits (found);
  return found;
}

/* What is deleted is passed over before it can hide something of the same chat. */
static const char sql[] =
    "SELECT " PH_CHAT_COLUMNS ", coalesce (turns.id, 0),"
    "       snippet (search, -1, char (2), char (3), '…', 16)"
    "  FROM search LEFT JOIN turns ON turns.id = search.rowid"
    "       JOIN chats ON chats.id = coalesce (turns.chat, search.rowid)"
    " WHERE search MATCH ?1 AND rank MATCH 'bm25 (10.0, 10.0, 1.0)'"
    "   AND CASE WHEN coalesce (turns.deleted, 0) = 0 AND chats.deleted = 0"
    "            THEN is_new (chats.id) END"
    " ORDER BY rank LIMIT ?2";

GPtrArray *
ph_history_search (PhHistory *self, const char *text, size_t limit, GError **error)
{
  g_autofree char *query = quote (text);
  g_autoptr (GError) failure = NULL;
  GPtrArray *found;
  PhValue values[] = { ph_text (query), ph_integer ((int64_t) MIN (limit, G_MAXINT32)) };

  if (*query == '\0')
    return g_ptr_array_new_with_free_func ((GDestroyNotify) ph_history_found_free);
  found = ph_reader_read (self, sql, values, G_N_ELEMENTS (values), read_found,
                          (GDestroyNotify) ph_history_found_free, &failure);
  /* The index alone may be damaged: the next search finds another. */
  if (g_error_matches (failure, PH_ERROR, PH_ERROR_CORRUPT))
    ph_history_queue (self, ph_write_new (PH_WRITE_REINDEX, 0));
  if (found == NULL)
    g_propagate_error (error, g_steal_pointer (&failure));
  return found;
}
