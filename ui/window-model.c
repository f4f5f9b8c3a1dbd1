#include "ui/window-private.h"

#include "core/engine/catalogue.h"

static const char hint_none[] = "No model is open. The menu in the title opens one.";
static const char hint_builtin[] = "The built-in model knows drawings of simple things: "
                                   "their kinds, colors, numbers and "
                                   "places. It does not know photographs.";
static const char hint_other[] = "Ask about the picture, and see where the model looked.";
static const char hint_compares[] =
    "This model compares pictures with texts and writes none, so it cannot be asked. "
    "pinhole-cli match ranks texts for a picture with it.";

static gboolean
is_builtin (const PhModelFacts *model)
{
  g_autofree char *builtin = ph_catalogue_find_builtin (NULL);

  return g_strcmp0 (builtin, model->info.folder) == 0;
}

static const char *
choose_hint (const PhModelFacts *model)
{
  if (model == NULL)
    return hint_none;
  if (!model->answers)
    return hint_compares;
  return is_builtin (model) ? hint_builtin : hint_other;
}

void
ph_window_update_composer (PhWindow *self)
{
  const PhModelFacts *model = ph_engine_get_model (self->engine);
  gboolean has_picture = ph_chat_get_picture (self->chat) != NULL;

  ph_composer_set_can_ask (self->composer,
                           has_picture && (model == NULL || model->answers));
}

/* What is refused beside an open model is told in the menu alone: questions go on. */
void
ph_window_show_model (PhWindow *self)
{
  const PhModelFacts *model = ph_engine_get_model (self->engine);
  PhEngineState state = ph_engine_get_state (self->engine);
  const char *name = model != NULL ? model->info.name : "No model";

  if (state == PH_ENGINE_LOADING)
    name = "Opening the model…";
  adw_window_title_set_subtitle (self->title, name);
  if (state != PH_ENGINE_EMPTY)
    ph_composer_set_problem (self->composer,
                             model == NULL ? ph_engine_get_problem (self->engine) : NULL);
  ph_composer_set_model (self->composer, ph_engine_get_model (self->engine));
  if (model != NULL || state != PH_ENGINE_LOADING)
    ph_conversation_set_hint (self->conversation, choose_hint (model));
  ph_window_update_composer (self);
}

/* --- the folder chooser --- */

static void
open_folder (PhWindow *self, GFile *folder)
{
  g_autofree char *path = g_file_get_path (folder);

  if (path != NULL)
    ph_model_menu_open (self->models, path);
  else
    ph_model_menu_set_problem (self->models,
                               "what was chosen is not a folder on this machine");
  gtk_menu_button_popup (self->model_button);
}

static void
chosen_cb (GtkFileChooserNative *chooser, int response, PhWindow *self)
{
  g_autoptr (GFile) folder = NULL;

  if (response == GTK_RESPONSE_ACCEPT)
    folder = gtk_file_chooser_get_file (GTK_FILE_CHOOSER (chooser));
  if (folder != NULL)
    open_folder (self, folder);
  g_clear_object (&self->chooser);
}

void
ph_window_choose_model (PhWindow *self)
{
  if (self->chooser != NULL)
    return;

  gtk_menu_button_popdown (self->model_button);
  self->chooser = gtk_file_chooser_native_new ("Open a Model's Folder", GTK_WINDOW (self),
                                               GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER,
                                               "_Open", "_Cancel");
  gtk_native_dialog_set_modal (GTK_NATIVE_DIALOG (self->chooser), TRUE);
  g_signal_connect (self->chooser, "response", G_CALLBACK (chosen_cb), self);
  gtk_native_dialog_show (GTK_NATIVE_DIALOG (self->chooser));
}
