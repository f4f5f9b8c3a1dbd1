#include "ui/chat-list.h"

#include "core/history/search.h"
#include "ui/chat-menu.h"
#include "ui/chat-row.h"
#include "ui/names.h"

#include <glib/gi18n.h>

#define PAGE 100      /* chats that are listed, and that "Older chats" adds */
#define MOST_FOUND 50 /* chats that a search shows */

struct _PhChatList {
  GtkBox parent_instance;

  /* Template children */
  GtkSearchEntry *search;
  GtkDropDown *folder;
  GtkStringList *folder_names; /* "All chats", then the folders */
  GtkStack *pages;             /* "empty", "nothing" or "chats" */
  GtkListBox *list;
  GtkButton *older;

  /* Owned */
  char *shown;     /* what the rows were made of */
  GtkWidget *menu; /* of a chat, while it is open */

  /* Borrowed */
  PhHistory *history;

  int64_t current;
  gsize limit;
};

G_DEFINE_FINAL_TYPE (PhChatList, ph_chat_list, GTK_TYPE_BOX)

enum { OPEN, DELETE, N_SIGNALS };

static guint signals[N_SIGNALS];

static const char *
get_words (PhChatList *self)
{
  return gtk_editable_get_text (GTK_EDITABLE (self->search));
}

