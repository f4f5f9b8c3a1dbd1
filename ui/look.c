#include "ui/look-private.h"

G_DEFINE_FINAL_TYPE (PhLook, ph_look, G_TYPE_OBJECT)

enum {
  PROP_0,
  PROP_PICTURE,
  PROP_SIGHT,
  PROP_TEXTURE,
  PROP_TURN,
  PROP_RECORD,
  PROP_MAP,
  PROP_LAYER,
  PROP_HEAD,
  PROP_QUERY,
  PROP_QUERIES,
  PROP_COMBINE,
  PROP_PATCH,
  PROP_PINNED,
  PROP_WORD,
  PROP_WORD_PINNED,
  N_PROPS
};

static GParamSpec *properties[N_PROPS];

PhLook *
ph_look_new (void)
{
  return g_object_new (PH_TYPE_LOOK, NULL);
}

PhAppearance *
ph_look_get_appearance (PhLook *self)
{
  return self->appearance;
}

PhPicture *
ph_look_get_picture (PhLook *self)
{
  return self->picture;
}

static void
notify (PhLook *self, int prop)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[prop]);
}

static void
show_texture (PhLook *self)
{
  ph_look_make_texture (self);
  notify (self, PROP_TEXTURE);
}

void
ph_look_set_picture (PhLook *self, PhPicture *picture)
{
  if (self->picture == picture)
    return;

  g_clear_pointer (&self->picture, ph_picture_unref);
  if (picture != NULL)
    self->picture = ph_picture_ref (picture);
  show_texture (self);
  notify (self, PROP_PICTURE);
}

static void
drop_own_map (PhLook *self)
{
  g_clear_pointer (&self->own_map, ph_heat_map_free);
  g_clear_pointer (&self->own_title, g_free);
}

static void
make_map (PhLook *self)
{
  g_clear_pointer (&self->map, ph_heat_map_free);
  if (self->snapshot != NULL)
    self->map = ph_look_make_chosen_map (self);
  ph_look_scale_own_map (self);
  notify (self, PROP_MAP);
}

/* Keeps @value where the record has it. */
static void
choose (PhLook *self, int prop, int *field, int value, int n)
{
  value = value < 0 || value >= n ? PH_SNAPSHOT_MEAN : value;
  if (*field == value)
    return;

  *field = value;
  notify (self, prop);
}

static void
choose_layer_and_head (PhLook *self, int layer, int head)
{
  choose (self, PROP_LAYER, &self->layer, layer, self->shape.n_layers);
  choose (self, PROP_HEAD, &self->head, head, self->shape.n_heads);
}

/* Those that the record has, each once. */
static GArray *
sort_queries (PhLook *self, const int *queries, size_t n)
{
  g_autofree bool *chosen = g_new0 (bool, (gsize) self->shape.n_queries + 1);
  GArray *sorted = g_array_new (FALSE, FALSE, sizeof (int));

  for (size_t i = 0; i < n; i++)
    if (queries[i] >= 0 && queries[i] < self->shape.n_queries)
      chosen[queries[i]] = true;
  for (int query = 0; query < self->shape.n_queries; query++)
    if (chosen[query])
      g_array_append_val (sorted, query);
  return sorted;
}

/* Whoever chooses queries wants to see them: what was shown in their place goes. */
static void
choose_queries (PhLook *self, const int *queries, size_t n)
{
  GArray *sorted = sort_queries (self, queries, n);
  int query = sorted->len == 1 ? g_array_index (sorted, int, 0) : PH_SNAPSHOT_MEAN;

  g_array_unref (self->queries);
  self->queries = sorted;
  choose (self, PROP_QUERY, &self->query, query, self->shape.n_queries);
  notify (self, PROP_QUERIES);
  drop_own_map (self);
  ph_look_pin_word (self, -1);
}

void
ph_look_set_queries (PhLook *self, const int *queries, size_t n)
{
  g_object_freeze_notify (G_OBJECT (self));
  choose_queries (self, queries, n);
  make_map (self);
  g_object_thaw_notify (G_OBJECT (self));
}

void
ph_look_set_query (PhLook *self, int query)
{
  ph_look_set_queries (self, &query, 1);
}

const int *
ph_look_get_queries (PhLook *self, size_t *n)
{
  *n = self->queries->len;
  return (const int *) (void *) self->queries->data;
}

gboolean
ph_look_has_query (PhLook *self, int query)
{
  for (guint i = 0; i < self->queries->len; i++)
    if (g_array_index (self->queries, int, i) == query)
      return TRUE;
  return FALSE;
}

