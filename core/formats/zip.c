#include "core/formats/zip.h"

#include "core/base/checked.h"
#include "core/base/error.h"
#include "core/formats/bytes.h"

#include <stdlib.h>
#include <string.h>

/* From the end of the file: the end record, which says where the directory is; in front
 * of it, if numbers may be large, a locator that says where the 64-bit end record is. */
#define END_BYTES 22
#define LOCATOR_BYTES 20
#define END64_BYTES 56
#define ENTRY_BYTES 46 /* in the directory, before its name */
#define LOCAL_BYTES 30 /* in front of the data, before its name */

#define END_MARK 0x06054b50
#define LOCATOR_MARK 0x07064b50
#define END64_MARK 0x06064b50
#define ENTRY_MARK 0x02014b50
#define LOCAL_MARK 0x04034b50

#define FLAGS_ENCRYPTED (1 << 0 | 1 << 6 | 1 << 13)
#define FLAG_SIZES_FOLLOW (1 << 3) /* the local header may leave sizes at 0 */
#define EXTRA_ZIP64 1
#define IN_ZIP64 UINT32_MAX /* the number is in the zip64 field instead */

struct _PhZip {
  const uint8_t *bytes;
  size_t n_bytes;
  GStringChunk *names;
  PhZipEntry *entries; /* by name, once open */
  size_t n_entries;
};

/* The directory: where it is and what it claims. */
typedef struct {
  uint64_t n_entries, n_bytes, offset;
} Directory;

/* One header, of either kind. */
typedef struct {
  unsigned flags, method;
  uint64_t stored, plain, offset; /* sizes in the archive and outside of it */
  size_t n_name, n_extra;
  const uint8_t *name; /* the extra fields follow it */
} Header;

/* An entry while the archive is checked: what of the file is its own. */
typedef struct {
  const char *name;
  size_t begin, end;
} Extent;

/* --- the end of the file --- */

static bool
has_mark (const PhZip *self, uint64_t offset, size_t n_bytes, uint32_t mark)
{
  return offset <= self->n_bytes && n_bytes <= self->n_bytes - offset &&
         ph_bytes_u32 (self->bytes + offset) == mark;
}

/* A number of the short end record must be that of the long one, or all ones. */
static bool
agrees (uint64_t number, uint64_t long_number, uint64_t all_ones)
{
  return number == long_number || number == all_ones;
}

static bool
read_end64 (const PhZip *self,
            size_t locator,
            Directory *directory,
            size_t *end,
            GError **error)
{
  uint64_t offset = ph_bytes_u64 (self->bytes + locator + 8);
  const uint8_t *record;
  Directory found;

  if (locator < END64_BYTES || offset > locator - END64_BYTES ||
      !has_mark (self, offset, END64_BYTES, END64_MARK))
    return ph_fail (error, PH_ERROR_FORMAT,
                    "no 64-bit end record at byte %" G_GUINT64_FORMAT
                    ", where the zip locator points",
                    offset);

  record = self->bytes + offset;
  found.n_entries = ph_bytes_u64 (record + 32);
  found.n_bytes = ph_bytes_u64 (record + 40);
  found.offset = ph_bytes_u64 (record + 48);
  if (!agrees (directory->n_entries, found.n_entries, UINT16_MAX) ||
      !agrees (directory->n_bytes, found.n_bytes, UINT32_MAX) ||
      !agrees (directory->offset, found.offset, UINT32_MAX))
    return ph_fail (error, PH_ERROR_FORMAT, "the two end records of the zip disagree");
  *directory = found;
  *end = offset;
  return true;
}

/* The directory must end where the end records begin. */
static bool
check_directory (const Directory *directory, size_t end, GError **error)
{
  uint64_t directory_end;

  if (!ph_add_ok (directory->offset, directory->n_bytes, &directory_end) ||
      directory_end != end)
    return ph_fail (error, PH_ERROR_FORMAT,
                    "the zip directory does not end at byte %zu, where its end record is",
                    end);
  if (directory->n_entries > directory->n_bytes / ENTRY_BYTES)
    return ph_fail (error, PH_ERROR_FORMAT,
                    "the zip directory has no room for %" G_GUINT64_FORMAT " entries",
                    directory->n_entries);
  if (directory->n_entries > PH_ZIP_MAX_ENTRIES)
    return ph_fail (error, PH_ERROR_RANGE,
                    "%" G_GUINT64_FORMAT " entries in the zip, not up to %zu",
                    directory->n_entries, PH_ZIP_MAX_ENTRIES);
  return true;
}

