#include "ui/selectors.h"

#include "ui/names.h"
#include "ui/wrap.h"

#include <string.h>

typedef enum { QUERY, LAYER, HEAD, N_CHOICES } Choice;

static const struct {
  const char *property; /* of the look */
  const char *all;      /* the first entry */
  const char *one;      /* the others, with their numbers */
  const char *label;    /* for those who do not see it */
} choices[N_CHOICES] = {
  [QUERY] = { "query", "All queries", "Query", "Query of the heatmap" },
  [LAYER] = { "layer", "All layers", "Layer", "Layer of the heatmap" },
  [HEAD] = { "head", "All heads", "Head", "Attention head of the heatmap" },
};

struct _PhSelectors {
  GtkBox parent_instance;

  /* Template children */
  GtkDropDown *lists[N_CHOICES];

  /* Owned */
  PhLook *look;
  PhSnapshot *shown; /* what the lists were made for, or NULL */
};

G_DEFINE_FINAL_TYPE (PhSelectors, ph_selectors, GTK_TYPE_BOX)

/* Entry 0 is the mean, which the look calls PH_SNAPSHOT_MEAN, that is -1. */
static void
selected_cb (GtkDropDown *list, GParamSpec *pspec, PhSelectors *self)
{
  for (Choice i = 0; i < N_CHOICES; i++)
    if (self->lists[i] == list)
      g_object_set (self->look, choices[i].property,
                    (int) gtk_drop_down_get_selected (list) - 1, NULL);
}

static int
get_count (const PhSnapshotShape *shape, Choice choice)
{
  const int counts[N_CHOICES] = {
    [QUERY] = shape->n_queries, [LAYER] = shape->n_layers, [HEAD] = shape->n_heads
  };

  return counts[choice];
}

static char *
dup_entry (PhSnapshot *snapshot, Choice choice, int i)
{
  const PhSnapshotShape *shape = ph_snapshot_get_shape (snapshot);
  const char *label = choice == QUERY ? ph_snapshot_get_label (snapshot, i) : NULL;
  int number = choice == LAYER ? shape->layers[i] : i;

  return label != NULL ? g_strdup_printf ("%d %s", number + 1, label)
                       : g_strdup_printf ("%s %d", choices[choice].one, number + 1);
}

static gboolean
is_of_text (PhSnapshot *snapshot)
{
  return snapshot != NULL && ph_snapshot_get_label (snapshot, 0) != NULL;
}

/* @snapshot may be NULL: then there is the mean alone. */
static GListModel *
make_entries (PhSnapshot *snapshot, Choice choice)
{
  GtkStringList *entries = gtk_string_list_new (NULL);
  int n = snapshot != NULL ? get_count (ph_snapshot_get_shape (snapshot), choice) : 0;

  gtk_string_list_append (entries, choice == QUERY && is_of_text (snapshot)
                                       ? "All tokens"
                                       : choices[choice].all);
  for (int i = 0; i < n; i++) {
    g_autofree char *text = dup_entry (snapshot, choice, i);

    gtk_string_list_append (entries, text);
  }
  return G_LIST_MODEL (entries);
}

static void
show_choice (PhSelectors *self, Choice choice, gboolean entries_changed)
{
  GtkDropDown *list = self->lists[choice];
  int value;

  g_object_get (self->look, choices[choice].property, &value, NULL);
  g_signal_handlers_block_by_func (list, selected_cb, self);
  if (entries_changed) {
    g_autoptr (GListModel) entries = make_entries (self->shown, choice);

    gtk_drop_down_set_model (list, entries);
  }
  gtk_drop_down_set_selected (list, (guint) (value + 1));
  g_signal_handlers_unblock_by_func (list, selected_cb, self);
}

/* Records of one shape have the same entries, but those of text each have their own. */
static gboolean
has_other_entries (PhSelectors *self, PhSnapshot *snapshot)
{
  if (self->shown == snapshot)
    return FALSE;
  return self->shown == NULL || is_of_text (self->shown) || is_of_text (snapshot) ||
         memcmp (ph_snapshot_get_shape (self->shown), ph_snapshot_get_shape (snapshot),
                 sizeof (PhSnapshotShape)) != 0;
}

static void
map_changed_cb (PhSelectors *self)
{
  PhSnapshot *snapshot = ph_look_get_snapshot (self->look);
  gboolean entries_changed;

  if (snapshot == NULL)
    return;

  entries_changed = has_other_entries (self, snapshot);
  ph_snapshot_ref (snapshot);
  g_clear_pointer (&self->shown, ph_snapshot_unref);
  self->shown = snapshot;
  for (Choice i = 0; i < N_CHOICES; i++)
    show_choice (self, i, entries_changed);
}

void
ph_selectors_set_look (PhSelectors *self, PhLook *look)
{
  g_assert (self->look == NULL);

  self->look = g_object_ref (look);
  g_signal_connect_object (look, "notify::map", G_CALLBACK (map_changed_cb), self,
                           G_CONNECT_SWAPPED);
  for (Choice i = 0; i < N_CHOICES; i++)
    g_signal_connect (self->lists[i], "notify::selected", G_CALLBACK (selected_cb), self);
  map_changed_cb (self);
}

static void
ph_selectors_dispose (GObject *object)
{
  gtk_widget_dispose_template (GTK_WIDGET (object), PH_TYPE_SELECTORS);
  G_OBJECT_CLASS (ph_selectors_parent_class)->dispose (object);
}

static void
ph_selectors_finalize (GObject *object)
{
  g_clear_object (&PH_SELECTORS (object)->look);
  g_clear_pointer (&PH_SELECTORS (object)->shown, ph_snapshot_unref);
  G_OBJECT_CLASS (ph_selectors_parent_class)->finalize (object);
}

static void
ph_selectors_class_init (PhSelectorsClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ph_selectors_dispose;
  G_OBJECT_CLASS (klass)->finalize = ph_selectors_finalize;
  g_type_ensure (PH_TYPE_WRAP);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/pinhole/Pinhole/selectors.ui");
  for (Choice i = 0; i < N_CHOICES; i++)
    gtk_widget_class_bind_template_child_full (widget_class, choices[i].property, FALSE,
                                               G_STRUCT_OFFSET (PhSelectors, lists[i]));
}

static void
ph_selectors_init (PhSelectors *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  for (Choice i = 0; i < N_CHOICES; i++) {
    g_autoptr (GListModel) entries = make_entries (NULL, i);

    gtk_drop_down_set_model (self->lists[i], entries);
    ph_name_list (self->lists[i], choices[i].label);
  }
}
