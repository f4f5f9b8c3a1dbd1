#include "ui/window-private.h"

#include "core/scenes/questions.h"
#include "core/scenes/render.h"
#include "ui/incoming.h"
#include "ui/screenshot.h"

#include <glib/gi18n.h>

#define SCENE_SIDE 448   /* pixels */
#define MOST_SCENES 9999 /* numbers that are still read aloud */
#define N_SUGGESTIONS 3

static void
show_problem (PhWindow *self, const char *sentence)
{
  ph_picture_pane_set_problem (self->picture_pane, sentence);
}

/* --- where a picture goes --- */

/* Takes the place of a drawing nobody has asked about yet, joins the others of the chat
 * otherwise. */
void
ph_window_add_plate (PhWindow *self, PhPlate *plate)
{
  PhPlate *before = ph_chat_get_current (self->chat);
  gboolean replaces =
      ph_chat_is_empty (self->chat) && before != NULL && ph_plate_is_drawn (before);

  ph_picture_pane_set_problem (self->picture_pane, NULL);
  ph_chat_add_plate (self->chat, plate);
  if (replaces)
    ph_chat_remove_plate (self->chat, before);
  if (!ph_chat_is_empty (self->chat))
    ph_window_offer_new_chat (self, plate);
}

static void
suggest (PhWindow *self, const char *const *texts)
{
  ph_picture_pane_set_suggestions (self->picture_pane,
                                   ph_chat_is_empty (self->chat) ? texts : NULL);
}

/* --- files, the clipboard, drops --- */

typedef struct {
  PhWindow *window; /* a reference */
  PhChat *chat;     /* a reference: it may have been left meanwhile */
  char *name;
} Opening;

static void
opened_cb (PhPicture *picture, const GError *error, gpointer data)
{
  static const char *const suggestions[] = { N_ ("Describe the picture."),
                                             N_ ("How many things are there?"), NULL };
  Opening *opening = data;
  PhWindow *self = opening->window;

  if (opening->chat == self->chat && picture != NULL) {
    g_autoptr (PhPlate) plate = ph_plate_new (picture, opening->name);

    ph_window_add_plate (self, plate);
    suggest (self, suggestions);
  } else if (opening->chat == self->chat) {
    show_problem (self, error->message);
  }
  g_object_unref (self);
  g_object_unref (opening->chat);
  g_free (opening->name);
  g_free (opening);
}

static Opening *
begin_opening (PhWindow *self, const char *name)
{
  Opening *opening = g_new (Opening, 1);

  *opening = (Opening){ g_object_ref (self), g_object_ref (self->chat), g_strdup (name) };
  return opening;
}

void
ph_window_open_path (PhWindow *self, const char *path)
{
  g_autofree char *name = g_filename_display_basename (path);

  ph_engine_open_picture (self->engine, path, opened_cb, begin_opening (self, name));
}

static void
arrived_cb (const char *const *paths, GBytes *bytes, const GError *error, gpointer data)
{
  g_autoptr (PhWindow) self = data;

  if (self->history == NULL)
    return; /* closed meanwhile */
  for (; paths != NULL && *paths != NULL; paths++)
    ph_window_open_path (self, *paths);
  if (bytes != NULL)
    ph_engine_open_picture_bytes (self->engine, bytes, opened_cb,
                                  begin_opening (self, _ ("Pasted picture")));
  if (error != NULL)
    show_problem (self, error->message);
}

gboolean
ph_window_paste (PhWindow *self)
{
  GdkClipboard *clipboard = gtk_widget_get_clipboard (GTK_WIDGET (self));

  if (ph_incoming_read_clipboard (clipboard, arrived_cb, self)) {
    g_object_ref (self);
    return TRUE;
  }
  return FALSE;
}

static gboolean
dropped_cb (GtkDropTargetAsync *target, GdkDrop *drop, double x, double y, PhWindow *self)
{
  ph_incoming_read_drop (drop, arrived_cb, g_object_ref (self));
  return TRUE;
}

