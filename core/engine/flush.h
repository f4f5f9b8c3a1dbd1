/* flush.h - news from the worker on their way to the main thread
 *
 * What the worker writes it writes under the lock of the object it is for, and queues one
 * idle that carries it over; while that one waits, more news cost nothing.  Any thread.
 */
#pragma once

#include <gio/gio.h>
#include <stdbool.h>

G_BEGIN_DECLS

/* Has @flush (@object) called once on @context, unless it is queued already, as *@queued
 * says.  Holds a reference to @object until then, which @context drops.  Call with the
 * lock held that @queued is under. */
void
ph_flush_queue (bool *queued, GMainContext *context, GSourceFunc flush, gpointer object);

G_END_DECLS