/* The chosen folder, or NULL for all chats. */
static const char *
get_folder (PhChatList *self)
{
  guint i = gtk_drop_down_get_selected (self->folder);

  return i == 0 || i == GTK_INVALID_LIST_POSITION
             ? NULL
             : gtk_string_list_get_string (self->folder_names, i);
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

static void
drop_menu (PhChatList *self)
{
  if (self->menu != NULL)
    gtk_widget_unparent (self->menu);
  g_clear_object (&self->menu);
}

/* With the menu of one of them. */
static void
remove_rows (PhChatList *self)
{
  GtkListBoxRow *row;

  drop_menu (self);
  while ((row = gtk_list_box_get_row_at_index (self->list, 0)) != NULL)
    gtk_list_box_remove (self->list, GTK_WIDGET (row));
}

/* Takes the place of what was shown.  The focus stays in its place, so that a chat can be
 * deleted after the other. */
static void
show_rows (PhChatList *self, GPtrArray *rows)
{
  int focused = MIN (get_focused_index (self), (int) rows->len - 1);

  remove_rows (self);
  for (guint i = 0; i < rows->len; i++)
    gtk_list_box_append (self->list, g_ptr_array_index (rows, i));
  mark_current (self);
  if (focused >= 0)
    gtk_widget_grab_focus (
        GTK_WIDGET (gtk_list_box_get_row_at_index (self->list, focused)));
}

/* Whether the rows would be other ones than those that are shown; takes @fingerprint. */
static gboolean
is_new (PhChatList *self, char *fingerprint)
{
  if (g_strcmp0 (fingerprint, self->shown) == 0) {
    g_free (fingerprint);
    return FALSE;
  }
  g_free (self->shown);
  self->shown = fingerprint;
  return TRUE;
}

static void
print_chat (GString *text, const PhHistoryChat *chat)
{
  g_string_append_printf (text, "%" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %d %s %s\n",
                          chat->id, chat->updated, chat->pinned,
                          chat->folder != NULL ? chat->folder : "", chat->title);
}

/* One more than is shown says whether there are older ones. */
static void
list_chats (PhChatList *self)
{
  const char *folder = get_folder (self);
  gsize n = self->limit + 1;
  g_autoptr (GPtrArray) chats =
      folder != NULL ? ph_history_list_folder (self->history, folder, 0, n, NULL)
                     : ph_history_list_chats (self->history, false, 0, n, NULL);
  g_autoptr (GPtrArray) rows = g_ptr_array_new ();
  GString *fingerprint = g_string_new (folder);

  for (guint i = 0; chats != NULL && i < chats->len; i++)
    print_chat (fingerprint, g_ptr_array_index (chats, i));
  if (!is_new (self, g_string_free (fingerprint, FALSE)) || chats == NULL)
    return;

  for (guint i = 0; i < chats->len && i < self->limit; i++)
    g_ptr_array_add (rows, ph_chat_row_new (g_ptr_array_index (chats, i), (int) i + 1));
  show_rows (self, rows);
  gtk_widget_set_visible (GTK_WIDGET (self->older), chats->len > self->limit);
  gtk_stack_set_visible_child_name (self->pages, chats->len > 0 ? "chats" : "empty");
}

static void
list_found (PhChatList *self)
{
  g_autoptr (GPtrArray) found =
      ph_history_search (self->history, get_words (self), MOST_FOUND, NULL);
  g_autoptr (GPtrArray) rows = g_ptr_array_new ();
  GString *fingerprint = g_string_new (get_words (self));

  for (guint i = 0; found != NULL && i < found->len; i++) {
    const PhHistoryFound *each = g_ptr_array_index (found, i);

    print_chat (fingerprint, each->chat);
    g_string_append (fingerprint, each->snippet);
  }
  if (!is_new (self, g_string_free (fingerprint, FALSE)) || found == NULL)
    return;

  for (guint i = 0; i < found->len; i++)
    g_ptr_array_add (rows,
                     ph_chat_row_new_found (g_ptr_array_index (found, i), (int) i + 1));
  show_rows (self, rows);
  gtk_widget_set_visible (GTK_WIDGET (self->older), FALSE);
  gtk_stack_set_visible_child_name (self->pages, found->len > 0 ? "chats" : "nothing");
}

/* A history that cannot be read says so elsewhere. */
static void
list (PhChatList *self)
{
  if (self->history == NULL)
    return;

  if (*get_words (self) != '\0')
    list_found (self);
  else
    list_chats (self);
}

/* The list of folders, kept where it is still right: another selection lists anew. */
static void
list_folders (PhChatList *self)
{
  g_autoptr (GPtrArray) folders = ph_history_list_folders (self->history, NULL);
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  g_autofree char *chosen = g_strdup (get_folder (self));
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->folder_names));
  guint selected = 0;
  gboolean same = folders != NULL && folders->len + 1 == n;

  for (guint i = 0; folders != NULL && i < folders->len; i++) {
    char *name = g_ptr_array_index (folders, i);

    g_ptr_array_add (names, name);
    if (g_strcmp0 (name, chosen) == 0)
      selected = i + 1;
    same = same &&
           g_str_equal (gtk_string_list_get_string (self->folder_names, i + 1), name);
  }
  gtk_widget_set_visible (GTK_WIDGET (self->folder), names->len > 0);
  if (same)
    return;

  g_ptr_array_add (names, NULL);
  gtk_string_list_splice (self->folder_names, 1, n - 1,
                          (const char *const *) names->pdata);
  gtk_drop_down_set_selected (self->folder, selected);
}

void
ph_chat_list_refresh (PhChatList *self, PhHistory *history)
{
  self->history = history;
  list_folders (self);
  list (self);
}

void
ph_chat_list_begin_search (PhChatList *self)
{
  gtk_widget_grab_focus (GTK_WIDGET (self->search));
}

void
ph_chat_list_set_current (PhChatList *self, int64_t id)
{
  self->current = id;
  mark_current (self);
}

static PhChatRow *
get_renamed_row (PhChatList *self)
{
  GtkWidget *row = gtk_widget_get_focus_child (GTK_WIDGET (self->list));

  return row != NULL && ph_chat_row_is_renamed (PH_CHAT_ROW (row)) ? PH_CHAT_ROW (row)
                                                                   : NULL;
}

gboolean
ph_chat_list_leave (PhChatList *self)
{
  PhChatRow *renamed = get_renamed_row (self);

  if (renamed != NULL)
    ph_chat_row_end_rename (renamed);
  else if (*get_words (self) != '\0')
    gtk_editable_set_text (GTK_EDITABLE (self->search), "");
  else
    return FALSE;
  return TRUE;
}

