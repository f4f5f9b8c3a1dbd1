#include "ui/chat-row.h"

#include <glib/gi18n.h>
#include <string.h>

struct _PhChatRow {
  GtkListBoxRow parent_instance;

  /* Template children */
  GtkStack *names; /* the title, or the entry while it is renamed */
  GtkLabel *title;
  GtkEntry *entry;
  GtkImage *pin;
  GtkLabel *detail; /* when it was, or what was found */
  GtkButton *more;
  GtkButton *delete;

  /* Owned */
  GDateTime *updated;

  int64_t id;
  int64_t turn;
  gboolean pinned;
};

G_DEFINE_FINAL_TYPE (PhChatRow, ph_chat_row, GTK_TYPE_LIST_BOX_ROW)

int64_t
ph_chat_row_get_id (PhChatRow *self)
{
  return self->id;
}

int64_t
ph_chat_row_get_turn (PhChatRow *self)
{
  return self->turn;
}

GtkWidget *
ph_chat_row_get_menu_button (PhChatRow *self)
{
  return GTK_WIDGET (self->more);
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
ph_chat_row_get_group (PhChatRow *self)
{
  int days = count_days_since (self->updated);

  if (self->pinned)
    return _ ("Pinned");
  if (days <= 0)
    return _ ("Today");
  return days == 1 ? _ ("Yesterday") : _ ("Earlier");
}

/* "09:48", and the folder it lies in. */
static char *
dup_time_text (PhChatRow *self, const char *folder)
{
  g_autofree char *time = g_date_time_format (
      self->updated, count_days_since (self->updated) <= 1 ? "%H:%M" : "%e %B %Y");

  return folder != NULL ? g_strdup_printf ("%s · %s", time, folder)
                        : g_steal_pointer (&time);
}

static void
set_name (gpointer accessible, const char *name)
{
  gtk_accessible_update_property (GTK_ACCESSIBLE (accessible),
                                  GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
}

static void
set_action (GtkButton *button, const char *action, int64_t id)
{
  gtk_actionable_set_action_target (GTK_ACTIONABLE (button), "x", id);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), action);
}

/* One that began without a question has no words to be called by. */
static const char *
get_title (const PhHistoryChat *chat)
{
  return *chat->title != '\0' ? chat->title : _ ("Without a question");
}

static void
name_controls (PhChatRow *self, const char *title, int number)
{
  g_autofree char *name = g_strdup_printf (_ ("Chat %d: %s"), number, title);
  g_autofree char *delete_name =
      g_strdup_printf (_ ("Delete chat %d: %s"), number, title);
  g_autofree char *more_name =
      g_strdup_printf (_ ("More about chat %d: %s"), number, title);

  set_name (self, name);
  set_name (self->delete, delete_name);
  set_name (self->more, more_name);
}

static PhChatRow *
make_row (const PhHistoryChat *chat, int number)
{
  PhChatRow *self = g_object_new (PH_TYPE_CHAT_ROW, NULL);
  g_autoptr (GDateTime) utc =
      g_date_time_new_from_unix_utc (chat->updated / G_USEC_PER_SEC);

  self->id = chat->id;
  self->pinned = chat->pinned;
  self->updated = utc != NULL ? g_date_time_to_local (utc) : g_date_time_new_now_local ();
  gtk_label_set_text (self->title, get_title (chat));
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->title), get_title (chat));
  gtk_widget_set_visible (GTK_WIDGET (self->pin), chat->pinned);
  name_controls (self, get_title (chat), number);
  set_action (self->delete, "chats.delete", chat->id);
  set_action (self->more, "chats.menu", chat->id);
  return self;
}

GtkWidget *
ph_chat_row_new (const PhHistoryChat *chat, int number)
{
  PhChatRow *self = make_row (chat, number);
  g_autofree char *time = dup_time_text (self, chat->folder);

  gtk_label_set_text (self->detail, time);
  return GTK_WIDGET (self);
}

static void
append_escaped (GString *markup, const char *text, size_t n_bytes)
{
  g_autofree char *escaped = g_markup_escape_text (text, (gssize) n_bytes);

  g_string_append (markup, escaped);
}

/* The snippet in Pango's markup, its hits bold. */
static char *
dup_markup (const PhHistoryFound *found)
{
  GString *markup = g_string_new (NULL);
  size_t at = 0;

  for (size_t i = 0; i < found->n_hits; i++) {
    const PhHistoryHit *hit = &found->hits[i];

    append_escaped (markup, found->snippet + at, hit->begin - at);
    g_string_append (markup, "<b>");
    append_escaped (markup, found->snippet + hit->begin, hit->end - hit->begin);
    g_string_append (markup, "</b>");
    at = hit->end;
  }
  append_escaped (markup, found->snippet + at, strlen (found->snippet + at));
  return g_string_free (markup, FALSE);
}

