#include "ui/look.h"

#define FIRST_STRENGTH 0.6

struct _PhLook {
  GObject parent_instance;

  int layer, head, query;
  int patch;
  gboolean pinned;
  double strength;
  PhSnapshotShape shape; /* of the last record: what was chosen outlives it */

  /* Shared */
  PhPicture *picture;
  PhTurn *turn;
  PhRecord *record;

  /* Borrowed */
  PhSnapshot *snapshot; /* of the record */

  /* Owned */
  GdkTexture *texture; /* of the picture */
  PhHeatMap *map;
};

G_DEFINE_FINAL_TYPE (PhLook, ph_look, G_TYPE_OBJECT)

enum {
  PROP_0,
  PROP_PICTURE,
  PROP_TURN,
  PROP_RECORD,
  PROP_MAP,
  PROP_LAYER,
  PROP_HEAD,
  PROP_QUERY,
  PROP_PATCH,
  PROP_PINNED,
  PROP_STRENGTH,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

PhLook *
ph_look_new (void)
{
  return g_object_new (PH_TYPE_LOOK, NULL);
}

PhPicture *
ph_look_get_picture (PhLook *self)
{
  return self->picture;
}

GdkTexture *
ph_look_get_texture (PhLook *self)
{
  return self->texture;
}

static GdkTexture *
make_texture (PhPicture *picture)
{
  return gdk_memory_texture_new (picture->width, picture->height, GDK_MEMORY_R8G8B8,
                                 picture->rgb, 3 * (gsize) picture->width);
}

void
ph_look_set_picture (PhLook *self, PhPicture *picture)
{
  if (self->picture == picture)
    return;

  g_clear_object (&self->texture);
  g_clear_pointer (&self->picture, ph_picture_unref);
  if (picture != NULL) {
    self->picture = ph_picture_ref (picture);
    self->texture = make_texture (picture);
  }
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PICTURE]);
}

static void
set_patch (PhLook *self, int patch, gboolean pinned)
{
  if (self->patch != patch) {
    self->patch = patch;
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PATCH]);
  }
  if (self->pinned != pinned) {
    self->pinned = pinned;
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PINNED]);
  }
}

static void
make_map (PhLook *self)
{
  g_clear_pointer (&self->map, ph_heat_map_free);
  if (self->snapshot != NULL)
    self->map = ph_heat_map_new (self->snapshot, self->layer, self->head, self->query);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_MAP]);
}

/* Keeps @value where the record has it. */
static void
choose (PhLook *self, int prop, int *field, int value, int n)
{
  value = value < 0 || value >= n ? PH_SNAPSHOT_MEAN : value;
  if (*field == value)
    return;

  *field = value;
  g_object_notify_by_pspec (G_OBJECT (self), properties[prop]);
}

static void
choose_all (PhLook *self, int layer, int head, int query)
{
  g_object_freeze_notify (G_OBJECT (self));
  choose (self, PROP_LAYER, &self->layer, layer, self->shape.n_layers);
  choose (self, PROP_HEAD, &self->head, head, self->shape.n_heads);
  choose (self, PROP_QUERY, &self->query, query, self->shape.n_queries);
  make_map (self);
  g_object_thaw_notify (G_OBJECT (self));
}

static int
query_of_best_contrast (const PhSnapshot *snapshot)
{
  const PhSnapshotShape *shape = ph_snapshot_get_shape (snapshot);
  float highest = 0;
  int best = 0;

  for (int query = 0; query < shape->n_queries; query++) {
    g_autoptr (PhHeatMap) map =
        ph_heat_map_new (snapshot, PH_SNAPSHOT_MEAN, PH_SNAPSHOT_MEAN, query);

    if (map->peak > highest) {
      highest = map->peak;
      best = query;
    }
  }
  return best;
}

static gboolean
same_shape (const PhSnapshotShape *a, const PhSnapshotShape *b)
{
  return a->n_layers == b->n_layers && a->n_heads == b->n_heads &&
         a->n_queries == b->n_queries && a->n_rows == b->n_rows &&
         a->n_columns == b->n_columns;
}

PhSnapshot *
ph_look_get_snapshot (PhLook *self)
{
  return self->snapshot;
}

