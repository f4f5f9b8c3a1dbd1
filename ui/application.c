#include "ui/application.h"

#include "core/engine/catalogue.h"
#include "ui/window.h"

#define ID "org.pinhole.Pinhole"

struct _PhApplication {
  AdwApplication parent_instance;

  /* Owned */
  PhEngine *engine;
  PhHistory *history;
  char *history_path; /* NULL: the user's own */
  char *model_folder; /* NULL: the built-in one */
  char *model_problem;

  int scene; /* number of the first one; 0: any */
};

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
  PhApplication *self = PH_APPLICATION (application);
  g_autofree char *path = g_file_get_path (files[0]);
  GtkWindow *window;

  ph_application_activate (application);
  window = gtk_application_get_active_window (GTK_APPLICATION (self));
  if (path != NULL)
    ph_window_open_path (PH_WINDOW (window), path);
}

static void
load_model (PhApplication *self)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *builtin = NULL;

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

static void
quit_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  GList *windows;

  while ((windows = gtk_application_get_windows (data)) != NULL)
    gtk_window_destroy (windows->data);
}

static void
about_action (GSimpleAction *action, GVariant *parameter, gpointer data)
{
  adw_show_about_window (gtk_application_get_active_window (data), "application-name",
                         "Pinhole", "application-icon", ID, "version", PINHOLE_VERSION,
                         "developer-name", "The Pinhole authors", "comments",
                         "Ask about a picture, read the answer as it is written, and see "
                         "what the queries of the Q-Former looked at. Everything runs on "
                         "this machine.",
                         NULL);
}

static void
add_actions (PhApplication *self)
{
  static const GActionEntry actions[] = {
    { .name = "quit", .activate = quit_action },
    { .name = "about", .activate = about_action },
  };
  static const struct {
    const char *action;
    const char *keys[3];
  } shortcuts[] = {
    { "app.quit", { "<Control>q" } },
    { "window.close", { "<Control>w" } },
    { "win.open", { "<Control>o" } },
    { "win.paste", { "<Control>v" } },
    { "win.open-model", { "<Control><Shift>o" } },
    { "win.show-models", { "<Control>m" } },
    { "win.new-scene", { "<Control><Shift>n" } },
    { "win.new-chat", { "<Control>n" } },
    { "win.copy-answer", { "<Control><Shift>c" } },
    { "win.focus-question", { "<Control>l" } },
    { "win.toggle-chats", { "F9" } },
    { "win.toggle-inspector", { "F8" } },
    { "win.escape", { "Escape" } },
  };

  g_action_map_add_action_entries (G_ACTION_MAP (self), actions, G_N_ELEMENTS (actions),
                                   self);
  for (gsize i = 0; i < G_N_ELEMENTS (shortcuts); i++)
    gtk_application_set_accels_for_action (GTK_APPLICATION (self), shortcuts[i].action,
                                           shortcuts[i].keys);
}

static void
ph_application_startup (GApplication *application)
{
  PhApplication *self = PH_APPLICATION (application);

  G_APPLICATION_CLASS (ph_application_parent_class)->startup (application);
  gtk_window_set_default_icon_name (ID);
  add_actions (self);
  self->engine = ph_engine_new ();
  self->history = ph_history_open (self->history_path);
  load_model (self);
}

/* The engine ends before the history, which may still have its last words to write. */
static void
ph_application_shutdown (GApplication *application)
{
  PhApplication *self = PH_APPLICATION (application);

  quit_action (NULL, NULL, self);
  g_clear_object (&self->engine);
  g_clear_pointer (&self->history, ph_history_free);
  G_APPLICATION_CLASS (ph_application_parent_class)->shutdown (application);
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
        "pinhole: there is no display to open a window on; pinhole-cli answers in a "
        "terminal\n");
    return 1;
  }

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
      .description = "Keep the chats in FILE",
      .arg_description = "FILE" },
    { .long_name = "model",
      .arg = G_OPTION_ARG_FILENAME,
      .description = "Open the model in FOLDER instead of the built-in one",
      .arg_description = "FOLDER" },
    { .long_name = "scene",
      .arg = G_OPTION_ARG_INT,
      .description = "Begin with the drawn scene of that NUMBER, from 1",
      .arg_description = "NUMBER" },
    { .long_name = "version",
      .arg = G_OPTION_ARG_NONE,
      .description = "Print the version" },
    { NULL },
  };

  g_application_add_main_option_entries (G_APPLICATION (self), options);
  g_application_set_option_context_parameter_string (G_APPLICATION (self), "[PICTURE]");
}

PhApplication *
ph_application_new (void)
{
  return g_object_new (PH_TYPE_APPLICATION, "application-id", ID, "flags",
                       G_APPLICATION_NON_UNIQUE | G_APPLICATION_HANDLES_OPEN, NULL);
}
