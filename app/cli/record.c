#include "app/cli/record.h"

#include "core/engine/json.h"

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

/* Gives up @object. */
static char *
to_text (json_t *object)
{
  char *dumped = json_dumps (object, PH_JSON_LINE);
  char *text = g_strdup (dumped);

  free (dumped);
  json_decref (object);
  return text;
}

static void
begin (PhRecord *self, PhPicture *picture)
{
  g_autoptr (GBytes) file = read_picture_file (self->picture_path);
  g_autofree char *name = g_path_get_basename (self->picture_path);
  g_autofree char *name_text = g_filename_display_name (name);
  g_autofree char *settings = to_text (ph_sampling_to_json (&self->sampling));

  self->turn = ph_history_begin_turn (self->history,
                                      &(PhHistoryQuestion){ .chat = self->chat,
                                                            .picture = picture,
                                                            .picture_file = file,
                                                            .picture_name = name_text,
                                                            .model = self->model,
                                                            .prompt = self->prompt,
                                                            .settings = settings });
}

void
ph_record_update (PhRecord *self, PhReply *reply)
{
  PhPicture *picture = ph_reply_get_picture (reply);

  if (self->history == NULL || picture == NULL)
    return;

  if (self->turn == 0)
    begin (self, picture);
  ph_history_update_turn (self->history, self->turn, ph_reply_get_text (reply));
}

static PhTurnState
turn_state (PhReply *reply)
{
  switch (ph_reply_get_state (reply)) {
  case PH_REPLY_DONE:
    return PH_TURN_DONE;
  case PH_REPLY_CANCELLED:
    return PH_TURN_CANCELLED;
  default:
    return PH_TURN_FAILED;
  }
}

static const char *
stop_reason (PhStop stop)
{
  switch (stop) {
  case PH_STOP_LIMIT:
    return "length";
  case PH_STOP_CANCELLED:
    return "stopped";
  default:
    return "end";
  }
}

void
ph_record_finish (PhRecord *self, PhReply *reply)
{
  const PhAnswer *answer = ph_reply_get_answer (reply);
  const GError *error = ph_reply_get_error (reply);
  PhHistoryAnswer kept = { .state = turn_state (reply),
                           .text = ph_reply_get_text (reply) };
  g_autofree char *timings = NULL;

  ph_record_update (self, reply);
  if (self->turn == 0)
    return;

  if (error != NULL)
    kept.stop_reason = error->message;
  if (answer != NULL) {
    timings = to_text (ph_timings_to_json (&answer->timings));
    kept.stop_reason = stop_reason (answer->stop);
    kept.ids = (const int32_t *) answer->ids->data;
    kept.n_ids = answer->ids->len;
    kept.timings = timings;
    kept.attention = answer->snapshot;
  }
  ph_history_finish_turn (self->history, self->turn, &kept);
}