void
ph_window_accept_drops (PhWindow *self)
{
  GtkDropTargetAsync *target =
      gtk_drop_target_async_new (ph_incoming_dup_formats (), GDK_ACTION_COPY);

  g_signal_connect (target, "drop", G_CALLBACK (dropped_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (target));
}

static void
screenshot_cb (const char *path, const GError *error, gpointer data)
{
  g_autoptr (PhWindow) self = data;

  if (self->history == NULL)
    return;
  if (path != NULL)
    ph_window_open_path (self, path);
  else if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    show_problem (self, error->message);
}

void
ph_window_take_screenshot (PhWindow *self)
{
  ph_screenshot_take (screenshot_cb, g_object_ref (self));
}

/* --- the file chooser --- */

static void
open_files (PhWindow *self, GListModel *files)
{
  for (guint i = 0; i < g_list_model_get_n_items (files); i++) {
    g_autoptr (GFile) file = g_list_model_get_item (files, i);
    g_autofree char *path = g_file_get_path (file);

    if (path != NULL)
      ph_window_open_path (self, path);
    else
      show_problem (self, _ ("what was chosen is not a file on this machine"));
  }
}

static void
chosen_cb (GtkFileChooserNative *chooser, int response, PhWindow *self)
{
  if (response == GTK_RESPONSE_ACCEPT) {
    g_autoptr (GListModel) files =
        gtk_file_chooser_get_files (GTK_FILE_CHOOSER (chooser));

    open_files (self, files);
  }
  g_clear_object (&self->chooser);
}

static void
add_filter (GtkFileChooser *chooser)
{
  g_autoptr (GtkFileFilter) filter = gtk_file_filter_new ();

  gtk_file_filter_set_name (filter, _ ("Pictures"));
  gtk_file_filter_add_mime_type (filter, "image/*");
  gtk_file_chooser_add_filter (chooser, filter);
}

void
ph_window_choose_file (PhWindow *self)
{
  if (self->chooser != NULL)
    return;

  self->chooser = gtk_file_chooser_native_new (_ ("Open Pictures"), GTK_WINDOW (self),
                                               GTK_FILE_CHOOSER_ACTION_OPEN, _ ("_Open"),
                                               _ ("_Cancel"));
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (self->chooser), TRUE);
  gtk_file_chooser_set_select_multiple (GTK_FILE_CHOOSER (self->chooser), TRUE);
  add_filter (GTK_FILE_CHOOSER (self->chooser));
  g_signal_connect (self->chooser, "response", G_CALLBACK (chosen_cb), self);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}

/* --- drawn scenes --- */

/* One question from each third of the list, which is ordered by family. */
static void
choose_suggestions (GPtrArray *questions, PhRandom *random, const char **texts)
{
  guint n = MIN (questions->len, N_SUGGESTIONS);

  for (guint i = 0; i < n; i++) {
    guint first = questions->len * i / n;
    guint end = questions->len * (i + 1) / n;
    guint index = first + (guint) ph_random_below (random, (int) (end - first));
    const PhQuestion *question = g_ptr_array_index (questions, index);

    texts[i] = question->text;
  }
}

void
ph_window_show_scene (PhWindow *self, unsigned number)
{
  uint64_t seed = ph_scene_seed_held_out (number, 0);
  g_autofree char *name = g_strdup_printf (_ ("Scene %u"), number);
  g_autoptr (PhPicture) picture = NULL;
  g_autoptr (PhPlate) plate = NULL;
  g_autoptr (GPtrArray) questions = NULL;
  const char *texts[N_SUGGESTIONS + 1] = { NULL };
  PhScene scene;
  PhRandom random;

  ph_scene_draw (&scene, NULL, seed);
  picture = ph_scene_render (&scene, SCENE_SIDE);
  ph_random_start (&random, seed, 1);
  questions = ph_questions_of (&scene, &random);
  choose_suggestions (questions, &random, texts);

  plate = ph_plate_new (picture, name);
  ph_plate_set_drawn (plate, TRUE);
  ph_window_add_plate (self, plate);
  suggest (self, texts);
}

void
ph_window_show_new_scene (PhWindow *self)
{
  ph_window_show_scene (self, (unsigned) g_random_int_range (1, MOST_SCENES + 1));
}
