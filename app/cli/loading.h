/* loading.h - a model that is opened while a terminal waits
 *
 * Runs the thread's default main context until the load is over.  On a terminal a line
 * on stderr says how far it is, if it takes long enough to be read; that the model will
 * be slow is told in one line anywhere.  Ctrl+C stops it.
 */
#pragma once

#include "core/engine/engine.h"

/* How it ended: DONE, CANCELLED or FAILED, the reason being the engine's problem. */
PhLoadState ph_loading_run (PhEngine *engine, const char *folder);