static bool
find_directory (const PhZip *self, Directory *directory, GError **error)
{
  size_t end = self->n_bytes - MIN (self->n_bytes, END_BYTES);
  const uint8_t *record = self->bytes + end;

  if (!has_mark (self, end, END_BYTES, END_MARK) || ph_bytes_u16 (record + 20) != 0)
    return ph_fail (error, PH_ERROR_FORMAT,
                    "does not end as a zip file does; it was cut short or is none");
  if (ph_bytes_u16 (record + 4) != 0 || ph_bytes_u16 (record + 6) != 0)
    return ph_fail (error, PH_ERROR_UNSUPPORTED, "is one part of a zip in several files");

  directory->n_entries = ph_bytes_u16 (record + 10);
  directory->n_bytes = ph_bytes_u32 (record + 12);
  directory->offset = ph_bytes_u32 (record + 16);
  if (end >= LOCATOR_BYTES &&
      has_mark (self, end - LOCATOR_BYTES, LOCATOR_BYTES, LOCATOR_MARK) &&
      !read_end64 (self, end - LOCATOR_BYTES, directory, &end, error))
    return false;
  return check_directory (directory, end, error);
}

/* --- one entry --- */

/* The value of the zip64 field among the extra fields, or NULL. */
static const uint8_t *
find_zip64 (const Header *header, size_t *n_bytes)
{
  const uint8_t *field = header->name + header->n_name;
  size_t n_left = header->n_extra;

  while (n_left >= 4) {
    size_t length = ph_bytes_u16 (field + 2);

    if (length > n_left - 4)
      return NULL;
    if (ph_bytes_u16 (field) == EXTRA_ZIP64) {
      *n_bytes = length;
      return field + 4;
    }
    field += 4 + length;
    n_left -= 4 + length;
  }
  return NULL;
}

/* Puts the zip64 field's numbers in the place of those that are all ones; it holds those
 * only, one after another. */
static bool
widen (Header *header, GError **error)
{
  uint64_t *numbers[] = { &header->plain, &header->stored, &header->offset };
  size_t n_left = 0;
  const uint8_t *field = find_zip64 (header, &n_left);

  for (size_t i = 0; i < G_N_ELEMENTS (numbers); i++) {
    if (*numbers[i] != IN_ZIP64)
      continue;
    if (field == NULL || n_left < 8)
      return ph_fail (error, PH_ERROR_FORMAT, "zip64 sizes are missing");
    *numbers[i] = ph_bytes_u64 (field);
    field += 8;
    n_left -= 8;
  }
  return true;
}

/* What both kinds of header have in one order: @from begins with the flags and @after is
 * where the name is. */
static void
read_common (Header *header, const uint8_t *from, const uint8_t *after)
{
  header->flags = ph_bytes_u16 (from);
  header->method = ph_bytes_u16 (from + 2);
  header->stored = ph_bytes_u32 (from + 12);
  header->plain = ph_bytes_u32 (from + 16);
  header->n_name = ph_bytes_u16 (from + 20);
  header->n_extra = ph_bytes_u16 (from + 22);
  header->name = after;
}

/* Reads the directory's header at @at, which moves to the next. */
static bool
read_entry (const PhZip *self, size_t end, size_t *at, Header *header, GError **error)
{
  const uint8_t *bytes = self->bytes + *at;
  size_t n_comment, n_bytes;

  if (end - *at < ENTRY_BYTES || ph_bytes_u32 (bytes) != ENTRY_MARK)
    return ph_fail (error, PH_ERROR_FORMAT, "no zip directory entry at byte %zu", *at);

  read_common (header, bytes + 8, bytes + ENTRY_BYTES);
  n_comment = ph_bytes_u16 (bytes + 32);
  header->offset = ph_bytes_u32 (bytes + 42);
  n_bytes = header->n_name + header->n_extra + n_comment;
  if (n_bytes > end - *at - ENTRY_BYTES)
    return ph_fail (error, PH_ERROR_FORMAT,
                    "the zip directory entry at byte %zu runs past the directory", *at);
  *at += ENTRY_BYTES + n_bytes;
  return true;
}

