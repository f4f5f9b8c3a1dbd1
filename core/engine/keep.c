#include "core/engine/keep.h"

#include "core/engine/json.h"
#include "core/vision/preprocess.h"

PhTurnState
ph_reply_get_turn_state (PhReply *self)
{
  switch (ph_reply_get_state (self)) {
  case PH_REPLY_DONE:
    return PH_TURN_DONE;
  case PH_REPLY_CANCELLED:
    return PH_TURN_CANCELLED;
  case PH_REPLY_FAILED:
    return PH_TURN_FAILED;
  default:
    return PH_TURN_STREAMING;
  }
}

static const char *
name_stop (PhStop stop)
{
  switch (stop) {
  case PH_STOP_NEWLINE:
    return "newline";
  case PH_STOP_LIMIT:
    return "length";
  case PH_STOP_FULL:
    return "full";
  case PH_STOP_CANCELLED:
    return "stopped";
  default:
    return "end";
  }
}

const char *
ph_reply_get_stop_reason (PhReply *self)
{
  const GError *error = ph_reply_get_error (self);
  const PhAnswer *answer = ph_reply_get_answer (self);

  if (error != NULL)
    return error->message;
  return answer != NULL ? name_stop (answer->stop) : NULL;
}

/* Gives up @object. */
static char *
dup_text (json_t *object)
{
  char *dumped = json_dumps (object, PH_JSON_LINE);
  char *text = g_strdup (dumped);

  free (dumped);
  json_decref (object);
  return text;
}

char *
ph_request_dup_settings (const PhRequest *request)
{
  return dup_text (ph_request_to_json (request));
}

void
ph_reply_finish_turn (PhReply *self, PhHistory *history, int64_t turn)
{
  const PhAnswer *answer = ph_reply_get_answer (self);
  g_autofree char *timings =
      answer != NULL ? dup_text (ph_timings_to_json (&answer->timings)) : NULL;
  PhHistoryAnswer kept = { .state = ph_reply_get_turn_state (self),
                           .text = ph_reply_get_text (self),
                           .stop_reason = ph_reply_get_stop_reason (self),
                           .timings = timings };

  if (answer != NULL) {
    kept.ids = (const int32_t *) answer->ids->data;
    kept.n_ids = answer->ids->len;
    kept.record = answer->record;
  }
  ph_history_finish_turn (history, turn, &kept);
}

PhPicture *
ph_record_dup_sight (const PhRecord *record, const PhPicture *picture)
{
  int side = ph_record_get_side (record);

  if (side < 1 || side > PH_PREPROCESS_MAX_SIDE)
    return NULL;
  return ph_preprocess_square (side, picture);
}
