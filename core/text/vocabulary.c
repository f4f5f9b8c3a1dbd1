#include "core/text/vocabulary.h"

#include "core/base/error.h"
#include "core/formats/json.h"

#include <string.h>

struct _PhVocabulary {
  GHashTable *ids;   /* token → id + 1 */
  GPtrArray *tokens; /* by id; NULL in holes */
};

PhVocabulary *
ph_vocabulary_new (void)
{
  PhVocabulary *self = g_new0 (PhVocabulary, 1);

  self->tokens = g_ptr_array_new_with_free_func (g_free);
  self->ids = g_hash_table_new (g_str_hash, g_str_equal);
  return self;
}

void
ph_vocabulary_free (PhVocabulary *self)
{
  g_hash_table_destroy (self->ids);
  g_ptr_array_unref (self->tokens);
  g_free (self);
}

static bool
check_token (const PhVocabulary *self, const char *token, int64_t id, GError **error)
{
  g_autofree char *shown = ph_printable (token);
  int32_t known = ph_vocabulary_find (self, token);

  if (id < 0 || id >= (int64_t) PH_VOCABULARY_MAX_TOKENS)
    return ph_fail (error, PH_ERROR_RANGE,
                    "id of \"%s\" is %" G_GINT64_FORMAT ", not 0 to %zu", shown, id,
                    PH_VOCABULARY_MAX_TOKENS - 1);
  if (strlen (token) > PH_VOCABULARY_MAX_BYTES)
    return ph_fail (error, PH_ERROR_RANGE,
                    "token \"%s\" is %zu bytes long, not up to %zu", shown,
                    strlen (token), PH_VOCABULARY_MAX_BYTES);
  if (known >= 0 && known != id)
    return ph_fail (error, PH_ERROR_FORMAT, "\"%s\" has the ids %d and %d", shown, known,
                    (int) id);
  if (known < 0 && ph_vocabulary_get (self, (int32_t) id) != NULL)
    return ph_fail (error, PH_ERROR_FORMAT, "\"%s\" and another token have the id %d",
                    shown, (int) id);
  return true;
}

bool
ph_vocabulary_add (PhVocabulary *self, const char *token, int64_t id, GError **error)
{
  char *kept;

  if (!check_token (self, token, id, error))
    return false;
  if (ph_vocabulary_find (self, token) >= 0)
    return true;

  kept = g_strdup (token);
  if ((size_t) id >= self->tokens->len)
    g_ptr_array_set_size (self->tokens, (gint) id + 1);
  self->tokens->pdata[id] = kept;
  g_hash_table_insert (self->ids, kept, GINT_TO_POINTER ((gint) id + 1));
  return true;
}

bool
ph_vocabulary_read (PhVocabulary *self, json_t *object, const char *where, GError **error)
{
  const char *token;
  json_t *id;

  json_object_foreach (object, token, id)
  {
    if (!json_is_integer (id)) {
      g_autofree char *found = ph_json_describe (id);
      g_autofree char *path = ph_json_path (where, token);

      return ph_fail (error, PH_ERROR_FORMAT, "%s is %s, not a whole number", path,
                      found);
    }
    if (!ph_vocabulary_add (self, token, json_integer_value (id), error)) {
      g_prefix_error (error, "%s: ", where);
      return false;
    }
  }
  return true;
}

int32_t
ph_vocabulary_find (const PhVocabulary *self, const char *token)
{
  return GPOINTER_TO_INT (g_hash_table_lookup (self->ids, token)) - 1;
}

void
ph_vocabulary_find_bytes (const PhVocabulary *self, int32_t ids[PH_VOCABULARY_N_BYTES])
{
  for (int byte = 0; byte < PH_VOCABULARY_N_BYTES; byte++) {
    char token[] = "<0x00>";

    g_snprintf (token, sizeof token, "<0x%02X>", (unsigned) byte);
    ids[byte] = ph_vocabulary_find (self, token);
  }
}

const char *
ph_vocabulary_get (const PhVocabulary *self, int32_t id)
{
  return id >= 0 && (size_t) id < self->tokens->len ? self->tokens->pdata[id] : NULL;
}

size_t
ph_vocabulary_get_size (const PhVocabulary *self)
{
  return self->tokens->len;
}
