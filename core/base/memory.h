/* memory.h - how much memory can still be had
 *
 * A model is held against this before it is read, so that it is refused in a sentence
 * and not by the kernel in the middle of an answer.  Three things limit a process: the
 * machine (MemAvailable of /proc/meminfo), the control groups it is in (cgroup v2 or v1,
 * the group itself and every one above it), and its own limits (RLIMIT_AS and
 * RLIMIT_DATA).
 *
 * Pages of files count as free, as they do in MemAvailable: the kernel gives them up
 * when something else is wanted, and the weights of a model are nothing but such pages.
 *
 * Everything is read from files, so that tests bring their own.  What cannot be read
 * limits nothing.  Any thread.
 */
#pragma once

#include <glib.h>
#include <stdint.h>

G_BEGIN_DECLS

#define PH_MEMORY_UNLIMITED UINT64_MAX

/* Bytes that are left by each; PH_MEMORY_UNLIMITED where there is no limit. */
typedef struct {
  uint64_t machine;
  uint64_t group;   /* the control group that leaves least */
  uint64_t process; /* address space or data, whichever leaves less */
} PhMemory;

/* As it is now.  @root is "/", or a folder with proc/ and sys/fs/cgroup/ in it. */
PhMemory ph_memory_look (const char *root);

/* What machine and groups leave: for pages of files and for everything else. */
uint64_t ph_memory_available (const PhMemory *self);

/* "7.5 GB", "812 MB", "6.3 MB", "12 kB": powers of ten.  The caller frees it. */
char *ph_bytes_text (uint64_t n_bytes);

G_END_DECLS
