#include "ui/chat-menu.h"

#include <adwaita.h>
#include <glib/gi18n.h>

/* Takes @target. */
static void
append (GMenu *menu, const char *label, const char *action, GVariant *target)
{
  g_autoptr (GMenuItem) item = g_menu_item_new (label, NULL);

  g_menu_item_set_action_and_target_value (item, action, target);
  g_menu_append_item (menu, item);
}

static void
append_section (GMenu *menu, GMenu *section)
{
  g_menu_append_section (menu, NULL, G_MENU_MODEL (section));
}

/* A folder's name is shown as it is: an underscore in it marks no key. */
static char *
dup_plain_label (const char *text)
{
  g_auto (GStrv) parts = g_strsplit (text, "_", -1);

  return g_strjoinv ("__", parts);
}

static GMenu *
make_folders (const PhHistoryChat *chat, GPtrArray *folders)
{
  GMenu *menu = g_menu_new ();
  g_autoptr (GMenu) names = g_menu_new ();
  g_autoptr (GMenu) others = g_menu_new ();

  for (guint i = 0; folders != NULL && i < folders->len; i++) {
    const char *folder = g_ptr_array_index (folders, i);
    g_autofree char *label = dup_plain_label (folder);

    if (g_strcmp0 (folder, chat->folder) != 0)
      append (names, label, "chats.move", g_variant_new ("(xs)", chat->id, folder));
  }
  append (others, _ ("_New Folder…"), "chats.new-folder", g_variant_new_int64 (chat->id));
  if (chat->folder != NULL)
    append (others, _ ("_Out of Its Folder"), "chats.move",
            g_variant_new ("(xs)", chat->id, ""));
  append_section (menu, names);
  append_section (menu, others);
  return menu;
}

static GMenu *
make_exports (const PhHistoryChat *chat)
{
  GMenu *menu = g_menu_new ();

  append (menu, _ ("_Markdown with Pictures…"), "win.export-chat",
          g_variant_new ("(xs)", chat->id, "markdown"));
  append (menu, _ ("_JSON, to Be Imported…"), "win.export-chat",
          g_variant_new ("(xs)", chat->id, "json"));
  return menu;
}

GMenuModel *
ph_chat_menu_new (const PhHistoryChat *chat, GPtrArray *folders)
{
  g_autoptr (GMenu) first = g_menu_new (), second = g_menu_new (), last = g_menu_new ();
  g_autoptr (GMenu) folder_menu = make_folders (chat, folders);
  g_autoptr (GMenu) exports = make_exports (chat);
  GMenu *menu = g_menu_new ();

  append (first, _ ("_Rename"), "chats.begin-rename", g_variant_new_int64 (chat->id));
  append (first, chat->pinned ? _ ("Un_pin") : _ ("_Pin"), "chats.pin",
          g_variant_new ("(xb)", chat->id, !chat->pinned));
  g_menu_append_submenu (first, _ ("_Folder"), G_MENU_MODEL (folder_menu));
  g_menu_append_submenu (second, _ ("_Export"), G_MENU_MODEL (exports));
  append (last, _ ("_Delete"), "chats.delete", g_variant_new_int64 (chat->id));
  append_section (menu, first);
  append_section (menu, second);
  append_section (menu, last);
  return G_MENU_MODEL (menu);
}

/* The dialog for a new folder */

typedef struct {
  PhHistory *history;
  int64_t chat;
  GtkEditable *entry;
} Asking;

static void
answered_cb (AdwMessageDialog *dialog, const char *response, Asking *asking)
{
  g_autofree char *name = g_strdup (gtk_editable_get_text (asking->entry));

  if (g_str_equal (response, "move") && *g_strstrip (name) != '\0')
    ph_history_move_chat (asking->history, asking->chat, name);
}

static void
name_changed_cb (GtkEditable *entry, AdwMessageDialog *dialog)
{
  g_autofree char *name = g_strdup (gtk_editable_get_text (entry));

  adw_message_dialog_set_response_enabled (dialog, "move", *g_strstrip (name) != '\0');
}

static GtkWidget *
make_entry (AdwMessageDialog *dialog)
{
  GtkWidget *entry = gtk_entry_new ();

  gtk_entry_set_activates_default (GTK_ENTRY (entry), TRUE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (entry), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Name of the folder"), -1);
  g_signal_connect (entry, "changed", G_CALLBACK (name_changed_cb), dialog);
  adw_message_dialog_set_extra_child (dialog, entry);
  return entry;
}

void
ph_chat_menu_ask_folder (GtkWidget *parent, PhHistory *history, int64_t chat)
{
  GtkWindow *window = GTK_WINDOW (gtk_widget_get_root (parent));
  AdwMessageDialog *dialog =
      ADW_MESSAGE_DIALOG (adw_message_dialog_new (window, _ ("New Folder"), NULL));
  Asking *asking = g_new (Asking, 1);

  adw_message_dialog_add_responses (dialog, "cancel", _ ("_Cancel"), "move",
                                    _ ("_Move Here"), NULL);
  adw_message_dialog_set_response_appearance (dialog, "move", ADW_RESPONSE_SUGGESTED);
  adw_message_dialog_set_response_enabled (dialog, "move", FALSE);
  adw_message_dialog_set_default_response (dialog, "move");
  adw_message_dialog_set_close_response (dialog, "cancel");
  *asking = (Asking){ history, chat, GTK_EDITABLE (make_entry (dialog)) };
  g_signal_connect_data (dialog, "response", G_CALLBACK (answered_cb), asking,
                         (GClosureNotify) (GCallback) g_free, 0);
  gtk_window_present (GTK_WINDOW (dialog));
}
