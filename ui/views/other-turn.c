#include "ui/views/other-turn.h"

#include <glib/gi18n.h>

struct _PhOtherTurn {
  GObject parent_instance;

  /* Owned */
  PhRecord *record;
  GdkTexture *texture;
  char *title;
};

G_DEFINE_FINAL_TYPE (PhOtherTurn, ph_other_turn, G_TYPE_OBJECT)

enum { PROP_0, PROP_TEXTURE, N_PROPS };

static GParamSpec *properties[N_PROPS];

PhRecord *
ph_other_turn_get_record (PhOtherTurn *self)
{
  return self->record;
}

GdkTexture *
ph_other_turn_get_texture (PhOtherTurn *self)
{
  return self->texture;
}

const char *
ph_other_turn_get_title (PhOtherTurn *self)
{
  return self->title;
}

/* A map without its picture is still a map. */
static void
picture_decoded_cb (PhPicture *picture, const GError *error, gpointer data)
{
  g_autoptr (PhOtherTurn) self = data;

  if (picture == NULL)
    return;
  self->texture =
      gdk_memory_texture_new (picture->width, picture->height, GDK_MEMORY_R8G8B8,
                              picture->rgb, 3 * (gsize) picture->width);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_TEXTURE]);
}

PhOtherTurn *
ph_other_turn_new (PhEngine *engine,
                   PhHistory *history,
                   const PhPastTurn *turn,
                   GError **error)
{
  PhRecord *record = ph_history_load_record (history, turn->id, error);
  g_autoptr (GBytes) bytes = NULL;
  PhOtherTurn *self;

  if (record == NULL)
    return NULL;

  self = g_object_new (PH_TYPE_OTHER_TURN, NULL);
  self->record = record;
  self->title = g_strdup_printf (_ ("“%s”, %s"), turn->prompt, turn->model);
  if (turn->picture_hash != NULL)
    bytes = ph_history_load_picture (history, turn->picture_hash, NULL, NULL, NULL);
  if (bytes != NULL)
    ph_engine_open_picture_bytes (engine, bytes, picture_decoded_cb, g_object_ref (self));
  return self;
}

static void
ph_other_turn_get_property (GObject *object, guint prop, GValue *value, GParamSpec *pspec)
{
  if (prop == PROP_TEXTURE)
    g_value_set_object (value, PH_OTHER_TURN (object)->texture);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop, pspec);
}

static void
ph_other_turn_finalize (GObject *object)
{
  PhOtherTurn *self = PH_OTHER_TURN (object);

  ph_record_unref (self->record);
  g_clear_object (&self->texture);
  g_free (self->title);
  G_OBJECT_CLASS (ph_other_turn_parent_class)->finalize (object);
}

static void
ph_other_turn_class_init (PhOtherTurnClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = ph_other_turn_get_property;
  object_class->finalize = ph_other_turn_finalize;
  properties[PROP_TEXTURE] = g_param_spec_object (
      "texture", NULL, NULL, GDK_TYPE_TEXTURE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
ph_other_turn_init (PhOtherTurn *self)
{
}
