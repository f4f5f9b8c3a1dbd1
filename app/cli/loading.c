#include "app/cli/loading.h"

#include "app/cli/command.h"
#include "app/cli/progress.h"
#include "core/base/memory.h"

#include <glib-unix.h>

/* What is over before that needs no line. */
#define PATIENCE (G_USEC_PER_SEC / 3)

typedef struct {
  PhProgressLine line;
  gint64 began;
} Loading;

static void
progress_cb (PhLoad *load, GParamSpec *pspec, gpointer data)
{
  Loading *self = data;
  uint64_t n_done = ph_load_get_n_done (load), n_bytes = ph_load_get_n_bytes (load);
  g_autofree char *done = ph_bytes_text (n_done);
  g_autofree char *all = ph_bytes_text (n_bytes);
  g_autofree char *note = g_strdup_printf ("%s of %s", done, all);

  if (self->line.is_terminal && g_get_monotonic_time () - self->began > PATIENCE)
    ph_progress_show (&self->line, n_done, n_bytes, note);
}

static gboolean
interrupt_cb (gpointer data)
{
  ph_load_cancel (data);
  return G_SOURCE_CONTINUE;
}

PhLoadState
ph_loading_run (PhEngine *engine, const char *folder)
{
  g_autoptr (PhLoad) load = ph_engine_begin_load (engine, folder, PH_LOAD_EVEN_IF_SLOW);
  guint interrupt = g_unix_signal_add (SIGINT, interrupt_cb, load);
  Loading loading = { .began = g_get_monotonic_time () };

  ph_progress_begin (&loading.line);
  g_signal_connect (load, "notify::n-done", G_CALLBACK (progress_cb), &loading);
  while (!ph_load_is_over (load))
    g_main_context_iteration (NULL, TRUE);

  ph_progress_end (&loading.line);
  g_source_remove (interrupt);
  if (ph_load_get_warning (load) != NULL)
    ph_warn (ph_load_get_warning (load));
  return ph_load_get_state (load);
}
