#include "ui/idle.h"

#include "ui/settings.h"

/* Lives as long as the window. */
typedef struct {
  PhEngine *engine; /* borrowed */
  guint timeout;    /* 0: none runs */
  char *folder;     /* of the model that was closed, or NULL */
} Idle;

static gboolean
close_model_cb (gpointer data)
{
  Idle *self = data;
  PhModelFacts *model = ph_engine_get_model (self->engine);

  self->timeout = 0;
  if (model != NULL && ph_engine_get_state (self->engine) == PH_ENGINE_READY) {
    self->folder = g_strdup (model->info.folder);
    ph_engine_unload (self->engine);
  }
  return G_SOURCE_REMOVE;
}

static void
reopen_model (Idle *self)
{
  if (self->folder != NULL && ph_engine_get_model (self->engine) == NULL &&
      ph_engine_get_state (self->engine) != PH_ENGINE_LOADING)
    ph_engine_load (self->engine, self->folder);
  g_clear_pointer (&self->folder, g_free);
}

static void
restart (Idle *self)
{
  guint seconds = (guint) ph_settings_get_int ("idle-unload-seconds");

  g_clear_handle_id (&self->timeout, g_source_remove);
  if (seconds > 0)
    self->timeout = g_timeout_add_seconds (seconds, close_model_cb, self);
}

static gboolean
event_cb (GtkEventControllerLegacy *controller, GdkEvent *event, Idle *self)
{
  switch (gdk_event_get_event_type (event)) {
  case GDK_KEY_PRESS:
  case GDK_BUTTON_PRESS:
  case GDK_TOUCH_BEGIN:
  case GDK_SCROLL:
    reopen_model (self);
    restart (self);
    break;
  default:
    break;
  }
  return GDK_EVENT_PROPAGATE;
}

static void
setting_changed_cb (gpointer window)
{
  restart (g_object_get_data (window, "idle"));
}

static void
idle_free (gpointer data)
{
  Idle *self = data;

  g_clear_handle_id (&self->timeout, g_source_remove);
  g_free (self->folder);
  g_free (self);
}

void
ph_idle_follow (GtkWidget *window, PhEngine *engine)
{
  GtkEventController *controller = gtk_event_controller_legacy_new ();
  Idle *self = g_new0 (Idle, 1);

  self->engine = engine;
  g_object_set_data_full (G_OBJECT (window), "idle", self, idle_free);
  gtk_event_controller_set_propagation_phase (controller, GTK_PHASE_CAPTURE);
  g_signal_connect (controller, "event", G_CALLBACK (event_cb), self);
  gtk_widget_add_controller (window, controller);
  ph_settings_watch ("idle-unload-seconds", window, setting_changed_cb);
}
