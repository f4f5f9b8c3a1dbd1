/* import.h - a chat that was read from a file, checked and not yet written
 *
 * Everything is checked while it is read, so that writing it can only fail as any writing
 * can.  Belongs to one thread at a time.
 */
#pragma once

#include <glib.h>
#include <jansson.h>
#include <stdint.h>

typedef struct {
  int64_t width, height; /* pixels, as the file says */
  GBytes *file;          /* NULL: not kept; decode it as a stranger's */
  char *hash;            /* of the file and not of its pixels: see import.c */
} PhImportPicture;

typedef struct {
  const char *state;
  const char *model, *prompt, *settings, *answer;
  const char *stop_reason, *timings, *picture_name; /* NULL: none */
  int64_t picture;                                  /* in pictures; -1: none */
  int64_t variant_of;                               /* in turns; -1: none */
  int64_t created, finished, edited;
  GBytes *ids;    /* 32-bit little endian; NULL: none */
  GBytes *record; /* NULL: none */
} PhImportTurn;

/* Text is borrowed from the document. */
typedef struct {
  json_t *document;
  const char *title;
  int64_t created;
  GArray *pictures; /* PhImportPicture */
  GArray *turns;    /* PhImportTurn */
} PhImport;

/* Errors name the place in the file. */
PhImport *ph_import_parse (const char *text, size_t n_bytes, GError **error);
void ph_import_free (PhImport *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PhImport, ph_import_free)
