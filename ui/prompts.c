#include "ui/prompts.h"

#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <gtk/gtk.h>
#include <string.h>

#define GROUP "prompts"
#define KEY "kept"
#define MOST_PROMPTS 200
#define MOST_CHARACTERS 20000 /* as many as the composer takes */
#define MOST_BYTES (4 << 20)

struct _PhPrompts {
  GObject parent_instance;

  /* Owned */
  char *path;
  char *problem;
  GtkStringList *list;

  gboolean is_damaged; /* the file, which is not ours to lose */
};

G_DEFINE_FINAL_TYPE (PhPrompts, ph_prompts, G_TYPE_OBJECT)

/* --- starters --- */

static const char *const for_questions[] = { N_ ("What is in the picture?"),
                                             N_ ("Where was it taken?"),
                                             N_ ("How many people are there?"),
                                             N_ ("What is the weather like?"), NULL };
static const char *const for_instructions[] = {
  N_ ("Describe the picture."), N_ ("Describe the picture in detail."),
  N_ ("What is unusual about this picture?"), N_ ("How many things are there?"), NULL
};
static const char *const for_captions[] = { N_ ("a picture of"), N_ ("a photo of"),
                                            N_ ("there is"), NULL };

static const struct {
  const char *family;
  const char *const *starters;
} families[] = {
  { "InstructBLIP", for_instructions },
  { "BLIP captions", for_captions },
  { "BLIP-2", for_questions },
  { "BLIP answers", for_questions },
};

const char *const *
ph_prompts_list_starters (const PhModelFacts *model)
{
  for (gsize i = 0; model != NULL && i < G_N_ELEMENTS (families); i++)
    if (g_str_equal (families[i].family, model->info.family))
      return families[i].starters;
  return for_questions;
}

/* --- the file --- */

static void
set_problem (PhPrompts *self, const GError *error)
{
  g_free (self->problem);
  self->problem = g_strdup_printf ("%s: %s", self->path, error->message);
}

static gboolean
is_fit (const char *text)
{
  return g_utf8_validate (text, -1, NULL) &&
         g_utf8_strlen (text, -1) <= MOST_CHARACTERS &&
         text[strspn (text, " \t\n")] != '\0';
}

static gboolean
load_file (GKeyFile *file, const char *path, GError **error)
{
  GStatBuf info;

  if (g_stat (path, &info) == 0 && info.st_size > MOST_BYTES) {
    g_set_error (error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_PARSE,
                 _ ("%" G_GINT64_FORMAT " bytes, not up to %d"), (gint64) info.st_size,
                 MOST_BYTES);
    return FALSE;
  }
  return g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, error);
}

/* A file that is not there, or that has no prompts, is an empty list. */
static void
read_file (PhPrompts *self)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) kept = NULL;

  if (load_file (file, self->path, &error))
    kept = g_key_file_get_string_list (file, GROUP, KEY, NULL, &error);
  for (gsize i = 0; kept != NULL && kept[i] != NULL; i++)
    if (i < MOST_PROMPTS && is_fit (kept[i]))
      gtk_string_list_append (self->list, kept[i]);

  self->is_damaged =
      error != NULL && !g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_NOENT) &&
      !g_error_matches (error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_GROUP_NOT_FOUND) &&
      !g_error_matches (error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_KEY_NOT_FOUND);
  if (self->is_damaged)
    set_problem (self, error);
}

static void
put_aside (PhPrompts *self)
{
  g_autofree char *aside = g_strconcat (self->path, ".damaged", NULL);

  if (self->is_damaged)
    g_rename (self->path, aside);
  self->is_damaged = FALSE;
}

/* A few kilobytes, when somebody clicked. */
static void
write_file (PhPrompts *self)
{
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = g_path_get_dirname (self->path);
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->list));
  g_autofree const char **kept = g_new0 (const char *, n + 1);

  for (guint i = 0; i < n; i++)
    kept[i] = gtk_string_list_get_string (self->list, i);
  g_key_file_set_string_list (file, GROUP, KEY, kept, n);
  put_aside (self);
  g_mkdir_with_parents (folder, 0700);
  g_clear_pointer (&self->problem, g_free);
  if (!g_key_file_save_to_file (file, self->path, &error))
    set_problem (self, error);
}

/* --- the list --- */

PhPrompts *
ph_prompts_new (const char *path)
{
  PhPrompts *self = g_object_new (PH_TYPE_PROMPTS, NULL);

  self->path = g_strdup (path);
  read_file (self);
  return self;
}

PhPrompts *
ph_prompts_ref_shared (void)
{
  static PhPrompts *shared; /* weak */
  g_autofree char *path = NULL;

  if (shared != NULL)
    return g_object_ref (shared);

  path = g_build_filename (g_get_user_data_dir (), "pinhole", "prompts.ini", NULL);
  shared = ph_prompts_new (path);
  g_object_add_weak_pointer (G_OBJECT (shared), (gpointer *) &shared);
  return shared;
}

GListModel *
ph_prompts_get_list (PhPrompts *self)
{
  return G_LIST_MODEL (self->list);
}

const char *
ph_prompts_get_problem (PhPrompts *self)
{
  return self->problem;
}

gboolean
ph_prompts_has (PhPrompts *self, const char *text)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->list));

  for (guint i = 0; i < n; i++)
    if (g_str_equal (gtk_string_list_get_string (self->list, i), text))
      return TRUE;
  return FALSE;
}

void
ph_prompts_add (PhPrompts *self, guint position, const char *text)
{
  const char *const texts[] = { text, NULL };

  if (!is_fit (text) || ph_prompts_has (self, text) ||
      g_list_model_get_n_items (G_LIST_MODEL (self->list)) >= MOST_PROMPTS)
    return;

  gtk_string_list_splice (self->list, position, 0, texts);
  write_file (self);
}

void
ph_prompts_remove (PhPrompts *self, guint position)
{
  gtk_string_list_remove (self->list, position);
  write_file (self);
}

static void
ph_prompts_finalize (GObject *object)
{
  PhPrompts *self = PH_PROMPTS (object);

  g_free (self->path);
  g_free (self->problem);
  g_object_unref (self->list);
  G_OBJECT_CLASS (ph_prompts_parent_class)->finalize (object);
}

static void
ph_prompts_class_init (PhPromptsClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = ph_prompts_finalize;
}

static void
ph_prompts_init (PhPrompts *self)
{
  self->list = gtk_string_list_new (NULL);
}
