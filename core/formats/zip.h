/* zip.h - archives whose entries are stored, not compressed
 *
 * torch.save writes such archives so that arrays can be used where they lie in the mapped
 * file; that is the only kind read here (https://pkware.cachefly.net/webdocs/APPNOTE/
 * APPNOTE-6.3.9.TXT, with zip64).  Opening checks the directory at the end, the header in
 * front of each entry and that the two agree, that every entry lies inside the file and
 * none reaches into another, and that no two have one name.  A comment behind the archive
 * and bytes in front of it are refused: readers differ in where such an archive begins.
 *
 * Checksums are not looked at, since that would read all of a file of many gigabytes;
 * torch does not look at them either.
 *
 * An open archive never changes; any thread may read it.
 */
#pragma once

#include "core/formats/map.h"

G_BEGIN_DECLS

#define PH_ZIP_MAX_ENTRIES ((size_t) 131072)
#define PH_ZIP_MAX_NAME ((size_t) 512)

typedef struct {
  const char *name;    /* whole, with its folders */
  const uint8_t *data; /* in the map */
  size_t n_bytes;
} PhZipEntry;

typedef struct _PhZip PhZip;

/* Errors say what is wrong with which entry; they do not name the file.  @map is borrowed
 * and outlives the archive. */
PhZip *ph_zip_open (const PhMap *map, GError **error);
void ph_zip_free (PhZip *self);

size_t ph_zip_get_n_entries (const PhZip *self);
/* The entry at @index in the order of names; borrowed. */
const PhZipEntry *ph_zip_get (const PhZip *self, size_t index);
/* By name, or NULL. */
const PhZipEntry *ph_zip_find (const PhZip *self, const char *name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PhZip, ph_zip_free)

G_END_DECLS