static void
show_maps (PhLook *self)
{
  if (self->snapshot == NULL ||
      same_shape (&self->shape, ph_snapshot_get_shape (self->snapshot))) {
    make_map (self);
    return;
  }
  self->shape = *ph_snapshot_get_shape (self->snapshot);
  choose_all (self, PH_SNAPSHOT_MEAN, PH_SNAPSHOT_MEAN,
              query_of_best_contrast (self->snapshot));
}

static void
set_record (PhLook *self, PhRecord *record)
{
  /* Whoever hears of the patch still finds map and snapshot of one answer. */
  set_patch (self, -1, FALSE);
  g_clear_pointer (&self->record, ph_record_unref);
  self->snapshot = NULL;
  if (record != NULL) {
    self->record = ph_record_ref (record);
    self->snapshot = ph_record_get_snapshot (record);
  }
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_RECORD]);
  show_maps (self);
}

void
ph_look_show (PhLook *self, PhTurn *turn, PhRecord *record)
{
  g_object_freeze_notify (G_OBJECT (self));
  if (g_set_object (&self->turn, turn))
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_TURN]);
  if (self->record != record)
    set_record (self, record);
  g_object_thaw_notify (G_OBJECT (self));
}

PhTurn *
ph_look_get_turn (PhLook *self)
{
  return self->turn;
}

PhRecord *
ph_look_get_record (PhLook *self)
{
  return self->record;
}

const PhHeatMap *
ph_look_get_map (PhLook *self)
{
  return self->map;
}

int
ph_look_get_layer (PhLook *self)
{
  return self->layer;
}

int
ph_look_get_head (PhLook *self)
{
  return self->head;
}

int
ph_look_get_query (PhLook *self)
{
  return self->query;
}

void
ph_look_set_query (PhLook *self, int query)
{
  choose_all (self, self->layer, self->head, query);
}

void
ph_look_step_query (PhLook *self, int by)
{
  int n = self->shape.n_queries + 1;

  ph_look_set_query (self, (self->query + 1 + by + n) % n - 1);
}

char *
ph_look_dup_query_name (PhLook *self, int query)
{
  const char *label = ph_snapshot_get_label (self->snapshot, query);

  return label != NULL ? g_strdup_printf ("“%s”", label)
                       : g_strdup_printf ("Query %d", query + 1);
}

double
ph_look_get_strength (PhLook *self)
{
  return self->strength;
}

int
ph_look_get_patch (PhLook *self)
{
  return self->patch;
}

gboolean
ph_look_is_pinned (PhLook *self)
{
  return self->pinned;
}

static int
checked_patch (PhLook *self, int patch)
{
  return self->map != NULL && patch < self->map->n_rows * self->map->n_columns ? patch
                                                                               : -1;
}

void
ph_look_point_at (PhLook *self, int patch)
{
  if (!self->pinned)
    set_patch (self, checked_patch (self, patch), FALSE);
}

void
ph_look_pin (PhLook *self, int patch)
{
  patch = checked_patch (self, patch);
  set_patch (self, patch, patch >= 0);
}

void
ph_look_release (PhLook *self)
{
  set_patch (self, -1, FALSE);
}

/* "Query 7, layer 3, mean of 4 heads", or "“dog”, …" */
static char *
dup_choice_text (PhLook *self)
{
  const PhSnapshotShape *shape = &self->shape;
  g_autofree char *name = ph_look_dup_query_name (self, MAX (self->query, 0));
  bool is_text = ph_snapshot_get_label (self->snapshot, 0) != NULL;
  GString *text = g_string_new (NULL);

  if (self->query >= 0)
    g_string_append_printf (text, "%s, ", name);
  else
    g_string_append_printf (text, "Mean of %d %s, ", shape->n_queries,
                            is_text ? "tokens" : "queries");
  if (self->layer >= 0)
    g_string_append_printf (text, "layer %d, ", shape->layers[self->layer] + 1);
  else
    g_string_append_printf (text, "mean of %d layers, ", shape->n_layers);
  if (self->head >= 0)
    g_string_append_printf (text, "head %d", self->head + 1);
  else
    g_string_append_printf (text, "mean of %d heads", shape->n_heads);
  return g_string_free (text, FALSE);
}

