#include "ui/chat-row.h"

#include <glib/gi18n.h>

struct _PhChatRow {
  GtkListBoxRow parent_instance;

  /* Template children */
  GtkLabel *title;
  GtkLabel *time;
  GtkButton *delete;

  /* Owned */
  GDateTime *updated;

  int64_t id;
};

G_DEFINE_FINAL_TYPE (PhChatRow, ph_chat_row, GTK_TYPE_LIST_BOX_ROW)

int64_t
ph_chat_row_get_id (PhChatRow *self)
{
  return self->id;
}

/* Days of the calendar that lie between, 0: today. */
static int
count_days_since (GDateTime *time)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  GDate then, today;

  g_date_set_dmy (&then, (GDateDay) g_date_time_get_day_of_month (time),
                  (GDateMonth) g_date_time_get_month (time),
                  (GDateYear) g_date_time_get_year (time));
  g_date_set_dmy (&today, (GDateDay) g_date_time_get_day_of_month (now),
                  (GDateMonth) g_date_time_get_month (now),
                  (GDateYear) g_date_time_get_year (now));
  return g_date_days_between (&then, &today);
}

/* A clock that was set back may have left chats in the future: they are of today. */
const char *
ph_chat_row_get_day (PhChatRow *self)
{
  int days = count_days_since (self->updated);

  if (days <= 0)
    return "Today";
  return days == 1 ? "Yesterday" : "Earlier";
}

static char *
dup_time_text (PhChatRow *self)
{
  return g_date_time_format (
      self->updated, count_days_since (self->updated) <= 1 ? "%H:%M" : "%e %B %Y");
}

static void
set_name (GtkAccessible *accessible, const char *name)
{
  gtk_accessible_update_property (accessible, GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
}

GtkWidget *
ph_chat_row_new (const PhHistoryChat *chat, int number)
{
  PhChatRow *self = g_object_new (PH_TYPE_CHAT_ROW, NULL);
  g_autoptr (GDateTime) utc =
      g_date_time_new_from_unix_utc (chat->updated / G_USEC_PER_SEC);
  /* One that began without a question has no words to be called by. */
  const char *title = *chat->title != '\0' ? chat->title : _ ("Without a question");
  g_autofree char *name = g_strdup_printf ("Chat %d: %s", number, title);
  g_autofree char *delete_name = g_strdup_printf ("Delete chat %d: %s", number, title);
  g_autofree char *time = NULL;

  self->id = chat->id;
  self->updated = utc != NULL ? g_date_time_to_local (utc) : g_date_time_new_now_local ();
  time = dup_time_text (self);

  gtk_label_set_text (self->title, title);
  gtk_label_set_text (self->time, time);
  set_name (GTK_ACCESSIBLE (self), name);
  set_name (GTK_ACCESSIBLE (self->delete), delete_name);
  gtk_actionable_set_action_target (GTK_ACTIONABLE (self->delete), "x", chat->id);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (self->delete), "chats.delete");
  return GTK_WIDGET (self);
}

static gboolean
delete_key_cb (GtkWidget *widget, GVariant *arguments, gpointer data)
{
  return gtk_widget_activate_action (widget, "chats.delete", "x",
                                     PH_CHAT_ROW (widget)->id);
}

static void
ph_chat_row_dispose (GObject *object)
{
  gtk_widget_dispose_template (GTK_WIDGET (object), PH_TYPE_CHAT_ROW);
  G_OBJECT_CLASS (ph_chat_row_parent_class)->dispose (object);
}

static void
ph_chat_row_finalize (GObject *object)
{
  g_clear_pointer (&PH_CHAT_ROW (object)->updated, g_date_time_unref);
  G_OBJECT_CLASS (ph_chat_row_parent_class)->finalize (object);
}

static void
ph_chat_row_class_init (PhChatRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ph_chat_row_dispose;
  G_OBJECT_CLASS (klass)->finalize = ph_chat_row_finalize;
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Delete, 0, delete_key_cb, NULL);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/pinhole/Pinhole/chat-row.ui");
  gtk_widget_class_bind_template_child (widget_class, PhChatRow, title);
  gtk_widget_class_bind_template_child (widget_class, PhChatRow, time);
  gtk_widget_class_bind_template_child (widget_class, PhChatRow, delete);
}

static void
ph_chat_row_init (PhChatRow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
