/* Digits: numbers apart from what stands around them, and if wanted from each other. */
#include "core/formats/json.h"
#include "core/text/pattern.h"
#include "core/text/steps.h"
#include "core/text/unicode.h"

typedef struct {
  bool individual;
} Digits;

static const PhJsonField field = { "individual_digits", PH_JSON_BOOL,
                                   offsetof (Digits, individual), .required = true };

static gpointer
read_digits (const json_t *json, const char *where, GError **error)
{
  g_autofree Digits *self = g_new0 (Digits, 1);

  return ph_json_read (json, where, &field, 1, self, error) ? g_steal_pointer (&self)
                                                            : NULL;
}

static size_t
match_numeric (const char *at)
{
  return ph_unicode_is_numeric (g_utf8_get_char (at))
             ? (size_t) (g_utf8_next_char (at) - at)
             : 0;
}

static void
split (gconstpointer data, const char *text, bool first, GPtrArray *words)
{
  static const PhPattern numeric = { .match = match_numeric };
  const Digits *self = data;

  ph_pattern_cut (&numeric, text, self->individual ? PH_CUT_ISOLATED : PH_CUT_CONTIGUOUS,
                  false, words);
}

const PhStepClass ph_step_digits = {
  "Digits",
  read_digits,
  g_free,
  .split = split,
};
