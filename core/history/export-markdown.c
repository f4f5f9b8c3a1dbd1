/* A chat to be read: chat.md, and its pictures as files in a folder beside it. */
#include "core/history/export-private.h"

#include "core/base/error.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#define NAME_CHARACTERS 60

/* Files */

typedef struct {
  const char *magic;
  size_t n_bytes, at;
  const char *suffix;
} Kind;

static const Kind kinds[] = {
  { "\x89PNG", 4, 0, "png" }, { "\xff\xd8\xff", 3, 0, "jpg" }, { "GIF8", 4, 0, "gif" },
  { "WEBP", 4, 8, "webp" },   { "BM", 2, 0, "bmp" },           { "II*", 4, 0, "tiff" },
  { "MM\0*", 4, 0, "tiff" },
};

/* By what it is: the person's cat.jpg may have been kept as a PNG. */
static const char *
suffix_of (GBytes *file)
{
  size_t n_bytes;
  const char *bytes = g_bytes_get_data (file, &n_bytes);

  for (size_t i = 0; i < G_N_ELEMENTS (kinds); i++)
    if (n_bytes >= kinds[i].at + kinds[i].n_bytes &&
        memcmp (bytes + kinds[i].at, kinds[i].magic, kinds[i].n_bytes) == 0)
      return kinds[i].suffix;
  return "image";
}

/* What may stand in a link and on every file system: "1-harbour.png". */
static char *
name_picture (size_t number, const char *known_as, GBytes *file)
{
  g_autofree char *stem = g_path_get_basename (known_as ?: "picture");
  char *dot = strrchr (stem, '.');
  GString *name = g_string_new (NULL);

  if (dot != NULL && dot != stem)
    *dot = '\0';
  g_string_printf (name, "%zu-", number);
  for (const char *at = stem; *at != '\0' && name->len < NAME_CHARACTERS;
       at = g_utf8_next_char (at)) {
    gunichar character = g_utf8_get_char (at);

    g_string_append_unichar (name, g_unichar_isalnum (character) ? character : '-');
  }
  g_string_append_printf (name, ".%s", suffix_of (file));
  return g_string_free (name, FALSE);
}

/* Returns the path of each picture beneath @folder; NULL for one that was not kept. */
static GPtrArray *
write_pictures (const PhExport *self, const char *folder, GError **error)
{
  g_autoptr (GPtrArray) links = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < self->pictures->len; i++) {
    const PhHistoryPicture *picture = g_ptr_array_index (self->pictures, i);
    g_autoptr (GBytes) file = NULL;
    g_autofree char *name = NULL;
    g_autofree char *path = NULL;

    if (!ph_export_load_picture (self, i, &file, error))
      return NULL;
    if (file == NULL) {
      g_ptr_array_add (links, NULL);
      continue;
    }
    name = name_picture (i + 1, picture->name, file);
    path = g_build_filename (folder, "pictures", name, NULL);
    if (!ph_export_write (path, g_bytes_get_data (file, NULL), g_bytes_get_size (file),
                          error))
      return NULL;
    g_ptr_array_add (links, g_strconcat ("pictures/", name, NULL));
  }
  return g_steal_pointer (&links);
}

/* Text */

/* People and models do not write Markdown here, so none of what they say is any: signs
 * are escaped, lines stay lines, and @before stands in front of each. */
static void
append_text (GString *out, const char *text, const char *before)
{
  bool begins = true;

  for (; *text != '\0'; text++) {
    if (begins)
      g_string_append (out, before);
    if (strchr ("\\`*_[]<>&#|~", *text) != NULL ||
        (begins && strchr ("+-=", *text) != NULL))
      g_string_append_c (out, '\\');
    begins = *text == '\n';
    if (begins && text[1] != '\n' && text[1] != '\0')
      g_string_append (out, "  "); /* a line that ends without ending the paragraph */
    g_string_append_c (out, *text);
  }
  if (!begins)
    g_string_append_c (out, '\n');
}

static void
append_picture (GString *out, const char *link, const char *name)
{
  if (link == NULL)
    g_string_append (out, "*(The picture was too large to be kept.)*\n\n");
  else {
    g_string_append (out, "![");
    append_text (out, name ?: "picture", "");
    g_string_truncate (out, out->len - 1);
    g_string_append_printf (out, "](%s)\n\n", link);
  }
}

static void
append_footer (GString *out, const PhHistoryTurn *turn)
{
  g_string_append (out, "\n<sub>");
  append_text (out, turn->model, "");
  g_string_truncate (out, out->len - 1);
  if (turn->state != PH_TURN_DONE)
    g_string_append_printf (out, ", %s", ph_turn_state_get_name (turn->state));
  if (turn->n_variants > 1)
    g_string_append_printf (out, ", answer %d of %d", turn->variant, turn->n_variants);
  if (turn->edited != 0)
    g_string_append (out, ", edited");
  g_string_append (out, "</sub>\n\n");
}

/* A picture stands where it is asked about first, or again after another. */
static char *
write_text (const PhExport *self, GPtrArray *links)
{
  g_autoptr (GDateTime) day =
      g_date_time_new_from_unix_local (self->chat->created / G_USEC_PER_SEC);
  g_autofree char *date = day != NULL ? g_date_time_format (day, "%Y-%m-%d") : NULL;
  GString *out = g_string_new ("# ");
  int shown = -1;

  append_text (out, self->chat->title, "");
  g_string_append_printf (out, "\n%s\n\n", date ?: "");
  for (guint i = 0; i < self->turns->len; i++) {
    const PhHistoryTurn *turn = g_ptr_array_index (self->turns, i);
    int picture = ph_export_find_picture (self, turn);

    if (picture >= 0 && picture != shown)
      append_picture (out, g_ptr_array_index (links, (guint) picture),
                      turn->picture_name);
    shown = picture >= 0 ? picture : shown;
    append_text (out, turn->prompt, "> ");
    g_string_append_c (out, '\n');
    append_text (out, turn->answer, "");
    append_footer (out, turn);
  }
  return g_string_free (out, FALSE);
}

static bool
write_files (const PhExport *self, const char *folder, GError **error)
{
  g_autoptr (GPtrArray) links = write_pictures (self, folder, error);
  g_autofree char *text = links != NULL ? write_text (self, links) : NULL;
  g_autofree char *path = g_build_filename (folder, "chat.md", NULL);

  return text != NULL && ph_export_write (path, text, strlen (text), error);
}

static void
remove_folder (const char *folder)
{
  g_autoptr (GDir) entries = g_dir_open (folder, 0, NULL);
  const char *name;

  while (entries != NULL && (name = g_dir_read_name (entries)) != NULL) {
    g_autofree char *path = g_build_filename (folder, name, NULL);

    if (g_file_test (path, G_FILE_TEST_IS_DIR))
      remove_folder (path);
    else
      g_unlink (path);
  }
  g_rmdir (folder);
}

bool
ph_history_export_markdown (PhHistory *self,
                            int64_t chat,
                            const char *folder,
                            GError **error)
{
  g_auto (PhExport) from = { 0 };
  g_autofree char *pictures = g_build_filename (folder, "pictures", NULL);

  if (!ph_export_load (&from, self, chat, error))
    return false;
  if (g_mkdir (folder, 0777) != 0 || g_mkdir (pictures, 0777) != 0) {
    ph_fail_errno (error, errno, "the folder cannot be made");
    return ph_prefix_path (error, folder);
  }
  if (!write_files (&from, folder, error)) {
    remove_folder (folder);
    return false;
  }
  return true;
}