static bool
read_name (PhZip *self, const Header *header, const char **name, GError **error)
{
  if (header->n_name == 0 || header->n_name > PH_ZIP_MAX_NAME ||
      memchr (header->name, '\0', header->n_name) != NULL)
    return ph_fail (error, PH_ERROR_FORMAT,
                    "a zip entry's name of %zu bytes, not 1 to %zu without a zero",
                    header->n_name, PH_ZIP_MAX_NAME);
  *name = g_string_chunk_insert_len (self->names, (const char *) header->name,
                                     (gssize) header->n_name);
  return true;
}

static bool
check_stored (const Header *header, GError **error)
{
  if ((header->flags & FLAGS_ENCRYPTED) != 0)
    return ph_fail (error, PH_ERROR_UNSUPPORTED, "is encrypted");
  if (header->method != 0)
    return ph_fail (error, PH_ERROR_UNSUPPORTED,
                    "is compressed (method %u), which torch.save never does; "
                    "`zip -0` makes an archive that can be used where it lies",
                    header->method);
  if (header->stored != header->plain)
    return ph_fail (error, PH_ERROR_FORMAT,
                    "is stored in %" G_GUINT64_FORMAT
                    " bytes, but said to be %" G_GUINT64_FORMAT " long",
                    header->stored, header->plain);
  return true;
}

/* The header in front of the data must be about the same entry. */
static bool
check_local (const Header *entry, Header *local, GError **error)
{
  bool sizes_follow =
      (local->flags & FLAG_SIZES_FOLLOW) != 0 && local->stored == 0 && local->plain == 0;

  if (local->n_name != entry->n_name ||
      memcmp (local->name, entry->name, entry->n_name) != 0)
    return ph_fail (error, PH_ERROR_FORMAT,
                    "has another name in the header at byte %" G_GUINT64_FORMAT,
                    entry->offset);
  if (!widen (local, error))
    return false;
  if (local->method != entry->method || local->flags != entry->flags ||
      (!sizes_follow && (local->stored != entry->stored || local->plain != entry->plain)))
    return ph_fail (error, PH_ERROR_FORMAT,
                    "is described otherwise by the header at byte %" G_GUINT64_FORMAT,
                    entry->offset);
  return true;
}

/* Where the data of @entry lies, between its own header and the directory at @limit. */
static bool
find_data (const PhZip *self,
           const Header *entry,
           size_t limit,
           size_t *begin,
           GError **error)
{
  Header local = { 0 };
  size_t n_left;

  if (limit < LOCAL_BYTES || entry->offset > limit - LOCAL_BYTES ||
      !has_mark (self, entry->offset, LOCAL_BYTES, LOCAL_MARK))
    return ph_fail (error, PH_ERROR_FORMAT, "no header at byte %" G_GUINT64_FORMAT,
                    entry->offset);

  read_common (&local, self->bytes + entry->offset + 6,
               self->bytes + entry->offset + LOCAL_BYTES);
  n_left = limit - LOCAL_BYTES - entry->offset;
  if (local.n_name + local.n_extra > n_left)
    return ph_fail (error, PH_ERROR_FORMAT,
                    "the header at byte %" G_GUINT64_FORMAT " runs into the directory",
                    entry->offset);
  n_left -= local.n_name + local.n_extra;
  if (entry->plain > n_left)
    return ph_fail (error, PH_ERROR_FORMAT,
                    "%" G_GUINT64_FORMAT
                    " bytes run into the zip directory, %zu are left",
                    entry->plain, n_left);
  *begin = limit - n_left;
  return check_local (entry, &local, error);
}

