#include "ui/application-private.h"

#include "core/engine/catalogue.h"
#include "ui/cleanup.h"
#include "ui/settings.h"
#include "ui/window.h"

#include <glib/gi18n.h>

G_DEFINE_FINAL_TYPE (PhApplication, ph_application, ADW_TYPE_APPLICATION)

static PhWindow *
make_window (PhApplication *self)
{
  PhWindow *window = ph_window_new (GTK_APPLICATION (self), self->engine, self->history);

  if (self->model_problem != NULL)
    ph_window_set_model_problem (window, self->model_problem);
  return window;
}

static void
show_any_scene (PhApplication *self, PhWindow *window)
{
  int number = self->scene > 0 ? self->scene : g_random_int_range (1, 10000);

  ph_window_show_scene (window, (unsigned) number);
}

static void
ph_application_activate (GApplication *application)
{
  PhApplication *self = PH_APPLICATION (application);
  GtkWindow *window = gtk_application_get_active_window (GTK_APPLICATION (self));

  if (window == NULL) {
    window = GTK_WINDOW (make_window (self));
    show_any_scene (self, PH_WINDOW (window));
  }
  gtk_window_present (window);
}

/* A scene stands there until the picture does, or in place of one that is refused. */
static void
ph_application_open (GApplication *application,
                     GFile **files,
                     int n_files,
                     const char *hint)
{
  GtkWindow *window;

  ph_application_activate (application);
  window = gtk_application_get_active_window (GTK_APPLICATION (application));
  for (int i = 0; i < n_files; i++) {
    g_autofree char *path = g_file_get_path (files[i]);

    if (path != NULL)
      ph_window_open_path (PH_WINDOW (window), path);
  }
}

/* The one that was opened last, where it still is. */
static char *
dup_last_model (void)
{
  g_autofree char *folder = ph_settings_dup_string ("last-model");

  return g_file_test (folder, G_FILE_TEST_IS_DIR) ? g_steal_pointer (&folder) : NULL;
}

static void
load_model (PhApplication *self)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *builtin = NULL;

  if (self->model_folder == NULL)
    self->model_folder = dup_last_model ();
  if (self->model_folder != NULL) {
    ph_engine_load (self->engine, self->model_folder);
    return;
  }
  builtin = ph_catalogue_find_builtin (&error);
  if (builtin != NULL)
    ph_engine_load (self->engine, builtin);
  else
    self->model_problem = g_strdup (error->message);
}

/* The built-in one is no choice: where it lies may change with the program. */
static void
remember_model_cb (PhEngine *engine)
{
  PhModelFacts *model = ph_engine_get_model (engine);
  g_autofree char *builtin = ph_catalogue_find_builtin (NULL);

  if (model != NULL)
    ph_settings_set_string ("last-model", g_strcmp0 (builtin, model->info.folder) == 0
                                              ? ""
                                              : model->info.folder);
}

static void
apply_color_scheme_cb (gpointer application)
{
  static const AdwColorScheme schemes[] = { ADW_COLOR_SCHEME_DEFAULT,
                                            ADW_COLOR_SCHEME_FORCE_LIGHT,
                                            ADW_COLOR_SCHEME_FORCE_DARK };
  int choice = ph_settings_get_enum ("color-scheme");

  adw_style_manager_set_color_scheme (adw_style_manager_get_default (), schemes[choice]);
}

static void
ph_application_startup (GApplication *application)
{
  PhApplication *self = PH_APPLICATION (application);

  G_APPLICATION_CLASS (ph_application_parent_class)->startup (application);
  gtk_window_set_default_icon_name (PH_APPLICATION_ID);
  ph_settings_watch ("color-scheme", self, apply_color_scheme_cb);
  ph_application_add_actions (self);
  self->engine = ph_engine_new ();
  self->history = ph_history_open (self->history_path);
  ph_cleanup_schedule (self->history);
  load_model (self);
  g_signal_connect (self->engine, "notify::model-name", G_CALLBACK (remember_model_cb),
                    NULL);
}

