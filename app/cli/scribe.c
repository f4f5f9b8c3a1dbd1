#include "app/cli/scribe.h"

#include "core/engine/keep.h"

#include <sys/stat.h>

/* Of larger files the history keeps what it can without the file. */
#define LARGEST_FILE ((off_t) 64 << 20)

static GBytes *
read_picture_file (const char *path)
{
  struct stat info;
  char *bytes;
  gsize n_bytes;

  if (stat (path, &info) != 0 || !S_ISREG (info.st_mode) || info.st_size > LARGEST_FILE ||
      !g_file_get_contents (path, &bytes, &n_bytes, NULL))
    return NULL;
  return g_bytes_new_take (bytes, n_bytes);
}

static void
begin (PhScribe *self, PhPicture *picture)
{
  g_autoptr (GBytes) file = read_picture_file (self->picture_path);
  g_autofree char *name = g_path_get_basename (self->picture_path);
  g_autofree char *name_text = g_filename_display_name (name);
  g_autofree char *settings = ph_request_dup_settings (self->request);

  self->turn = ph_history_begin_turn (self->history,
                                      &(PhHistoryQuestion){ .chat = self->chat,
                                                            .picture = picture,
                                                            .picture_file = file,
                                                            .picture_name = name_text,
                                                            .model = self->model,
                                                            .prompt = self->request->prompt,
                                                            .settings = settings });
}

void
ph_scribe_update (PhScribe *self, PhReply *reply)
{
  PhPicture *picture = ph_reply_get_picture (reply);

  if (self->history == NULL || picture == NULL)
    return;

  if (self->turn == 0)
    begin (self, picture);
  ph_history_update_turn (self->history, self->turn, ph_reply_get_text (reply));
}

void
ph_scribe_finish (PhScribe *self, PhReply *reply)
{
  ph_scribe_update (self, reply);
  if (self->turn != 0)
    ph_reply_finish_turn (reply, self->history, self->turn);
}