static bool
prefix_entry (GError **error, const char *name)
{
  g_autofree char *shown = ph_printable (name);

  g_prefix_error (error, "entry \"%s\": ", shown);
  return false;
}

static bool
add_entry (PhZip *self,
           const char *name,
           Header *header,
           size_t limit,
           Extent *extent,
           GError **error)
{
  size_t begin = 0;

  if (!widen (header, error) || !check_stored (header, error) ||
      !find_data (self, header, limit, &begin, error))
    return false;

  *extent = (Extent){ name, header->offset, begin + header->plain };
  self->entries[self->n_entries++] =
      (PhZipEntry){ name, self->bytes + begin, header->plain };
  return true;
}

/* --- all of them --- */

static int
by_begin (const void *a, const void *b)
{
  const Extent *first = a, *second = b;

  return (first->begin > second->begin) - (first->begin < second->begin);
}

static int
by_name (const void *a, const void *b)
{
  const PhZipEntry *first = a, *second = b;

  return strcmp (first->name, second->name);
}

/* Headers and data of two entries may not lie over one another. */
static bool
check_apart (Extent *extents, size_t n, GError **error)
{
  qsort (extents, n, sizeof *extents, by_begin);
  for (size_t i = 1; i < n; i++) {
    if (extents[i].begin < extents[i - 1].end) {
      ph_fail (error, PH_ERROR_FORMAT, "begins at byte %zu, inside of another entry",
               extents[i].begin);
      return prefix_entry (error, extents[i].name);
    }
  }
  return true;
}

static bool
check_names (const PhZip *self, GError **error)
{
  for (size_t i = 1; i < self->n_entries; i++) {
    if (by_name (&self->entries[i - 1], &self->entries[i]) == 0) {
      ph_fail (error, PH_ERROR_FORMAT, "is there twice");
      return prefix_entry (error, self->entries[i].name);
    }
  }
  return true;
}

static bool
read_entries (PhZip *self, const Directory *directory, Extent *extents, GError **error)
{
  size_t at = directory->offset, end = at + directory->n_bytes;

  for (size_t i = 0; i < directory->n_entries; i++) {
    Header header = { 0 };
    const char *name = NULL;

    if (!read_entry (self, end, &at, &header, error) ||
        !read_name (self, &header, &name, error))
      return false;
    if (!add_entry (self, name, &header, directory->offset, &extents[i], error))
      return prefix_entry (error, name);
  }
  if (at != end)
    return ph_fail (error, PH_ERROR_FORMAT,
                    "%zu bytes of the zip directory belong to no entry", end - at);
  return true;
}

PhZip *
ph_zip_open (const PhMap *map, GError **error)
{
  g_autoptr (PhZip) self = g_new0 (PhZip, 1);
  g_autofree Extent *extents = NULL;
  Directory directory = { 0 };

  self->bytes = ph_map_get_bytes (map);
  self->n_bytes = ph_map_get_size (map);
  self->names = g_string_chunk_new (4096);
  if (!find_directory (self, &directory, error))
    return NULL;

  /* One more, so that an archive of nothing has arrays too. */
  extents = g_new (Extent, directory.n_entries + 1);
  self->entries = g_new (PhZipEntry, directory.n_entries + 1);
  if (!read_entries (self, &directory, extents, error) ||
      !check_apart (extents, self->n_entries, error))
    return NULL;
  qsort (self->entries, self->n_entries, sizeof *self->entries, by_name);
  return check_names (self, error) ? g_steal_pointer (&self) : NULL;
}

void
ph_zip_free (PhZip *self)
{
  g_string_chunk_free (self->names);
  g_free (self->entries);
  g_free (self);
}

size_t
ph_zip_get_n_entries (const PhZip *self)
{
  return self->n_entries;
}

const PhZipEntry *
ph_zip_get (const PhZip *self, size_t index)
{
  g_assert (index < self->n_entries);
  return &self->entries[index];
}

const PhZipEntry *
ph_zip_find (const PhZip *self, const char *name)
{
  PhZipEntry key = { .name = name };

  return bsearch (&key, self->entries, self->n_entries, sizeof key, by_name);
}
