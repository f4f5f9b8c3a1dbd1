/* Fuse: all tokens become one, for the steps that look at a token's ends. */
#include "core/text/steps.h"

static void
decode (gconstpointer self, GPtrArray *tokens)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < tokens->len; i++)
    g_string_append (text, tokens->pdata[i]);
  g_ptr_array_set_size (tokens, 0);
  g_ptr_array_add (tokens, g_string_free (text, FALSE));
}

const PhStepClass ph_step_fuse = {
  "Fuse",
  .decode = decode,
};
