#include "app/cli/path.h"

#include <string.h>

/* --- reading --- */

/* Without backslashes, or in single quotes with them, up to the closing @quote. */
static char *
unescape (const char *text, char quote)
{
  GString *plain = g_string_new (NULL);

  for (; *text != '\0' && (quote == '\0' || *text != quote); text++) {
    if (*text == '\\' && quote != '\'' && text[1] != '\0')
      text++;
    g_string_append_c (plain, *text);
  }
  return g_string_free (plain, FALSE);
}

static char *
expand_home (char *path)
{
  char *expanded;

  if (path[0] != '~' || (path[1] != '/' && path[1] != '\0'))
    return path;

  expanded = g_build_filename (g_get_home_dir (), path + 1, NULL);
  g_free (path);
  return expanded;
}

char *
ph_path_from_text (const char *text)
{
  g_autofree char *trimmed = g_strstrip (g_strdup (text));
  char *from_address = NULL;

  if (g_ascii_strncasecmp (trimmed, "file://", 7) == 0)
    from_address = g_filename_from_uri (trimmed, NULL, NULL);
  if (from_address != NULL)
    return from_address;
  if (*trimmed == '"' || *trimmed == '\'')
    return unescape (trimmed + 1, *trimmed);
  return expand_home (unescape (trimmed, '\0'));
}

static bool
is_file (const char *path)
{
  return g_file_test (path, G_FILE_TEST_EXISTS) &&
         !g_file_test (path, G_FILE_TEST_IS_DIR);
}

char *
ph_path_find_file (const char *text)
{
  g_autofree char *as_it_stands = g_strstrip (g_strdup (text));
  g_autofree char *meant = ph_path_from_text (text);

  if (is_file (as_it_stands))
    return g_steal_pointer (&as_it_stands);
  return is_file (meant) ? g_steal_pointer (&meant) : NULL;
}

/* --- completing --- */

static char *
name_in_folder (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);

  return g_strconcat (name, g_file_test (path, G_FILE_TEST_IS_DIR) ? "/" : "", NULL);
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* The names in @folder that begin with @prefix; hidden ones only if that asks for them.
 */
static char **
list_names (const char *folder, const char *prefix)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  GPtrArray *names = g_ptr_array_new ();

  for (const char *name; dir != NULL && (name = g_dir_read_name (dir)) != NULL;)
    if (g_str_has_prefix (name, prefix) && (*name != '.' || *prefix == '.'))
      g_ptr_array_add (names, name_in_folder (folder, name));
  g_ptr_array_sort (names, compare_names);
  g_ptr_array_add (names, NULL);
  return (char **) g_ptr_array_free (names, FALSE);
}

PhCompletions
ph_path_complete (const char *text)
{
  const char *begun = text + strspn (text, " ");
  bool in_quotes = *begun == '"' || *begun == '\'';
  g_autofree char *path =
      in_quotes ? unescape (begun + 1, *begun) : expand_home (unescape (begun, '\0'));
  const char *slash = strrchr (path, '/');
  g_autofree char *folder =
      slash != NULL ? g_strndup (path, (gsize) (slash - path) + 1) : g_strdup (".");
  const char *prefix = slash != NULL ? slash + 1 : path;

  return (PhCompletions){ .names = list_names (folder, prefix),
                          .n_typed = strlen (prefix),
                          .in_quotes = in_quotes };
}

void
ph_completions_clear (PhCompletions *self)
{
  g_clear_pointer (&self->names, g_strfreev);
}

/* A cut in the middle of a character is moved before it. */
static size_t
common_length (char **names)
{
  size_t n = strlen (names[0]);

  for (char **name = names + 1; *name != NULL; name++)
    for (size_t i = 0; i < n; i++)
      if ((*name)[i] != names[0][i])
        n = i;
  while (n > 0 && ((unsigned char) names[0][n] & 0xc0) == 0x80)
    n--;
  return n;
}

char *
ph_completions_dup_common (const PhCompletions *self)
{
  g_autofree char *common = NULL, *escaped = NULL;
  size_t n;

  if (self->names == NULL || self->names[0] == NULL)
    return g_strdup ("");

  n = common_length (self->names);
  n = MAX (n, self->n_typed);
  common = g_strndup (self->names[0] + self->n_typed, n - self->n_typed);
  escaped = self->in_quotes ? g_strdup (common) : ph_path_escape (common);
  if (self->names[1] == NULL && !g_str_has_suffix (self->names[0], "/"))
    return g_strconcat (escaped, " ", NULL);
  return g_steal_pointer (&escaped);
}

char *
ph_path_escape (const char *text)
{
  GString *escaped = g_string_new (NULL);

  for (; *text != '\0'; text++) {
    if (strchr (" \t\\'\"", *text) != NULL)
      g_string_append_c (escaped, '\\');
    g_string_append_c (escaped, *text);
  }
  return g_string_free (escaped, FALSE);
}
