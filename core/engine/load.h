/* load.h - a model while it is being opened
 *
 * A PhLoad belongs to the main thread, as a PhReply does (reply.h): its properties are
 * read and notified there, and change at most once a main-loop turn, however fast the
 * worker reads.
 *
 * Until it is DONE, the model that was open before answers on; a load that ends in any
 * other way leaves it in its place.
 */
#pragma once

#include "core/models/facts.h"

#include <gio/gio.h>

G_BEGIN_DECLS

#define PH_TYPE_LOAD (ph_load_get_type ())
G_DECLARE_FINAL_TYPE (PhLoad, ph_load, PH, LOAD, GObject)

typedef enum {
  PH_LOAD_QUEUED,
  PH_LOAD_READING,
  PH_LOAD_DONE,
  PH_LOAD_SLOW, /* given up because it would be slow, as it was begun to */
  PH_LOAD_CANCELLED,
  PH_LOAD_FAILED,
} PhLoadState;

/* What to do about a model that fits, but would be slow. */
typedef enum {
  PH_LOAD_EVEN_IF_SLOW,
  PH_LOAD_UNLESS_SLOW,
} PhLoadHow;

/* Properties, notified on the main context that began it: "state" (int), "n-done"
 * (uint64, bytes read). */

PhLoadState ph_load_get_state (PhLoad *self);
/* True for DONE and all after it, which never change again. */
gboolean ph_load_is_over (PhLoad *self);
/* The folder that is opened; borrowed. */
const char *ph_load_get_folder (PhLoad *self);

/* Bytes read so far, and of all files; both 0 before reading begins. */
uint64_t ph_load_get_n_done (PhLoad *self);
uint64_t ph_load_get_n_bytes (PhLoad *self);

/* Why it failed, or NULL; borrowed. */
const GError *ph_load_get_error (PhLoad *self);
/* One sentence if it will be slow, or NULL; borrowed. */
const char *ph_load_get_warning (PhLoad *self);

void ph_load_cancel (PhLoad *self);

G_END_DECLS