void
ph_look_toggle_query (PhLook *self, int query)
{
  g_autoptr (GArray) queries = g_array_copy (self->queries);

  for (guint i = 0; i < queries->len; i++)
    if (g_array_index (queries, int, i) == query) {
      g_array_remove_index (queries, i);
      ph_look_set_queries (self, (const int *) (void *) queries->data, queries->len);
      return;
    }
  g_array_append_val (queries, query);
  ph_look_set_queries (self, (const int *) (void *) queries->data, queries->len);
}

void
ph_look_set_layer_and_head (PhLook *self, int layer, int head)
{
  g_object_freeze_notify (G_OBJECT (self));
  choose_layer_and_head (self, layer, head);
  make_map (self);
  g_object_thaw_notify (G_OBJECT (self));
}

static void
set_combine (PhLook *self, PhCombine combine)
{
  if (self->combine == combine)
    return;

  self->combine = combine;
  notify (self, PROP_COMBINE);
  make_map (self);
}

static void
set_sight (PhLook *self, gboolean sight)
{
  if (self->sight == sight)
    return;

  self->sight = sight;
  show_texture (self);
  notify (self, PROP_SIGHT);
}

void
ph_look_take_own_map (PhLook *self, PhHeatMap *map, const char *title)
{
  if (map == NULL && self->own_map == NULL)
    return;

  drop_own_map (self);
  self->own_map = map;
  self->own_title = map != NULL ? g_strdup (title) : NULL;
  ph_look_scale_own_map (self);
  notify (self, PROP_MAP);
}

static gboolean
same_shape (const PhSnapshotShape *a, const PhSnapshotShape *b)
{
  return a->n_layers == b->n_layers && a->n_heads == b->n_heads &&
         a->n_queries == b->n_queries && a->n_rows == b->n_rows &&
         a->n_columns == b->n_columns;
}

static void
show_maps (PhLook *self)
{
  if (self->snapshot != NULL &&
      !same_shape (&self->shape, ph_snapshot_get_shape (self->snapshot))) {
    int sharpest;

    self->shape = *ph_snapshot_get_shape (self->snapshot);
    sharpest = ph_look_find_sharpest_query (self);
    choose_layer_and_head (self, PH_SNAPSHOT_MEAN, PH_SNAPSHOT_MEAN);
    choose_queries (self, &sharpest, 1);
  }
  make_map (self);
}

static void
set_record (PhLook *self, PhRecord *record)
{
  /* Whoever hears of the patch still finds map and snapshot of one answer. */
  ph_look_release (self);
  drop_own_map (self);
  g_clear_pointer (&self->record, ph_record_unref);
  self->snapshot = NULL;
  ph_look_forget_record (self);
  if (record != NULL) {
    self->record = ph_record_ref (record);
    self->snapshot = ph_record_get_snapshot (record);
  }
  if (self->sight)
    show_texture (self);
  notify (self, PROP_RECORD);
  show_maps (self);
}

void
ph_look_show (PhLook *self, PhTurn *turn, PhRecord *record)
{
  g_object_freeze_notify (G_OBJECT (self));
  if (g_set_object (&self->turn, turn))
    notify (self, PROP_TURN);
  if (self->record != record)
    set_record (self, record);
  g_object_thaw_notify (G_OBJECT (self));
}