GtkWidget *
ph_chat_row_new_found (const PhHistoryFound *found, int number)
{
  PhChatRow *self = make_row (found->chat, number);
  g_autofree char *markup = dup_markup (found);

  self->turn = found->turn;
  gtk_label_set_wrap (self->detail, TRUE);
  gtk_label_set_lines (self->detail, 2);
  gtk_label_set_markup (self->detail, markup);
  gtk_accessible_update_property (
      GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, found->snippet, -1);
  return GTK_WIDGET (self);
}

void
ph_chat_row_begin_rename (PhChatRow *self)
{
  gtk_editable_set_text (GTK_EDITABLE (self->entry), gtk_label_get_text (self->title));
  gtk_stack_set_visible_child (self->names, GTK_WIDGET (self->entry));
  gtk_widget_grab_focus (GTK_WIDGET (self->entry));
}

gboolean
ph_chat_row_is_renamed (PhChatRow *self)
{
  return gtk_stack_get_visible_child (self->names) == GTK_WIDGET (self->entry);
}

static void
show_title (PhChatRow *self)
{
  gtk_stack_set_visible_child (self->names, GTK_WIDGET (self->title));
}

void
ph_chat_row_end_rename (PhChatRow *self)
{
  show_title (self);
  gtk_widget_grab_focus (GTK_WIDGET (self));
}

static void
entry_activated_cb (GtkEntry *entry, PhChatRow *self)
{
  g_autofree char *name = g_strdup (gtk_editable_get_text (GTK_EDITABLE (entry)));

  ph_chat_row_end_rename (self);
  if (*g_strstrip (name) != '\0')
    gtk_widget_activate_action (GTK_WIDGET (self), "chats.rename", "(xs)", self->id,
                                name);
}

static void
watch_entry (PhChatRow *self)
{
  GtkEventController *focus = gtk_event_controller_focus_new ();

  g_signal_connect_swapped (focus, "leave", G_CALLBACK (show_title), self);
  gtk_widget_add_controller (GTK_WIDGET (self->entry), focus);
}

/* Keys and the second button of the pointer */

static gboolean
ask_list (GtkWidget *widget, GVariant *action, gpointer data)
{
  return gtk_widget_activate_action (widget, g_variant_get_string (action, NULL), "x",
                                     PH_CHAT_ROW (widget)->id);
}

static gboolean
rename_key_cb (GtkWidget *widget, GVariant *arguments, gpointer data)
{
  ph_chat_row_begin_rename (PH_CHAT_ROW (widget));
  return TRUE;
}

static void
secondary_pressed_cb (PhChatRow *self)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "chats.menu", "x", self->id);
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
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Delete, 0, ask_list, "s",
                                "chats.delete");
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Menu, 0, ask_list, "s",
                                "chats.menu");
  gtk_widget_class_add_binding (widget_class, GDK_KEY_F10, GDK_SHIFT_MASK, ask_list, "s",
                                "chats.menu");
  gtk_widget_class_add_binding (widget_class, GDK_KEY_F2, 0, rename_key_cb, NULL);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/pinhole/Pinhole/chat-row.ui");
  gtk_widget_class_bind_template_child (widget_class, PhChatRow, names);
  gtk_widget_class_bind_template_child (widget_class, PhChatRow, title);
  gtk_widget_class_bind_template_child (widget_class, PhChatRow, entry);
  gtk_widget_class_bind_template_child (widget_class, PhChatRow, pin);
  gtk_widget_class_bind_template_child (widget_class, PhChatRow, detail);
  gtk_widget_class_bind_template_child (widget_class, PhChatRow, more);
  gtk_widget_class_bind_template_child (widget_class, PhChatRow, delete);
  gtk_widget_class_bind_template_callback (widget_class, entry_activated_cb);
}

static void
ph_chat_row_init (PhChatRow *self)
{
  GtkGesture *secondary = gtk_gesture_click_new ();

  gtk_widget_init_template (GTK_WIDGET (self));
  watch_entry (self);
  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (secondary), GDK_BUTTON_SECONDARY);
  g_signal_connect_swapped (secondary, "pressed", G_CALLBACK (secondary_pressed_cb),
                            self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (secondary));
}
