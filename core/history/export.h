/* export.h - a chat taken out of the history, and back in
 *
 * As Markdown to be read, with its pictures as files beside it, or as one JSON file to be
 * imported: it holds all there is, also the records, so that every map reopens.
 *
 * The JSON is an object of format "pinhole-chat" and a version.  Times are microseconds
 * since 1970; pictures and records are base64; a turn names its picture, and the turn it
 * is a variant of, by their numbers in the file, from 0.
 *
 * Every call may be made from any thread, works where it is called and takes as long as
 * the disk does: not for the thread that draws.  Turns that are deleted stay behind.
 */
#pragma once

#include "core/history/history.h"

G_BEGIN_DECLS

/* The files that are larger than this are refused, and none is written. */
#define PH_EXPORT_MAX_BYTES ((size_t) 512 << 20)

/* Makes @folder, which must not exist, with chat.md and pictures/1-NAME, … in it. */
bool ph_history_export_markdown (PhHistory *self,
                                 int64_t chat,
                                 const char *folder,
                                 GError **error);

/* Writes the file at @path, or replaces it in one step. */
bool
ph_history_export_json (PhHistory *self, int64_t chat, const char *path, GError **error);

/* Reads what ph_history_export_json() wrote, checks all of it as a stranger's, and queues
 * it to be written as a new chat, whose id goes to @chat.  When anything is wrong nothing
 * is taken, and the error names the place: "turns[3].state is …". */
bool ph_history_import (PhHistory *self, const char *path, int64_t *chat, GError **error);

G_END_DECLS
