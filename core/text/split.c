/* Split: words end where a pattern matches. */
#include "core/base/error.h"
#include "core/formats/json.h"
#include "core/text/pattern.h"
#include "core/text/steps.h"

#include <string.h>

typedef struct {
  PhPattern pattern;
  PhCut cut;
  bool invert;
} Split;

static void
free_split (gpointer data)
{
  Split *self = data;

  ph_pattern_clear (&self->pattern);
  g_free (self);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Split, free_split)

static bool
find_cut (Split *self, const char *behavior, const char *where, GError **error)
{
  static const char *const behaviors[] = {
    [PH_CUT_ISOLATED] = "Isolated",
    [PH_CUT_REMOVED] = "Removed",
    [PH_CUT_MERGED_WITH_PREVIOUS] = "MergedWithPrevious",
    [PH_CUT_MERGED_WITH_NEXT] = "MergedWithNext",
    [PH_CUT_CONTIGUOUS] = "Contiguous",
  };
  g_autofree char *shown = NULL;

  for (size_t i = 0; i < G_N_ELEMENTS (behaviors); i++)
    if (strcmp (behaviors[i], behavior) == 0) {
      self->cut = (PhCut) i;
      return true;
    }
  shown = ph_printable (behavior);
  return ph_fail (error, PH_ERROR_UNSUPPORTED,
                  "%s.behavior is \"%s\", which is not known", where, shown);
}

typedef struct {
  const char *behavior;
  bool invert;
} Settings;

static const PhJsonField fields[] = {
  { "behavior", PH_JSON_TEXT, offsetof (Settings, behavior), .required = true },
  { "invert", PH_JSON_BOOL, offsetof (Settings, invert) },
};

static gpointer
read_split (const json_t *json, const char *where, GError **error)
{
  g_autoptr (Split) self = g_new0 (Split, 1);
  Settings settings;

  if (!ph_json_read (json, where, fields, G_N_ELEMENTS (fields), &settings, error) ||
      !find_cut (self, settings.behavior, where, error) ||
      !ph_pattern_read (&self->pattern, json, where, error))
    return NULL;
  self->invert = settings.invert;
  return g_steal_pointer (&self);
}

static void
split (gconstpointer data, const char *text, bool first, GPtrArray *words)
{
  const Split *self = data;

  ph_pattern_cut (&self->pattern, text, self->cut, self->invert, words);
}

const PhStepClass ph_step_split = {
  "Split",
  read_split,
  free_split,
  .split = split,
};
