#include "ui/appearance.h"

#include "ui/settings.h"

#include <glib/gi18n.h>

#define FIRST_STRENGTH 0.6

struct _PhAppearance {
  GObject parent_instance;

  PhScale scale;
  PhColormap colors;
  gboolean smooth;
  gboolean hide_artefacts;
  double strength;
};

G_DEFINE_FINAL_TYPE (PhAppearance, ph_appearance, G_TYPE_OBJECT)

enum {
  PROP_0,
  PROP_SCALE,
  PROP_COLORS,
  PROP_SMOOTH,
  PROP_HIDE_ARTEFACTS,
  PROP_STRENGTH,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

/* The nicks are those of the settings. */
GType
ph_scale_get_type (void)
{
  static const GEnumValue values[] = {
    { PH_SCALE_MAP, "PH_SCALE_MAP", "map" },
    { PH_SCALE_SHARED, "PH_SCALE_SHARED", "shared" },
    { PH_SCALE_ABSOLUTE, "PH_SCALE_ABSOLUTE", "absolute" },
    { 0, NULL, NULL },
  };
  static gsize type = 0;

  if (g_once_init_enter (&type))
    g_once_init_leave (&type, g_enum_register_static ("PhScale", values));
  return type;
}

GType
ph_colormap_get_type (void)
{
  static const GEnumValue values[] = {
    { PH_COLORMAP_VIOLET_YELLOW, "PH_COLORMAP_VIOLET_YELLOW", "viridis" },
    { PH_COLORMAP_BLUE_YELLOW, "PH_COLORMAP_BLUE_YELLOW", "cividis" },
    { PH_COLORMAP_SIGNED, "PH_COLORMAP_SIGNED", "signed" },
    { 0, NULL, NULL },
  };
  static gsize type = 0;

  if (g_once_init_enter (&type))
    g_once_init_leave (&type, g_enum_register_static ("PhColormap", values));
  return type;
}

PhAppearance *
ph_appearance_new (void)
{
  PhAppearance *self = g_object_new (PH_TYPE_APPEARANCE, NULL);

  ph_settings_bind ("map-scale", self, "scale");
  ph_settings_bind ("color-map", self, "colors");
  ph_settings_bind ("map-smooth", self, "smooth");
  ph_settings_bind ("map-strength", self, "strength");
  return self;
}

PhScale
ph_appearance_get_scale (PhAppearance *self)
{
  return self->scale;
}

PhColormap
ph_appearance_get_colors (PhAppearance *self)
{
  return self->colors;
}

gboolean
ph_appearance_get_smooth (PhAppearance *self)
{
  return self->smooth;
}

gboolean
ph_appearance_get_hide_artefacts (PhAppearance *self)
{
  return self->hide_artefacts;
}

double
ph_appearance_get_strength (PhAppearance *self)
{
  return self->strength;
}

const char *
ph_scale_get_title (PhScale scale)
{
  static const char *const titles[] = {
    [PH_SCALE_MAP] = N_ ("Each map its own"),
    [PH_SCALE_SHARED] = N_ ("Shared by all queries"),
    [PH_SCALE_ABSOLUTE] = N_ ("Absolute, up to 100 %"),
  };

  return _ (titles[scale]);
}

const char *
ph_colormap_get_title (PhColormap colors)
{
  static const char *const titles[PH_COLORMAP_N] = {
    [PH_COLORMAP_VIOLET_YELLOW] = N_ ("Violet to yellow"),
    [PH_COLORMAP_BLUE_YELLOW] = N_ ("Blue to yellow"),
    [PH_COLORMAP_SIGNED] = N_ ("Blue by white to brown"),
  };

  return _ (titles[colors]);
}

static void
ph_appearance_get_property (GObject *object, guint prop, GValue *value, GParamSpec *pspec)
{
  PhAppearance *self = PH_APPEARANCE (object);

  switch (prop) {
  case PROP_SCALE:
    g_value_set_enum (value, (int) self->scale);
    break;
  case PROP_COLORS:
    g_value_set_enum (value, (int) self->colors);
    break;
  case PROP_SMOOTH:
    g_value_set_boolean (value, self->smooth);
    break;
  case PROP_HIDE_ARTEFACTS:
    g_value_set_boolean (value, self->hide_artefacts);
    break;
  case PROP_STRENGTH:
    g_value_set_double (value, self->strength);
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop, pspec);
  }
}

static void
ph_appearance_set_property (GObject *object,
                            guint prop,
                            const GValue *value,
                            GParamSpec *pspec)
{
  PhAppearance *self = PH_APPEARANCE (object);

  switch (prop) {
  case PROP_SCALE:
    self->scale = (PhScale) g_value_get_enum (value);
    break;
  case PROP_COLORS:
    self->colors = (PhColormap) g_value_get_enum (value);
    break;
  case PROP_SMOOTH:
    self->smooth = g_value_get_boolean (value);
    break;
  case PROP_HIDE_ARTEFACTS:
    self->hide_artefacts = g_value_get_boolean (value);
    break;
  case PROP_STRENGTH:
    self->strength = g_value_get_double (value);
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop, pspec);
  }
}

static void
ph_appearance_class_init (PhAppearanceClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;

  object_class->get_property = ph_appearance_get_property;
  object_class->set_property = ph_appearance_set_property;
  properties[PROP_SCALE] =
      g_param_spec_enum ("scale", NULL, NULL, PH_TYPE_SCALE, PH_SCALE_MAP, flags);
  properties[PROP_COLORS] = g_param_spec_enum ("colors", NULL, NULL, PH_TYPE_COLORMAP,
                                               PH_COLORMAP_VIOLET_YELLOW, flags);
  properties[PROP_SMOOTH] = g_param_spec_boolean ("smooth", NULL, NULL, FALSE, flags);
  properties[PROP_HIDE_ARTEFACTS] =
      g_param_spec_boolean ("hide-artefacts", NULL, NULL, FALSE, flags);
  properties[PROP_STRENGTH] =
      g_param_spec_double ("strength", NULL, NULL, 0, 1, FIRST_STRENGTH, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
ph_appearance_init (PhAppearance *self)
{
  self->strength = FIRST_STRENGTH;
}