static void
row_activated_cb (GtkListBox *box, GtkListBoxRow *row, PhChatList *self)
{
  g_signal_emit (self, signals[OPEN], 0, ph_chat_row_get_id (PH_CHAT_ROW (row)),
                 ph_chat_row_get_turn (PH_CHAT_ROW (row)));
}

static void
older_clicked_cb (GtkButton *button, PhChatList *self)
{
  self->limit += PAGE;
  list (self);
}

static void
search_changed_cb (PhChatList *self)
{
  list (self);
}

/* From the words to what they found. */
static void
search_activated_cb (PhChatList *self)
{
  GtkListBoxRow *row = gtk_list_box_get_row_at_index (self->list, 0);

  if (row != NULL)
    gtk_widget_grab_focus (GTK_WIDGET (row));
}

static void
folder_chosen_cb (PhChatList *self)
{
  list (self);
}

/* What is done with one chat */

static PhChatRow *
find_row (PhChatList *self, int64_t id)
{
  GtkListBoxRow *row;

  for (int i = 0; (row = gtk_list_box_get_row_at_index (self->list, i)) != NULL; i++)
    if (ph_chat_row_get_id (PH_CHAT_ROW (row)) == id)
      return PH_CHAT_ROW (row);
  return NULL;
}

/* What is chosen in it happens after it has closed. */
static gboolean
menu_closed_idle_cb (gpointer self)
{
  drop_menu (self);
  return G_SOURCE_REMOVE;
}

static void
menu_closed_cb (PhChatList *self)
{
  g_idle_add_full (G_PRIORITY_DEFAULT_IDLE, menu_closed_idle_cb, g_object_ref (self),
                   g_object_unref);
}

static void
menu_action (GtkWidget *widget, const char *name, GVariant *id)
{
  PhChatList *self = PH_CHAT_LIST (widget);
  PhChatRow *row = find_row (self, g_variant_get_int64 (id));
  g_autoptr (PhHistoryChat) chat =
      ph_history_load_chat (self->history, g_variant_get_int64 (id), NULL);
  g_autoptr (GPtrArray) folders = ph_history_list_folders (self->history, NULL);
  g_autoptr (GMenuModel) model = NULL;

  if (row == NULL || chat == NULL || self->menu != NULL)
    return;

  model = ph_chat_menu_new (chat, folders);
  self->menu = g_object_ref_sink (gtk_popover_menu_new_from_model (model));
  gtk_widget_set_parent (self->menu, ph_chat_row_get_menu_button (row));
  g_signal_connect_object (self->menu, "closed", G_CALLBACK (menu_closed_cb), self,
                           G_CONNECT_SWAPPED);
  gtk_popover_popup (GTK_POPOVER (self->menu));
}

static void
begin_rename_action (GtkWidget *widget, const char *name, GVariant *id)
{
  PhChatRow *row = find_row (PH_CHAT_LIST (widget), g_variant_get_int64 (id));

  if (row != NULL)
    ph_chat_row_begin_rename (row);
}

static void
rename_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  gint64 id;
  const char *title;

  g_variant_get (parameter, "(x&s)", &id, &title);
  ph_history_rename_chat (PH_CHAT_LIST (widget)->history, id, title);
}

static void
pin_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  gint64 id;
  gboolean pinned;

  g_variant_get (parameter, "(xb)", &id, &pinned);
  ph_history_pin_chat (PH_CHAT_LIST (widget)->history, id, pinned);
}

static void
move_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  gint64 id;
  const char *folder;

  g_variant_get (parameter, "(x&s)", &id, &folder);
  ph_history_move_chat (PH_CHAT_LIST (widget)->history, id, folder);
}

static void
new_folder_action (GtkWidget *widget, const char *name, GVariant *id)
{
  ph_chat_menu_ask_folder (widget, PH_CHAT_LIST (widget)->history,
                           g_variant_get_int64 (id));
}

static void
delete_action (GtkWidget *widget, const char *name, GVariant *id)
{
  g_signal_emit (widget, signals[DELETE], 0, g_variant_get_int64 (id));
}

/* Puts the name of the group over its first row.  What was found stands by how well it
 * matches. */
