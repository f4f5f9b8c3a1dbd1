#include "ui/frame-log.h"

#include <stdio.h>

typedef struct {
  FILE *file;
  gint64 before; /* 0: there was none */
} FrameLog;

static void
painted_cb (GdkFrameClock *clock, FrameLog *self)
{
  gint64 now = g_get_monotonic_time ();

  if (self->before != 0)
    fprintf (self->file, "%" G_GINT64_FORMAT " %" G_GINT64_FORMAT "\n", now,
             now - self->before);
  self->before = now;
}

static void
free_log (gpointer data, GClosure *closure)
{
  FrameLog *self = data;

  fclose (self->file);
  g_free (self);
}

static gboolean
tick_cb (GtkWidget *window, GdkFrameClock *clock, gpointer data)
{
  return G_SOURCE_CONTINUE;
}

static void
realized_cb (GtkWidget *window, FrameLog *self)
{
  g_signal_connect_data (gtk_widget_get_frame_clock (window), "after-paint",
                         G_CALLBACK (painted_cb), self, free_log, 0);
  gtk_widget_add_tick_callback (window, tick_cb, NULL, NULL);
}

void
ph_frame_log_follow (GtkWidget *window)
{
  const char *path = g_getenv ("PINHOLE_FRAME_LOG");
  FILE *file = path != NULL ? fopen (path, "w") : NULL;
  FrameLog *self;

  if (file == NULL)
    return;
  self = g_new0 (FrameLog, 1);
  self->file = file;
  g_signal_connect (window, "realize", G_CALLBACK (realized_cb), self);
}
