#include "ui/window-private.h"

#include "core/history/export.h"

#include <glib/gi18n.h>

/* Chats leave the history as files and come back.  That takes as long as the disk does,
 * so it is done on a thread; the program does not end before it is. */
typedef struct {
  PhHistory *history;
  char *path;
  int64_t chat;
  bool (*work) (PhHistory *history, int64_t chat, const char *path, GError **error);
} Transfer;

static void
transfer_free (Transfer *self)
{
  g_free (self->path);
  g_free (self);
}

static void
transfer_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Transfer *self = data;
  GError *error = NULL;

  if (self->work != NULL
          ? self->work (self->history, self->chat, self->path, &error)
          : ph_history_import (self->history, self->path, &self->chat, &error) &&
                ph_history_flush (self->history, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
say (PhWindow *self, const char *sentence)
{
  g_autofree char *markup = g_markup_escape_text (sentence, -1);
  AdwToast *toast = adw_toast_new (markup);

  adw_toast_set_timeout (toast, 10);
  adw_toast_overlay_add_toast (self->toasts, toast);
}

static void
transferred_cb (GObject *source, GAsyncResult *result, gpointer application)
{
  PhWindow *self = PH_WINDOW (source);
  Transfer *transfer = g_task_get_task_data (G_TASK (result));
  g_autofree char *name = g_filename_display_basename (transfer->path);
  g_autofree char *sentence = NULL;
  g_autoptr (GError) error = NULL;

  if (!g_task_propagate_boolean (G_TASK (result), &error))
    sentence = g_strdup (error->message);
  else if (transfer->work != NULL)
    sentence = g_strdup_printf (_ ("Exported to %s"), name);

  if (self->history != NULL && sentence != NULL)
    say (self, sentence);
  else if (self->history != NULL)
    ph_window_open_chat (self, transfer->chat);
  g_application_release (application);
  g_object_unref (application);
}

/* Takes @transfer. */
static void
begin (PhWindow *self, Transfer *transfer)
{
  GApplication *application =
      G_APPLICATION (gtk_window_get_application (GTK_WINDOW (self)));
  g_autoptr (GTask) task =
      g_task_new (self, NULL, transferred_cb, g_object_ref (application));

  g_application_hold (application);
  g_task_set_task_data (task, transfer, (GDestroyNotify) transfer_free);
  g_task_run_in_thread (task, transfer_thread);
}

static void
chosen_cb (GtkFileChooserNative *chooser, int response, PhWindow *self)
{
  g_autoptr (GFile) file = NULL;
  Transfer *transfer = g_object_steal_data (G_OBJECT (chooser), "transfer");

  if (response == GTK_RESPONSE_ACCEPT)
    file = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (chooser));
  transfer->path = file != NULL ? g_file_get_path (file) : NULL;

  if (transfer->path != NULL)
    begin (self, transfer);
  else
    transfer_free (transfer);
  g_clear_object (&self->chooser);
}

/* Takes @chooser and @transfer. */
static void
choose (PhWindow *self, GtkFileChooserNative *chooser, Transfer *transfer)
{
  self->chooser = chooser;
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (chooser), TRUE);
  g_object_set_data_full (G_OBJECT (chooser), "transfer", transfer,
                          (GDestroyNotify) transfer_free);
  g_signal_connect (chooser, "response", G_CALLBACK (chosen_cb), self);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (chooser));
}

/* "What is left of the tree": what a file may be called after. */
static char *
dup_file_name (const char *title, const char *extension)
{
  g_autofree char *name = g_strdup (title);

  g_strdelimit (name, "/\\:*?\"<>|\n\t", ' ');
  g_strstrip (name);
  while (g_str_has_suffix (name, "."))
    name[strlen (name) - 1] = '\0';
  return g_strconcat (*name != '\0' && *name != '.' ? name : _ ("Chat"), extension, NULL);
}

void
ph_window_export_chat (PhWindow *self, int64_t id, const char *format)
{
  bool is_json = g_str_equal (format, "json");
  g_autoptr (GError) error = NULL;
  g_autoptr (PhHistoryChat) chat = ph_history_load_chat (self->history, id, &error);
  g_autofree char *name = NULL;
  GtkFileChooserNative *chooser;
  Transfer *transfer;

  if (self->chooser != NULL)
    return;
  if (chat == NULL) {
    say (self, error->message);
    return;
  }

  transfer = g_new0 (Transfer, 1);
  transfer->history = self->history;
  transfer->chat = id;
  transfer->work = is_json ? ph_history_export_json : ph_history_export_markdown;
  name = dup_file_name (chat->title, is_json ? ".json" : "");
  chooser = gtk_file_chooser_native_new (
      is_json ? _ ("Export the Chat") : _ ("Export the Chat into a New Folder"),
      GTK_WINDOW (self), GTK_FILE_CHOOSER_ACTION_SAVE, _ ("_Export"), _ ("_Cancel"));
  gtk_file_chooser_set_current_name (GTK_FILE_CHOOSER (chooser), name);
  choose (self, chooser, transfer);
}

void
ph_window_import_chat (PhWindow *self)
{
  g_autoptr (GtkFileFilter) filter = gtk_file_filter_new ();
  GtkFileChooserNative *chooser;
  Transfer *transfer;

  if (self->chooser != NULL)
    return;

  transfer = g_new0 (Transfer, 1);
  transfer->history = self->history;
  chooser = gtk_file_chooser_native_new (_ ("Import a Chat"), GTK_WINDOW (self),
                                         GTK_FILE_CHOOSER_ACTION_OPEN, _ ("_Import"),
                                         _ ("_Cancel"));
  gtk_file_filter_set_name (filter, _ ("Exported chats (JSON)"));
  gtk_file_filter_add_suffix (filter, "json");
  gtk_file_chooser_add_filter (GTK_FILE_CHOOSER (chooser), filter);
  choose (self, chooser, transfer);
}