/* Colours change no number. */
static void
appearance_changed_cb (PhLook *self)
{
  ph_look_forget_scale (self);
  make_map (self);
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

PhSnapshot *
ph_look_get_snapshot (PhLook *self)
{
  return self->snapshot;
}

const PhHeatMap *
ph_look_get_map (PhLook *self)
{
  return self->own_map != NULL ? self->own_map : self->map;
}

const char *
ph_look_get_own_title (PhLook *self)
{
  return self->own_title;
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

PhCombine
ph_look_get_combine (PhLook *self)
{
  return self->combine;
}

/* The next of @n and of their mean, which stands before the first. */
static int
step (int value, int by, int n)
{
  return (value + 1 + by + n + 1) % (n + 1) - 1;
}

void
ph_look_step_query (PhLook *self, int by)
{
  ph_look_set_query (self, step (self->query, by, self->shape.n_queries));
}

void
ph_look_step_layer (PhLook *self, int by)
{
  ph_look_set_layer_and_head (self, step (self->layer, by, self->shape.n_layers),
                              self->head);
}

void
ph_look_step_head (PhLook *self, int by)
{
  ph_look_set_layer_and_head (self, self->layer,
                              step (self->head, by, self->shape.n_heads));
}

static void
ph_look_get_property (GObject *object, guint prop, GValue *value, GParamSpec *pspec)
{
  PhLook *self = PH_LOOK (object);

  switch (prop) {
  case PROP_PICTURE:
    g_value_set_pointer (value, self->picture);
    break;
  case PROP_SIGHT:
    g_value_set_boolean (value, self->sight);
    break;
  case PROP_TEXTURE:
    g_value_set_object (value, self->texture);
    break;
  case PROP_TURN:
    g_value_set_object (value, self->turn);
    break;
  case PROP_RECORD:
    g_value_set_pointer (value, self->record);
    break;
  case PROP_MAP:
    g_value_set_pointer (value, (gpointer) ph_look_get_map (self));
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
  case PROP_QUERIES:
    g_value_set_boolean (value, self->queries->len > 1);
    break;
  case PROP_COMBINE:
    g_value_set_int (value, (int) self->combine);
    break;
  case PROP_PATCH:
    g_value_set_int (value, self->patch);
    break;
  case PROP_PINNED:
    g_value_set_boolean (value, self->pinned);
    break;
  case PROP_WORD:
    g_value_set_int (value, self->word);
    break;
  case PROP_WORD_PINNED:
    g_value_set_boolean (value, self->word_pinned);
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
  case PROP_SIGHT:
    set_sight (self, g_value_get_boolean (value));
    break;
  case PROP_LAYER:
    ph_look_set_layer_and_head (self, g_value_get_int (value), self->head);
    break;
  case PROP_HEAD:
    ph_look_set_layer_and_head (self, self->layer, g_value_get_int (value));
    break;
  case PROP_QUERY:
    ph_look_set_query (self, g_value_get_int (value));
    break;
  case PROP_COMBINE:
    set_combine (self, (PhCombine) g_value_get_int (value));
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
  g_clear_object (&self->small_texture);
  g_clear_pointer (&self->picture, ph_picture_unref);
  g_clear_object (&self->turn);
  g_clear_pointer (&self->record, ph_record_unref);
  g_clear_pointer (&self->map, ph_heat_map_free);
  drop_own_map (self);
  g_clear_pointer (&self->artefacts, g_free);
  g_array_unref (self->queries);
  g_clear_object (&self->appearance);
  G_OBJECT_CLASS (ph_look_parent_class)->finalize (object);
}

static GParamSpec *
choice_spec (const char *name)
{
  return g_param_spec_int (name, NULL, NULL, PH_SNAPSHOT_MEAN, G_MAXINT, PH_SNAPSHOT_MEAN,
                           G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY |
                               G_PARAM_STATIC_STRINGS);
}

static GParamSpec *
mark_spec (const char *name)
{
  return g_param_spec_int (name, NULL, NULL, -1, G_MAXINT, -1,
                           G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
}

static void
ph_look_class_init (PhLookClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GParamFlags readable = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;
  GParamFlags writable = readable | G_PARAM_WRITABLE | G_PARAM_EXPLICIT_NOTIFY;

  object_class->get_property = ph_look_get_property;
  object_class->set_property = ph_look_set_property;
  object_class->finalize = ph_look_finalize;

  properties[PROP_PICTURE] = g_param_spec_pointer ("picture", NULL, NULL, readable);
  properties[PROP_SIGHT] = g_param_spec_boolean ("sight", NULL, NULL, FALSE, writable);
  properties[PROP_TEXTURE] =
      g_param_spec_object ("texture", NULL, NULL, GDK_TYPE_TEXTURE, readable);
  properties[PROP_TURN] =
      g_param_spec_object ("turn", NULL, NULL, PH_TYPE_TURN, readable);
  properties[PROP_RECORD] = g_param_spec_pointer ("record", NULL, NULL, readable);
  properties[PROP_MAP] = g_param_spec_pointer ("map", NULL, NULL, readable);
  properties[PROP_LAYER] = choice_spec ("layer");
  properties[PROP_HEAD] = choice_spec ("head");
  properties[PROP_QUERY] = choice_spec ("query");
  properties[PROP_QUERIES] =
      g_param_spec_boolean ("queries", NULL, NULL, FALSE, readable);
  properties[PROP_COMBINE] = g_param_spec_int ("combine", NULL, NULL, PH_COMBINE_MEAN,
                                               PH_COMBINE_MAX, PH_COMBINE_MEAN, writable);
  properties[PROP_PATCH] = mark_spec ("patch");
  properties[PROP_PINNED] = g_param_spec_boolean ("pinned", NULL, NULL, FALSE, readable);
  properties[PROP_WORD] = mark_spec ("word");
  properties[PROP_WORD_PINNED] =
      g_param_spec_boolean ("word-pinned", NULL, NULL, FALSE, readable);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
ph_look_init (PhLook *self)
{
  self->layer = self->head = self->query = PH_SNAPSHOT_MEAN;
  self->queries = g_array_new (FALSE, FALSE, sizeof (int));
  self->patch = self->word = -1;
  self->shared.top = -1;
  self->appearance = ph_appearance_new ();
  g_signal_connect_object (self->appearance, "notify::scale",
                           G_CALLBACK (appearance_changed_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->appearance, "notify::hide-artefacts",
                           G_CALLBACK (appearance_changed_cb), self, G_CONNECT_SWAPPED);
}
