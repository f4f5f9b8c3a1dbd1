#include "ui/incoming.h"

#include <glib/gi18n.h>

static const char *mime_types[] = { "image/png", "image/jpeg", "image/webp", "image/tiff",
                                    "image/bmp", "image/gif",  NULL };

typedef struct {
  GdkDrop *drop; /* NULL for the clipboard */
  PhIncomingCallback callback;
  gpointer data;
} Incoming;

GdkContentFormats *
ph_incoming_dup_formats (void)
{
  GdkContentFormatsBuilder *builder = gdk_content_formats_builder_new ();

  gdk_content_formats_builder_add_gtype (builder, GDK_TYPE_FILE_LIST);
  gdk_content_formats_builder_add_gtype (builder, GDK_TYPE_TEXTURE);
  for (const char **type = mime_types; *type != NULL; type++)
    gdk_content_formats_builder_add_mime_type (builder, *type);
  return gdk_content_formats_builder_free_to_formats (builder);
}

static void
deliver (Incoming *self, const char *const *paths, GBytes *bytes, const GError *error)
{
  if (self->drop != NULL) {
    gdk_drop_finish (self->drop, error == NULL ? GDK_ACTION_COPY : 0);
    g_object_unref (self->drop);
  }
  self->callback (paths, bytes, error, self->data);
  g_free (self);
}

/* Those that lie on this machine. */
static char **
dup_paths (const GValue *value)
{
  g_autoptr (GStrvBuilder) paths = g_strv_builder_new ();

  for (GSList *file = g_value_get_boxed (value); file != NULL; file = file->next) {
    g_autofree char *path = g_file_get_path (file->data);

    if (path != NULL)
      g_strv_builder_add (paths, path);
  }
  return g_strv_builder_end (paths);
}

static void
deliver_files (Incoming *self, const GValue *value, const GError *error)
{
  g_auto (GStrv) paths = value != NULL ? dup_paths (value) : NULL;
  g_autoptr (GError) problem = NULL;

  if (paths != NULL && *paths != NULL) {
    deliver (self, (const char *const *) paths, NULL, NULL);
    return;
  }
  if (error == NULL)
    problem = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                                   _ ("what was given is not a file on this machine"));
  deliver (self, NULL, NULL, error != NULL ? error : problem);
}

static void
deliver_texture (Incoming *self, const GValue *value, const GError *error)
{
  g_autoptr (GBytes) bytes =
      value != NULL ? gdk_texture_save_to_png_bytes (g_value_get_object (value)) : NULL;

  deliver (self, NULL, bytes, error);
}

static void
spliced_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  GMemoryOutputStream *memory = G_MEMORY_OUTPUT_STREAM (source);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = NULL;

  if (g_output_stream_splice_finish (G_OUTPUT_STREAM (memory), result, &error) >= 0)
    bytes = g_memory_output_stream_steal_as_bytes (memory);
  deliver (data, NULL, bytes, error);
}

/* Takes @stream. */
static void
read_stream (Incoming *self, GInputStream *stream, const GError *error)
{
  g_autoptr (GInputStream) owned = stream;
  g_autoptr (GOutputStream) memory = g_memory_output_stream_new_resizable ();

  if (stream == NULL) {
    deliver (self, NULL, NULL, error);
    return;
  }
  g_output_stream_splice_async (memory, stream,
                                G_OUTPUT_STREAM_SPLICE_CLOSE_SOURCE |
                                    G_OUTPUT_STREAM_SPLICE_CLOSE_TARGET,
                                G_PRIORITY_DEFAULT, NULL, spliced_cb, self);
}

static void
clipboard_files_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  const GValue *value =
      gdk_clipboard_read_value_finish (GDK_CLIPBOARD (source), result, &error);

  deliver_files (data, value, error);
}

static void
clipboard_stream_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  GInputStream *stream =
      gdk_clipboard_read_finish (GDK_CLIPBOARD (source), result, NULL, &error);

  read_stream (data, stream, error);
}

static gboolean
has_files (GdkContentFormats *formats)
{
  g_autoptr (GdkContentFormats) all =
      gdk_content_formats_union_deserialize_gtypes (gdk_content_formats_ref (formats));

  return gdk_content_formats_contain_gtype (all, GDK_TYPE_FILE_LIST);
}

/* Programs in this process offer types, which can be written out as any of these. */
static gboolean
has_picture (GdkContentFormats *formats)
{
  g_autoptr (GdkContentFormats) all =
      gdk_content_formats_union_serialize_mime_types (gdk_content_formats_ref (formats));

  for (const char **type = mime_types; *type != NULL; type++)
    if (gdk_content_formats_contain_mime_type (all, *type))
      return TRUE;
  return FALSE;
}

static Incoming *
begin (GdkDrop *drop, PhIncomingCallback callback, gpointer data)
{
  Incoming *self = g_new (Incoming, 1);

  *self = (Incoming){ drop != NULL ? g_object_ref (drop) : NULL, callback, data };
  return self;
}

gboolean
ph_incoming_read_clipboard (GdkClipboard *clipboard,
                            PhIncomingCallback callback,
                            gpointer data)
{
  GdkContentFormats *formats = gdk_clipboard_get_formats (clipboard);

  if (has_files (formats))
    gdk_clipboard_read_value_async (clipboard, GDK_TYPE_FILE_LIST, G_PRIORITY_DEFAULT,
                                    NULL, clipboard_files_cb,
                                    begin (NULL, callback, data));
  else if (has_picture (formats))
    gdk_clipboard_read_async (clipboard, mime_types, G_PRIORITY_DEFAULT, NULL,
                              clipboard_stream_cb, begin (NULL, callback, data));
  else
    return FALSE;
  return TRUE;
}

static void
drop_files_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  const GValue *value = gdk_drop_read_value_finish (GDK_DROP (source), result, &error);

  deliver_files (data, value, error);
}

static void
drop_texture_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  const GValue *value = gdk_drop_read_value_finish (GDK_DROP (source), result, &error);

  deliver_texture (data, value, error);
}

static void
drop_stream_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GError) error = NULL;
  GInputStream *stream = gdk_drop_read_finish (GDK_DROP (source), result, NULL, &error);

  read_stream (data, stream, error);
}

void
ph_incoming_read_drop (GdkDrop *drop, PhIncomingCallback callback, gpointer data)
{
  Incoming *self = begin (drop, callback, data);
  GdkContentFormats *formats = gdk_drop_get_formats (drop);

  if (has_files (formats))
    gdk_drop_read_value_async (drop, GDK_TYPE_FILE_LIST, G_PRIORITY_DEFAULT, NULL,
                               drop_files_cb, self);
  else if (gdk_content_formats_contain_gtype (formats, GDK_TYPE_TEXTURE))
    gdk_drop_read_value_async (drop, GDK_TYPE_TEXTURE, G_PRIORITY_DEFAULT, NULL,
                               drop_texture_cb, self);
  else
    gdk_drop_read_async (drop, mime_types, G_PRIORITY_DEFAULT, NULL, drop_stream_cb,
                         self);
}
