/* file.h - the file of the history, found sound or set aside
 *
 * Whoever opens holds byte 0 of the session (session.h), so that two programs never
 * check, migrate or rename at the same time.
 */
#pragma once

#include "core/history/schema.h"
#include "core/history/session.h"

typedef struct {
  const char *path;
  const PhSchema *schema;
  int busy_ms;  /* how long to wait for another program */
  bool is_ours; /* whatever is at this path belongs to Pinhole */
  bool suspect; /* check the file, however large, and index its words anew */
} PhFileOptions;

/* Makes the folder of @path where there is none; fails where it cannot be written. */
bool ph_file_make_folder (const char *path, GError **error);

/* Makes the file where there is none; checks, migrates and configures what there is.  A
 * damaged history is renamed, and a new one begun with what can be saved of it
 * (salvage.h): @notice then tells of it, and the opening succeeds. */
sqlite3 *ph_file_open (const PhFileOptions *options,
                       const PhSession *session,
                       GError **notice,
                       GError **error);