char *
ph_look_dup_status (PhLook *self)
{
  g_autofree char *choice = NULL;
  g_autofree char *patch = NULL;

  if (self->map == NULL)
    return g_strdup ("");

  patch = ph_heat_map_dup_patch_text (
      self->map, self->patch >= 0 ? self->patch : self->map->peak_patch);
  if (self->patch >= 0)
    return g_strconcat (patch, self->pinned ? ", pinned" : NULL, NULL);

  choice = dup_choice_text (self);
  return g_strdup_printf ("%s. Most at %s", choice, patch);
}

static void
ph_look_get_property (GObject *object, guint prop, GValue *value, GParamSpec *pspec)
{
  PhLook *self = PH_LOOK (object);

  switch (prop) {
  case PROP_PICTURE:
    g_value_set_pointer (value, self->picture);
    break;
  case PROP_TURN:
    g_value_set_object (value, self->turn);
    break;
  case PROP_RECORD:
    g_value_set_pointer (value, self->record);
    break;
  case PROP_MAP:
    g_value_set_pointer (value, self->map);
    break;
  case PROP_LAYER:
    g_value_set_int (value, self->layer);
    break;
  case PROP_HEAD:
    g_value_set_int (value, self->head);
    break;
  case PROP_QUERY:
    g_value_set_int (value, self->query);
    break;
  case PROP_PATCH:
    g_value_set_int (value, self->patch);
    break;
  case PROP_PINNED:
    g_value_set_boolean (value, self->pinned);
    break;
  case PROP_STRENGTH:
    g_value_set_double (value, self->strength);
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop, pspec);
  }
}

static void
ph_look_set_property (GObject *object, guint prop, const GValue *value, GParamSpec *pspec)
{
  PhLook *self = PH_LOOK (object);

  switch (prop) {
  case PROP_LAYER:
    choose_all (self, g_value_get_int (value), self->head, self->query);
    break;
  case PROP_HEAD:
    choose_all (self, self->layer, g_value_get_int (value), self->query);
    break;
  case PROP_QUERY:
    ph_look_set_query (self, g_value_get_int (value));
    break;
  case PROP_STRENGTH:
    self->strength = g_value_get_double (value);
    g_object_notify_by_pspec (object, pspec);
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, prop, pspec);
  }
}

static void
ph_look_finalize (GObject *object)
{
  PhLook *self = PH_LOOK (object);

  g_clear_object (&self->texture);
  g_clear_pointer (&self->picture, ph_picture_unref);
  g_clear_object (&self->turn);
  g_clear_pointer (&self->record, ph_record_unref);
  g_clear_pointer (&self->map, ph_heat_map_free);
  G_OBJECT_CLASS (ph_look_parent_class)->finalize (object);
}

static GParamSpec *
choice_spec (const char *name)
{
  return g_param_spec_int (name, NULL, NULL, PH_SNAPSHOT_MEAN, G_MAXINT, PH_SNAPSHOT_MEAN,
                           G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY |
                               G_PARAM_STATIC_STRINGS);
}

static void
ph_look_class_init (PhLookClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags readable = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  object_class->get_property = ph_look_get_property;
  object_class->set_property = ph_look_set_property;
  object_class->finalize = ph_look_finalize;

  properties[PROP_PICTURE] = g_param_spec_pointer ("picture", NULL, NULL, readable);
  properties[PROP_TURN] =
      g_param_spec_object ("turn", NULL, NULL, PH_TYPE_TURN, readable);
  properties[PROP_RECORD] = g_param_spec_pointer ("record", NULL, NULL, readable);
  properties[PROP_MAP] = g_param_spec_pointer ("map", NULL, NULL, readable);
  properties[PROP_LAYER] = choice_spec ("layer");
  properties[PROP_HEAD] = choice_spec ("head");
  properties[PROP_QUERY] = choice_spec ("query");
  properties[PROP_PATCH] =
      g_param_spec_int ("patch", NULL, NULL, -1, G_MAXINT, -1, readable);
  properties[PROP_PINNED] = g_param_spec_boolean ("pinned", NULL, NULL, FALSE, readable);
  properties[PROP_STRENGTH] = g_param_spec_double (
      "strength", NULL, NULL, 0, 1, FIRST_STRENGTH,
      G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
ph_look_init (PhLook *self)
{
  self->layer = self->head = self->query = PH_SNAPSHOT_MEAN;
  self->patch = -1;
  self->strength = FIRST_STRENGTH;
}