static void
update_header (GtkListBoxRow *row, GtkListBoxRow *before, gpointer data)
{
  const char *group = ph_chat_row_get_group (PH_CHAT_ROW (row));
  GtkWidget *header;

  if (*get_words (data) != '\0' ||
      (before != NULL &&
       g_str_equal (group, ph_chat_row_get_group (PH_CHAT_ROW (before))))) {
    gtk_list_box_row_set_header (row, NULL);
    return;
  }

  header = gtk_label_new (group);
  gtk_label_set_xalign (GTK_LABEL (header), 0);
  gtk_widget_add_css_class (header, "caption-heading");
  gtk_widget_add_css_class (header, "dim-label");
  gtk_widget_add_css_class (header, "day");
  gtk_list_box_row_set_header (row, header);
}

static void
ph_chat_list_dispose (GObject *object)
{
  drop_menu (PH_CHAT_LIST (object));
  gtk_widget_dispose_template (GTK_WIDGET (object), PH_TYPE_CHAT_LIST);
  G_OBJECT_CLASS (ph_chat_list_parent_class)->dispose (object);
}

static void
ph_chat_list_finalize (GObject *object)
{
  g_free (PH_CHAT_LIST (object)->shown);
  G_OBJECT_CLASS (ph_chat_list_parent_class)->finalize (object);
}

static void
install_actions (GtkWidgetClass *widget_class)
{
  static const struct {
    const char *name, *parameter;
    GtkWidgetActionActivateFunc activate;
  } actions[] = {
    { "chats.menu", "x", menu_action },
    { "chats.begin-rename", "x", begin_rename_action },
    { "chats.rename", "(xs)", rename_action },
    { "chats.pin", "(xb)", pin_action },
    { "chats.move", "(xs)", move_action },
    { "chats.new-folder", "x", new_folder_action },
    { "chats.delete", "x", delete_action },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (actions); i++)
    gtk_widget_class_install_action (widget_class, actions[i].name, actions[i].parameter,
                                     actions[i].activate);
}

static void
bind_template (GtkWidgetClass *widget_class)
{
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/pinhole/Pinhole/chat-list.ui");
  gtk_widget_class_bind_template_child (widget_class, PhChatList, search);
  gtk_widget_class_bind_template_child (widget_class, PhChatList, folder);
  gtk_widget_class_bind_template_child (widget_class, PhChatList, folder_names);
  gtk_widget_class_bind_template_child (widget_class, PhChatList, pages);
  gtk_widget_class_bind_template_child (widget_class, PhChatList, list);
  gtk_widget_class_bind_template_child (widget_class, PhChatList, older);
  gtk_widget_class_bind_template_callback (widget_class, row_activated_cb);
  gtk_widget_class_bind_template_callback (widget_class, older_clicked_cb);
  gtk_widget_class_bind_template_callback (widget_class, search_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, search_activated_cb);
  gtk_widget_class_bind_template_callback (widget_class, folder_chosen_cb);
}

static void
ph_chat_list_class_init (PhChatListClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ph_chat_list_dispose;
  G_OBJECT_CLASS (klass)->finalize = ph_chat_list_finalize;
  signals[OPEN] =
      g_signal_new ("open", G_OBJECT_CLASS_TYPE (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                    NULL, G_TYPE_NONE, 2, G_TYPE_INT64, G_TYPE_INT64);
  signals[DELETE] =
      g_signal_new ("delete", G_OBJECT_CLASS_TYPE (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                    NULL, NULL, G_TYPE_NONE, 1, G_TYPE_INT64);
  install_actions (widget_class);
  bind_template (widget_class);
}

static void
ph_chat_list_init (PhChatList *self)
{
  self->limit = PAGE;
  gtk_widget_init_template (GTK_WIDGET (self));
  ph_name_list (self->folder, _ ("Folder of chats"));
  gtk_list_box_set_header_func (self->list, update_header, self, NULL);
  gtk_search_entry_set_key_capture_widget (self->search, GTK_WIDGET (self->list));
}
