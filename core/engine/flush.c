#include "core/engine/flush.h"

void
ph_flush_queue (bool *queued, GMainContext *context, GSourceFunc flush, gpointer object)
{
  g_autoptr (GSource) source = NULL;

  if (*queued)
    return;

  *queued = true;
  source = g_idle_source_new ();
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, flush, g_object_ref (object), g_object_unref);
  g_source_attach (source, context);
}
