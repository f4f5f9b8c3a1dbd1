/* preflight.h - whether a model fits, before it is read
 *
 * What must be had is held against what machine, control groups and limits leave, and
 * refused if it is more than nine tenths of that.  Where the weights do not fit beside
 * it, the kernel takes their pages and reads them again and again: that works, slowly,
 * so it is a warning.  Window and terminal say the same sentences.  Any thread.
 */
#pragma once

#include "core/base/memory.h"
#include "core/models/facts.h"

G_BEGIN_DECLS

/* What there is now.  PINHOLE_SYSTEM_ROOT in the environment names another place for
 * /proc and /sys to be looked for, so that tests can say how much there is. */
PhMemory ph_preflight_look (void);

/* Fails with PH_ERROR_MEMORY in one line with both numbers and what would help. */
bool
ph_preflight_check (const PhModelFacts *model, const PhMemory *memory, GError **error);

/* "NAME needs 7.9 GB to be fast; 5.2 GB are free", or NULL if it will be.  The caller
 * frees it. */
char *ph_preflight_dup_warning (const PhModelFacts *model, const PhMemory *memory);

G_END_DECLS
