/* export-private.h - a chat on its way out, whatever shape it takes */
#pragma once

#include "core/history/export.h"

#define PH_EXPORT_FORMAT "pinhole-chat"
#define PH_EXPORT_VERSION 1

typedef struct {
  PhHistory *history; /* borrowed */
  PhHistoryChat *chat;
  GPtrArray *turns;    /* PhHistoryTurn */
  GPtrArray *pictures; /* PhHistoryPicture */
} PhExport;

/* Reads what @chat says; pictures and records are read one by one. */
bool ph_export_load (PhExport *self, PhHistory *history, int64_t chat, GError **error);
void ph_export_clear (PhExport *self);

/* Which of the pictures @turn asks about, or -1. */
int ph_export_find_picture (const PhExport *self, const PhHistoryTurn *turn);

/* Sets @file to NULL where the picture was too large to be kept. */
bool ph_export_load_picture (const PhExport *self,
                             size_t index,
                             GBytes **file,
                             GError **error);

/* Errors name @path. */
bool
ph_export_write (const char *path, const char *bytes, size_t n_bytes, GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (PhExport, ph_export_clear)
