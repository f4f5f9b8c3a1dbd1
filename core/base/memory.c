#include "core/base/memory.h"

#include "core/base/checked.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

/* Kernels say "no limit" in cgroup v1 by a number that no machine has. */
#define NO_LIMIT ((uint64_t) 1 << 60)

/* --- files of numbers --- */

static char *
read_file (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  char *text = NULL;

  g_file_get_contents (path, &text, NULL, NULL);
  return text;
}

/* The number that @text begins with; "max" and "unlimited" are none. */
static bool
parse_number (const char *text, uint64_t *value)
{
  text += strspn (text, " \t");
  if (!g_ascii_isdigit (*text))
    return false;
  errno = 0;
  *value = g_ascii_strtoull (text, NULL, 10);
  return errno == 0;
}

/* The number behind @name where a line of @text begins with it. */
static bool
find_number (const char *text, const char *name, uint64_t *value)
{
  size_t length = strlen (name);

  for (const char *line = text; line != NULL && *line != '\0';) {
    if (strncmp (line, name, length) == 0 && strchr (" \t:", line[length]) != NULL)
      return parse_number (line + length + (line[length] == ':'), value);
    line = strchr (line, '\n');
    line = line != NULL ? line + 1 : NULL;
  }
  return false;
}

/* The same in kB, as /proc has it. */
static bool
find_kilobytes (const char *text, const char *name, uint64_t *n_bytes)
{
  uint64_t value;

  return find_number (text, name, &value) && ph_mul_ok (value, 1024, n_bytes);
}

static uint64_t
subtract (uint64_t limit, uint64_t used)
{
  return limit > used ? limit - used : 0;
}

/* --- control groups --- */

/* What the files of a group are called. */
typedef struct {
  const char *limits[2];
  const char *used;
  const char *of_files[2]; /* in memory.stat: pages of files, which count as used */
} Version;

static const Version v1 = {
  { "memory.limit_in_bytes" },
  "memory.usage_in_bytes",
  { "total_inactive_file", "total_active_file" },
};
static const Version v2 = {
  { "memory.max", "memory.high" },
  "memory.current",
  { "inactive_file", "active_file" },
};

static bool
read_number (const char *folder, const char *name, uint64_t *value)
{
  g_autofree char *text = read_file (folder, name);

  return text != NULL && parse_number (text, value);
}

static uint64_t
count_used (const Version *version, const char *folder)
{
  g_autofree char *stat = read_file (folder, "memory.stat");
  uint64_t used = 0, n;

  if (!read_number (folder, version->used, &used))
    return 0;
  for (size_t i = 0; i < G_N_ELEMENTS (version->of_files); i++)
    if (find_number (stat, version->of_files[i], &n))
      used = subtract (used, n);
  return used;
}

static uint64_t
left_in_group (const Version *version, const char *folder)
{
  uint64_t limit = NO_LIMIT, n;

  for (size_t i = 0; i < G_N_ELEMENTS (version->limits); i++)
    if (version->limits[i] != NULL && read_number (folder, version->limits[i], &n))
      limit = MIN (limit, n);
  if (limit == NO_LIMIT)
    return PH_MEMORY_UNLIMITED;
  return subtract (limit, count_used (version, folder));
}

/* The least that @group, or one above it, leaves.  In a container the path may be that of
 * the machine outside, where only the folder at the top is there to be read. */
static uint64_t
left_up_from (const Version *version, const char *mount, const char *group)
{
  g_autofree char *path = g_strdup (group);
  uint64_t least = PH_MEMORY_UNLIMITED;
  char *end;

  do {
    g_autofree char *folder = g_build_filename (mount, path, NULL);

    least = MIN (least, left_in_group (version, folder));
    end = strrchr (path, '/');
    if (end != NULL)
      *end = '\0';
  } while (end != NULL);
  return least;
}

static bool
has_memory (const char *controllers)
{
  g_auto (GStrv) names = g_strsplit (controllers, ",", -1);

  return g_strv_contains ((const char *const *) names, "memory");
}

/* @line is "ID:CONTROLLERS:PATH"; of v2, "0::PATH". */
static uint64_t
left_by_line (const char *root, const char *line)
{
  g_auto (GStrv) fields = g_strsplit (line, ":", 3);
  g_autofree char *mount = g_build_filename (root, "sys/fs/cgroup", NULL);
  g_autofree char *memory = g_build_filename (mount, "memory", NULL);

  if (g_strv_length (fields) != 3)
    return PH_MEMORY_UNLIMITED;
  if (*fields[1] == '\0')
    return left_up_from (&v2, mount, fields[2]);
  return has_memory (fields[1]) ? left_up_from (&v1, memory, fields[2])
                                : PH_MEMORY_UNLIMITED;
}

static uint64_t
left_by_groups (const char *root)
{
  g_autofree char *text = read_file (root, "proc/self/cgroup");
  g_auto (GStrv) lines = g_strsplit (text != NULL ? text : "", "\n", -1);
  uint64_t least = PH_MEMORY_UNLIMITED;

  for (char **line = lines; *line != NULL; line++)
    least = MIN (least, left_by_line (root, *line));
  return least;
}

/* --- machine and process --- */

static uint64_t
left_by_machine (const char *root)
{
  g_autofree char *text = read_file (root, "proc/meminfo");
  uint64_t available = PH_MEMORY_UNLIMITED;

  find_kilobytes (text, "MemAvailable", &available);
  return available;
}

static uint64_t
left_by_process (const char *root)
{
  static const struct {
    const char *limit, *used;
  } pairs[] = { { "Max address space", "VmSize" }, { "Max data size", "VmData" } };
  g_autofree char *limits = read_file (root, "proc/self/limits");
  g_autofree char *status = read_file (root, "proc/self/status");
  uint64_t least = PH_MEMORY_UNLIMITED, limit, used;

  for (size_t i = 0; i < G_N_ELEMENTS (pairs); i++)
    if (find_number (limits, pairs[i].limit, &limit) &&
        find_kilobytes (status, pairs[i].used, &used))
      least = MIN (least, subtract (limit, used));
  return least;
}

PhMemory
ph_memory_look (const char *root)
{
  return (PhMemory){
    .machine = left_by_machine (root),
    .group = left_by_groups (root),
    .process = left_by_process (root),
  };
}

uint64_t
ph_memory_available (const PhMemory *self)
{
  return MIN (self->machine, self->group);
}

char *
ph_bytes_text (uint64_t n_bytes)
{
  double n = (double) n_bytes;

  if (n >= 999.5e6)
    return g_strdup_printf ("%.1f GB", n / 1e9);
  if (n >= 9.95e6)
    return g_strdup_printf ("%.0f MB", n / 1e6);
  if (n >= 999.5e3)
    return g_strdup_printf ("%.1f MB", n / 1e6);
  return g_strdup_printf ("%.0f kB", n / 1e3);
}
