#include "ui/plate.h"

#define THUMB_SIDE 128 /* pixels of its longer side */

struct _PhPlate {
  GObject parent_instance;

  /* Owned */
  PhPicture *picture;
  GdkTexture *thumb;
  char *hash;
  char *name;
  char *problem;

  gboolean drawn;
  gboolean asked_for; /* it is being decoded, or was */
};

G_DEFINE_FINAL_TYPE (PhPlate, ph_plate, G_TYPE_OBJECT)

enum { PROP_0, PROP_THUMB, PROP_PROBLEM, N_PROPS };

static GParamSpec *properties[N_PROPS];

/* Every pixel of the thumb is the mean of at most so many samples a side. */
#define MOST_SAMPLES 4

static void
average (const PhPicture *picture, const int from[2], const int to[2], guint8 *pixel)
{
  const uint8_t *rgb = ph_picture_get_rgb (picture);
  int step_x = MAX (1, (to[0] - from[0]) / MOST_SAMPLES);
  int step_y = MAX (1, (to[1] - from[1]) / MOST_SAMPLES);
  unsigned sum[3] = { 0 }, n = 0;

  for (int y = from[1]; y < to[1]; y += step_y)
    for (int x = from[0]; x < to[0]; x += step_x, n++)
      for (int channel = 0; channel < 3; channel++)
        sum[channel] +=
            rgb[((gsize) y * (gsize) picture->width + (gsize) x) * 3 + (gsize) channel];
  for (int channel = 0; channel < 3; channel++)
    pixel[channel] = (guint8) (sum[channel] / MAX (1, n));
}

static GdkTexture *
make_thumb (const PhPicture *picture)
{
  double scale = MAX (1.0, MAX (picture->width, picture->height) / (double) THUMB_SIDE);
  int width = MAX (1, (int) (picture->width / scale));
  int height = MAX (1, (int) (picture->height / scale));
  gsize n_bytes = (gsize) width * (gsize) height * 3;
  guint8 *rgb = g_malloc (n_bytes);
  g_autoptr (GBytes) bytes = g_bytes_new_take (rgb, n_bytes);

  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++) {
      int from[] = { (int) ((gint64) x * picture->width / width),
                     (int) ((gint64) y * picture->height / height) };
      int to[] = { (int) ((gint64) (x + 1) * picture->width / width),
                   (int) ((gint64) (y + 1) * picture->height / height) };

      average (picture, from, to, rgb + ((gsize) y * (gsize) width + (gsize) x) * 3);
    }
  return gdk_memory_texture_new (width, height, GDK_MEMORY_R8G8B8, bytes,
                                 (gsize) width * 3);
}

static void
set_picture (PhPlate *self, PhPicture *picture)
{
  self->picture = ph_picture_ref (picture);
  self->thumb = make_thumb (picture);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_THUMB]);
}

PhPlate *
ph_plate_new (PhPicture *picture, const char *name)
{
  PhPlate *self = g_object_new (PH_TYPE_PLATE, NULL);

  self->name = g_strdup (name);
  self->asked_for = TRUE;
  set_picture (self, picture);
  return self;
}

PhPlate *
ph_plate_new_stored (const char *hash, const char *name)
{
  PhPlate *self = g_object_new (PH_TYPE_PLATE, NULL);

  self->hash = g_strdup (hash);
  self->name = g_strdup (name);
  return self;
}

void
ph_plate_set_drawn (PhPlate *self, gboolean drawn)
{
  self->drawn = drawn;
}

gboolean
ph_plate_is_drawn (PhPlate *self)
{
  return self->drawn;
}

static void
set_problem (PhPlate *self, const GError *error)
{
  g_free (self->problem);
  self->problem = g_strdup (error->message);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PROBLEM]);
}

/* Holds a reference to the plate, whose chat may have been left meanwhile. */
static void
decoded_cb (PhPicture *picture, const GError *error, gpointer data)
{
  g_autoptr (PhPlate) self = data;

  if (picture != NULL)
    set_picture (self, picture);
  else
    set_problem (self, error);
}

void
ph_plate_load (PhPlate *self, PhEngine *engine, PhHistory *history)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = NULL;

  if (self->asked_for)
    return;

  self->asked_for = TRUE;
  bytes = ph_history_load_picture (history, self->hash, NULL, NULL, &error);
  if (bytes != NULL)
    ph_engine_open_picture_bytes (engine, bytes, decoded_cb, g_object_ref (self));
  else
    set_problem (self, error);
}

PhPicture *
ph_plate_get_picture (PhPlate *self)
{
  return self->picture;
}

GdkTexture *
ph_plate_get_thumb (PhPlate *self)
{
  return self->thumb;
}

const char *
ph_plate_get_hash (PhPlate *self)
{
  return self->hash;
}

const char *
ph_plate_get_name (PhPlate *self)
{
  return self->name;
}

const char *
ph_plate_get_problem (PhPlate *self)
{
  return self->problem;
}

static void
ph_plate_get_property (GObject *object, guint prop, GValue *value, GParamSpec *pspec)
{
  PhPlate *self = PH_PLATE (object);

  switch (prop) {
  case PROP_THUMB:
    g_value_set_object (value, self->thumb);
    break;
  case PROP_PROBLEM:
    g_value_set_string (value, self->problem);
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop, pspec);
  }
}

static void
ph_plate_finalize (GObject *object)
{
  PhPlate *self = PH_PLATE (object);

  g_clear_pointer (&self->picture, ph_picture_unref);
  g_clear_object (&self->thumb);
  g_free (self->hash);
  g_free (self->name);
  g_free (self->problem);
  G_OBJECT_CLASS (ph_plate_parent_class)->finalize (object);
}

static void
ph_plate_class_init (PhPlateClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags readable = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->get_property = ph_plate_get_property;
  object_class->finalize = ph_plate_finalize;
  properties[PROP_THUMB] =
      g_param_spec_object ("thumb", NULL, NULL, GDK_TYPE_TEXTURE, readable);
  properties[PROP_PROBLEM] = g_param_spec_string ("problem", NULL, NULL, NULL, readable);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
ph_plate_init (PhPlate *self)
{
}