/* The engine ends before the history, which may still have its last words to write. */
static void
ph_application_shutdown (GApplication *application)
{
  PhApplication *self = PH_APPLICATION (application);

  ph_application_close_windows (self);
  g_clear_object (&self->engine);
  g_clear_pointer (&self->history, ph_history_free);
  G_APPLICATION_CLASS (ph_application_parent_class)->shutdown (application);
}

/* What a running program could not follow makes a program of its own. */
static gboolean
asks_for_own_instance (GVariantDict *options)
{
  static const char *const own[] = { "new-instance", "history", "model", "scene" };

  for (gsize i = 0; i < G_N_ELEMENTS (own); i++)
    if (g_variant_dict_contains (options, own[i]))
      return TRUE;
  return FALSE;
}

/* Before GTK looks for a display by itself, and ends the program without a hint. */
static int
ph_application_handle_local_options (GApplication *application, GVariantDict *options)
{
  PhApplication *self = PH_APPLICATION (application);

  if (g_variant_dict_contains (options, "version")) {
    g_print ("pinhole %s\n", PINHOLE_VERSION);
    return 0;
  }
  if (!gtk_init_check ()) {
    g_printerr (
        "%s",
        _ ("pinhole: there is no display to open a window on; pinhole-cli answers in a "
           "terminal\n"));
    return 1;
  }

  if (asks_for_own_instance (options))
    g_application_set_flags (application, g_application_get_flags (application) |
                                              G_APPLICATION_NON_UNIQUE);
  g_variant_dict_lookup (options, "history", "^ay", &self->history_path);
  g_variant_dict_lookup (options, "model", "^ay", &self->model_folder);
  g_variant_dict_lookup (options, "scene", "i", &self->scene);
  return -1;
}

static void
ph_application_finalize (GObject *object)
{
  PhApplication *self = PH_APPLICATION (object);

  g_free (self->history_path);
  g_free (self->model_folder);
  g_free (self->model_problem);
  G_OBJECT_CLASS (ph_application_parent_class)->finalize (object);
}

static void
ph_application_class_init (PhApplicationClass *klass)
{
  GApplicationClass *application_class = G_APPLICATION_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = ph_application_finalize;
  application_class->activate = ph_application_activate;
  application_class->open = ph_application_open;
  application_class->startup = ph_application_startup;
  application_class->shutdown = ph_application_shutdown;
  application_class->handle_local_options = ph_application_handle_local_options;
}

static void
ph_application_init (PhApplication *self)
{
  static const GOptionEntry options[] = {
    { .long_name = "history",
      .arg = G_OPTION_ARG_FILENAME,
      .description = N_ ("Keep the chats in FILE"),
      .arg_description = N_ ("FILE") },
    { .long_name = "model",
      .arg = G_OPTION_ARG_FILENAME,
      .description = N_ ("Open the model in FOLDER instead of the built-in one"),
      .arg_description = N_ ("FOLDER") },
    { .long_name = "new-instance",
      .arg = G_OPTION_ARG_NONE,
      .description = N_ ("Do not open PICTUREs in the program that is running") },
    { .long_name = "scene",
      .arg = G_OPTION_ARG_INT,
      .description = N_ ("Begin with the drawn scene of that NUMBER, from 1"),
      .arg_description = N_ ("NUMBER") },
    { .long_name = "version",
      .arg = G_OPTION_ARG_NONE,
      .description = N_ ("Print the version") },
    { NULL },
  };

  g_application_add_main_option_entries (G_APPLICATION (self), options);
  g_application_set_option_context_parameter_string (G_APPLICATION (self), "[PICTURE…]");
}

PhApplication *
ph_application_new (void)
{
  return g_object_new (PH_TYPE_APPLICATION, "application-id", PH_APPLICATION_ID, "flags",
                       G_APPLICATION_HANDLES_OPEN, NULL);
}
