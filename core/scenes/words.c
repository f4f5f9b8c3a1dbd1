#include "core/scenes/words.h"

#include "core/scenes/shapes.h"

#include <string.h>

char *
ph_words_fill (const char *phrasing, const char *first, const char *second)
{
  GString *text = g_string_new (NULL);

  for (const char *p = phrasing; *p != '\0'; p++) {
    if (*p != '$') {
      g_string_append_c (text, *p);
      continue;
    }
    p++;
    g_string_append (text, *p == '1' ? first : second);
  }
  return g_string_free (text, FALSE);
}

void
ph_words_append_article (GString *text, const char *word)
{
  g_string_append (text, strchr ("aeiou", word[0]) != NULL ? "an " : "a ");
}

void
ph_words_append_thing (GString *text, const PhThing *thing, bool sized)
{
  const char *size = ph_size_get_name (thing->size);
  const char *color = ph_color_get_name (thing->color);

  ph_words_append_article (text, sized ? size : color);
  if (sized)
    g_string_append_printf (text, "%s ", size);
  g_string_append_printf (text, "%s %s", color, ph_shape_get (thing->kind)->word);
}

void
ph_words_append_joint (GString *text, int i, int n)
{
  if (i > 0)
    g_string_append (text, i == n - 1 ? " and " : ", ");
}

void
ph_words_collect (GHashTable *set, const char *text)
{
  while (*text != '\0') {
    size_t n = strcspn (text, " ,.?");

    if (n > 0)
      g_hash_table_add (set, g_ascii_strdown (text, (gssize) n));
    text += n;
    if (*text != '\0' && *text != ' ')
      g_hash_table_add (set, g_strndup (text, 1));
    if (*text != '\0')
      text++;
  }
}
