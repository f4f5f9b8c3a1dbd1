#include "ui/cleanup.h"

#include "ui/settings.h"

#define MOST_AT_ONCE 1000 /* each rewrites the file: the others' turn comes next time */

int
ph_cleanup_purge (PhHistory *history, int days, GError **error)
{
  int64_t since = g_get_real_time () - days * G_TIME_SPAN_DAY;
  g_autoptr (GPtrArray) chats =
      ph_history_list_chats (history, true, 0, MOST_AT_ONCE, error);
  int n = 0;

  if (chats == NULL)
    return -1;

  for (guint i = 0; i < chats->len; i++) {
    const PhHistoryChat *chat = g_ptr_array_index (chats, i);

    if (chat->deleted <= since) {
      ph_history_purge_chat (history, chat->id);
      n++;
    }
  }
  return n;
}

/* What cannot be read now is tried at the next start, and the window says so anyway. */
static gboolean
purge_cb (gpointer history)
{
  int days = ph_settings_get_int ("purge-days");

  if (days > 0)
    ph_cleanup_purge (history, days, NULL);
  return G_SOURCE_REMOVE;
}

void
ph_cleanup_schedule (PhHistory *history)
{
  g_idle_add_full (G_PRIORITY_LOW, purge_cb, history, NULL);
}
