#include "ui/chat-list.h"

#include "ui/chat-row.h"

#define PAGE 100 /* chats that are listed, and that "Older chats" adds */

struct _PhChatList {
  GtkBox parent_instance;

  /* Template children */
  GtkStack *pages; /* "empty" or "chats" */
  GtkListBox *list;
  GtkButton *older;

  /* Owned */
  char *shown; /* what the rows were made of */

  /* Borrowed */
  PhHistory *history;

  int64_t current;
  gsize limit;
};

G_DEFINE_FINAL_TYPE (PhChatList, ph_chat_list, GTK_TYPE_BOX)

enum { OPEN, DELETE, N_SIGNALS };

static guint signals[N_SIGNALS];

/* Two lists of one fingerprint look alike. */
static char *
dup_fingerprint (GPtrArray *chats)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < chats->len; i++) {
    const PhHistoryChat *chat = g_ptr_array_index (chats, i);

    g_string_append_printf (text, "%" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %s\n",
                            chat->id, chat->updated, chat->title);
  }
  return g_string_free (text, FALSE);
}

static void
mark_current (PhChatList *self)
{
  GtkListBoxRow *row;

  gtk_list_box_unselect_all (self->list);
  for (int i = 0; (row = gtk_list_box_get_row_at_index (self->list, i)) != NULL; i++)
    if (ph_chat_row_get_id (PH_CHAT_ROW (row)) == self->current)
      gtk_list_box_select_row (self->list, row);
}

/* The row with the focus, or -1. */
static int
get_focused_index (PhChatList *self)
{
  GtkWidget *row = gtk_widget_get_focus_child (GTK_WIDGET (self->list));

  return row != NULL ? gtk_list_box_row_get_index (GTK_LIST_BOX_ROW (row)) : -1;
}

/* The focus stays in its place, so that a chat can be deleted after the other. */
static void
build_rows (PhChatList *self, GPtrArray *chats)
{
  int focused = MIN (get_focused_index (self), (int) chats->len - 1);
  GtkListBoxRow *row;

  while ((row = gtk_list_box_get_row_at_index (self->list, 0)) != NULL)
    gtk_list_box_remove (self->list, GTK_WIDGET (row));
  for (guint i = 0; i < chats->len && i < self->limit; i++)
    gtk_list_box_append (self->list,
                         ph_chat_row_new (g_ptr_array_index (chats, i), (int) i + 1));
  mark_current (self);
  if (focused >= 0)
    gtk_widget_grab_focus (
        GTK_WIDGET (gtk_list_box_get_row_at_index (self->list, focused)));
}

/* One more than is shown says whether there are older ones.  A history that cannot be
 * read says so elsewhere. */
void
ph_chat_list_refresh (PhChatList *self, PhHistory *history)
{
  g_autoptr (GPtrArray) chats =
      ph_history_list_chats (history, false, 0, self->limit + 1, NULL);
  g_autofree char *fingerprint = NULL;

  self->history = history;
  if (chats == NULL)
    return;

  fingerprint = dup_fingerprint (chats);
  if (g_strcmp0 (fingerprint, self->shown) == 0)
    return;
  g_free (self->shown);
  self->shown = g_steal_pointer (&fingerprint);

  build_rows (self, chats);
  gtk_widget_set_visible (GTK_WIDGET (self->older), chats->len > self->limit);
  gtk_stack_set_visible_child_name (self->pages, chats->len > 0 ? "chats" : "empty");
}

void
ph_chat_list_set_current (PhChatList *self, int64_t id)
{
  self->current = id;
  mark_current (self);
}

static void
row_activated_cb (GtkListBox *list, GtkListBoxRow *row, PhChatList *self)
{
  g_signal_emit (self, signals[OPEN], 0, ph_chat_row_get_id (PH_CHAT_ROW (row)));
}

static void
older_clicked_cb (GtkButton *button, PhChatList *self)
{
  self->limit += PAGE;
  g_clear_pointer (&self->shown, g_free);
  ph_chat_list_refresh (self, self->history);
}

static void
delete_action (GtkWidget *widget, const char *name, GVariant *id)
{
  g_signal_emit (widget, signals[DELETE], 0, g_variant_get_int64 (id));
}

/* Puts the name of the day over its first row. */
static void
update_header (GtkListBoxRow *row, GtkListBoxRow *before, gpointer data)
{
  const char *day = ph_chat_row_get_day (PH_CHAT_ROW (row));
  GtkWidget *header;

  if (before != NULL && g_str_equal (day, ph_chat_row_get_day (PH_CHAT_ROW (before)))) {
    gtk_list_box_row_set_header (row, NULL);
    return;
  }

  header = gtk_label_new (day);
  gtk_label_set_xalign (GTK_LABEL (header), 0);
  gtk_widget_add_css_class (header, "caption-heading");
  gtk_widget_add_css_class (header, "dim-label");
  gtk_widget_add_css_class (header, "day");
  gtk_list_box_row_set_header (row, header);
}

static void
ph_chat_list_dispose (GObject *object)
{
  gtk_widget_dispose_template (GTK_WIDGET (object), PH_TYPE_CHAT_LIST);
  G_OBJECT_CLASS (ph_chat_list_parent_class)->dispose (object);
}

static void
ph_chat_list_finalize (GObject *object)
{
  g_free (PH_CHAT_LIST (object)->shown);
  G_OBJECT_CLASS (ph_chat_list_parent_class)->finalize (object);
}

static guint
add_signal (PhChatListClass *klass, const char *name)
{
  return g_signal_new (name, G_OBJECT_CLASS_TYPE (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                       NULL, NULL, G_TYPE_NONE, 1, G_TYPE_INT64);
}

static void
ph_chat_list_class_init (PhChatListClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ph_chat_list_dispose;
  G_OBJECT_CLASS (klass)->finalize = ph_chat_list_finalize;
  signals[OPEN] = add_signal (klass, "open");
  signals[DELETE] = add_signal (klass, "delete");

  gtk_widget_class_install_action (widget_class, "chats.delete", "x", delete_action);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/pinhole/Pinhole/chat-list.ui");
  gtk_widget_class_bind_template_child (widget_class, PhChatList, pages);
  gtk_widget_class_bind_template_child (widget_class, PhChatList, list);
  gtk_widget_class_bind_template_child (widget_class, PhChatList, older);
  gtk_widget_class_bind_template_callback (widget_class, row_activated_cb);
  gtk_widget_class_bind_template_callback (widget_class, older_clicked_cb);
}

static void
ph_chat_list_init (PhChatList *self)
{
  self->limit = PAGE;
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_list_box_set_header_func (self->list, update_header, NULL, NULL);
}
