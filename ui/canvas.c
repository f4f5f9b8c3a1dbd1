#include "ui/canvas-private.h"

#include "ui/map-paint.h"

#include <glib/gi18n.h>
#include <math.h>

#define SMALLEST 120 /* pixels a side */
#define WANTED 480
#define ZOOM_STEP 1.25

G_DEFINE_FINAL_TYPE (PhCanvas, ph_canvas, GTK_TYPE_WIDGET)

enum { PROP_0, PROP_ZOOM, N_PROPS };

static GParamSpec *properties[N_PROPS];

/* A record whose picture was not kept lies in a square. */
static graphene_size_t
get_proportions (PhLook *look)
{
  GdkTexture *texture = ph_look_get_texture (look);

  if (texture == NULL)
    return GRAPHENE_SIZE_INIT (1, 1);
  return GRAPHENE_SIZE_INIT ((float) gdk_texture_get_width (texture),
                             (float) gdk_texture_get_height (texture));
}

static void
draw_picture_and_map (GtkSnapshot *snapshot,
                      PhLook *look,
                      const PhHeatMap *map,
                      const graphene_rect_t *area)
{
  GdkTexture *texture = ph_look_get_texture (look);
  PhAppearance *appearance = ph_look_get_appearance (look);
  PhMapPaint paint = { ph_appearance_get_colors (appearance),
                       ph_appearance_get_smooth (appearance) };

  if (texture != NULL)
    gtk_snapshot_append_texture (snapshot, texture, area);
  if (map != NULL)
    ph_map_paint (snapshot, map, paint, area,
                  texture != NULL ? ph_appearance_get_strength (appearance) : 1);
}

void
ph_canvas_draw (GtkSnapshot *snapshot,
                PhLook *look,
                const PhHeatMap *map,
                const graphene_size_t *size,
                graphene_rect_t *area)
{
  graphene_size_t picture = get_proportions (look);

  ph_patch_grid_fit (size->width, size->height, (int) picture.width, (int) picture.height,
                     area);
  draw_picture_and_map (snapshot, look, map, area);
}

PhViewport *
ph_canvas_get_viewport (PhCanvas *self)
{
  GtkWidget *widget = GTK_WIDGET (self);

  self->viewport.space = GRAPHENE_SIZE_INIT ((float) gtk_widget_get_width (widget),
                                             (float) gtk_widget_get_height (widget));
  self->viewport.picture = get_proportions (self->look);
  return &self->viewport;
}

gboolean
ph_canvas_get_grid (PhCanvas *self, PhPatchGrid *grid)
{
  const PhHeatMap *map = ph_look_get_map (self->look);

  if (map == NULL)
    return FALSE;

  ph_viewport_get_area (ph_canvas_get_viewport (self), &grid->area);
  grid->n_rows = map->n_rows;
  grid->n_columns = map->n_columns;
  return TRUE;
}

/* Black beneath white is seen on every colour. */
static const GdkRGBA BLACK = { 0, 0, 0, 1 };
static const GdkRGBA WHITE = { 1, 1, 1, 1 };

static void
draw_frame (GtkSnapshot *snapshot,
            const graphene_rect_t *cell,
            float width,
            const GdkRGBA *color)
{
  GskRoundedRect outline;
  float widths[] = { width, width, width, width };
  GdkRGBA colors[] = { *color, *color, *color, *color };
  graphene_rect_t grown;

  graphene_rect_inset_r (cell, -width, -width, &grown);
  gsk_rounded_rect_init_from_rect (&outline, &grown, 0);
  gtk_snapshot_append_border (snapshot, &outline, widths, colors);
}

static void
draw_patch (PhCanvas *self, GtkSnapshot *snapshot)
{
  int patch = ph_look_get_patch (self->look);
  float width = ph_look_is_pinned (self->look) ? 3 : 2;
  graphene_rect_t cell, outer;
  PhPatchGrid grid;

  if (patch < 0 || !ph_canvas_get_grid (self, &grid))
    return;

  ph_patch_grid_get_cell (&grid, patch, &cell);
  graphene_rect_inset_r (&cell, -width, -width, &outer);
  draw_frame (snapshot, &cell, width, &WHITE);
  draw_frame (snapshot, &outer, 1, &BLACK);
}

static void
draw_stroke (GtkSnapshot *snapshot, float length, float width, const GdkRGBA *color)
{
  gtk_snapshot_append_color (
      snapshot, color, &GRAPHENE_RECT_INIT (-length / 2, -width / 2, length, width));
}

/* In the corner of the cell, whose colour is still to be seen. */
static void
draw_cross (GtkSnapshot *snapshot, const graphene_rect_t *cell)
{
  float length = CLAMP (fminf (cell->size.width, cell->size.height) * 0.4f, 4, 10);
  float inset = length / 2 + 1;

  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (
      snapshot, &GRAPHENE_POINT_INIT (cell->origin.x + inset, cell->origin.y + inset));
  gtk_snapshot_rotate (snapshot, 45);
  draw_stroke (snapshot, length + 2, 3.5f, &BLACK);
  gtk_snapshot_rotate (snapshot, 90);
  draw_stroke (snapshot, length + 2, 3.5f, &BLACK);
  draw_stroke (snapshot, length, 1.5f, &WHITE);
  gtk_snapshot_rotate (snapshot, -90);
  draw_stroke (snapshot, length, 1.5f, &WHITE);
  gtk_snapshot_restore (snapshot);
}

static void
draw_artefacts (GtkSnapshot *snapshot,
                PhLook *look,
                const PhHeatMap *map,
                const graphene_rect_t *area)
{
  PhPatchGrid grid = { *area, map->n_rows, map->n_columns };
  size_t n_artefacts;
  const bool *artefacts = ph_look_get_artefacts (look, &n_artefacts);

  for (int i = 0; n_artefacts > 0 && i < map->n_rows * map->n_columns; i++)
    if (artefacts[i]) {
      graphene_rect_t cell;

      ph_patch_grid_get_cell (&grid, i, &cell);
      draw_cross (snapshot, &cell);
    }
}

/* Picture and map from 0, 0: a pointer that moves, or a picture that is moved, is drawn
 * with the nodes that there are. */
static void
make_content (PhCanvas *self, const graphene_size_t *size)
{
  GtkSnapshot *snapshot = gtk_snapshot_new ();
  const PhHeatMap *map = ph_look_get_map (self->look);
  graphene_rect_t area = { { 0, 0 }, *size };

  draw_picture_and_map (snapshot, self->look, map, &area);
  if (map != NULL)
    draw_artefacts (snapshot, self->look, map, &area);
  g_clear_pointer (&self->content, gsk_render_node_unref);
  self->content = gtk_snapshot_free_to_node (snapshot);
  self->content_size = *size;
}

static void
ph_canvas_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  PhCanvas *self = PH_CANVAS (widget);
  graphene_rect_t area;

  ph_viewport_get_area (ph_canvas_get_viewport (self), &area);
  if (self->content == NULL || !graphene_size_equal (&self->content_size, &area.size))
    make_content (self, &area.size);
  if (self->content == NULL)
    return;

  gtk_snapshot_save (snapshot);
  gtk_snapshot_translate (snapshot, &area.origin);
  gtk_snapshot_append_node (snapshot, self->content);
  gtk_snapshot_restore (snapshot);
  draw_patch (self, snapshot);
}

static void
ph_canvas_measure (GtkWidget *widget,
                   GtkOrientation orientation,
                   int for_size,
                   int *minimum,
                   int *natural,
                   int *minimum_baseline,
                   int *natural_baseline)
{
  *minimum = SMALLEST;
  *natural = WANTED;
}

static void
say_status (PhCanvas *self)
{
  const PhHeatMap *map = ph_look_get_map (self->look);
  g_autofree char *status = ph_look_dup_status (self->look);
  g_autofree char *summary = NULL;
  g_autofree char *said = NULL;

  if (map != NULL && ph_look_get_patch (self->look) < 0) {
    summary = ph_heat_map_dup_summary (map);
    said = g_strdup_printf ("%s; %s", status, summary);
  }
  gtk_accessible_update_property (GTK_ACCESSIBLE (self),
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                  said != NULL ? said : status, -1);
}

static void
content_changed_cb (PhCanvas *self)
{
  g_clear_pointer (&self->content, gsk_render_node_unref);
  say_status (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
patch_changed_cb (PhCanvas *self)
{
  int patch = ph_look_get_patch (self->look);
  PhPatchGrid grid;

  /* The pointer is over a patch that is seen, if in part: only keys go beyond. */
  if (patch >= 0 && gtk_widget_has_focus (GTK_WIDGET (self)) && !self->dragging &&
      ph_canvas_get_grid (self, &grid)) {
    graphene_rect_t cell;

    ph_patch_grid_get_cell (&grid, patch, &cell);
    ph_viewport_reveal (&self->viewport, &cell);
  }
  say_status (self);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

void
ph_canvas_viewport_changed (PhCanvas *self)
{
  gtk_widget_queue_draw (GTK_WIDGET (self));
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_ZOOM]);
}

double
ph_canvas_get_zoom (PhCanvas *self)
{
  return self->viewport.zoom;
}

void
ph_canvas_zoom (PhCanvas *self, int steps)
{
  PhViewport *viewport = ph_canvas_get_viewport (self);

  ph_viewport_zoom_to (viewport, viewport->zoom * pow (ZOOM_STEP, steps),
                       (double) viewport->space.width / 2,
                       (double) viewport->space.height / 2);
  ph_canvas_viewport_changed (self);
}

void
ph_canvas_fit (PhCanvas *self)
{
  ph_viewport_fit (&self->viewport);
  ph_canvas_viewport_changed (self);
}

static void
ph_canvas_get_property (GObject *object, guint prop, GValue *value, GParamSpec *pspec)
{
  g_assert (prop == PROP_ZOOM);
  g_value_set_double (value, PH_CANVAS (object)->viewport.zoom);
}

static void
ph_canvas_finalize (GObject *object)
{
  PhCanvas *self = PH_CANVAS (object);

  g_clear_object (&self->look);
  g_clear_pointer (&self->content, gsk_render_node_unref);
  G_OBJECT_CLASS (ph_canvas_parent_class)->finalize (object);
}

static void
ph_canvas_class_init (PhCanvasClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->get_property = ph_canvas_get_property;
  G_OBJECT_CLASS (klass)->finalize = ph_canvas_finalize;
  widget_class->snapshot = ph_canvas_snapshot;
  widget_class->measure = ph_canvas_measure;
  gtk_widget_class_set_css_name (widget_class, "canvas");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_IMG);
  properties[PROP_ZOOM] = g_param_spec_double ("zoom", NULL, NULL, 1, PH_VIEWPORT_MOST, 1,
                                               G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (G_OBJECT_CLASS (klass), N_PROPS, properties);
}

static void
ph_canvas_init (PhCanvas *self)
{
  ph_viewport_fit (&self->viewport);
  gtk_widget_set_focusable (GTK_WIDGET (self), TRUE);
  gtk_widget_set_overflow (GTK_WIDGET (self), GTK_OVERFLOW_HIDDEN);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  _ ("Picture with its heatmap"), -1);
  ph_canvas_add_controllers (self);
}

GtkWidget *
ph_canvas_new (PhLook *look)
{
  PhCanvas *self = g_object_new (PH_TYPE_CANVAS, NULL);
  static const struct {
    const char *signal;
    void (*changed) (PhCanvas *self);
  } watched[] = {
    { "notify::picture", ph_canvas_fit },   { "notify::texture", content_changed_cb },
    { "notify::map", content_changed_cb },  { "notify::patch", patch_changed_cb },
    { "notify::pinned", patch_changed_cb },
  };

  self->look = g_object_ref (look);
  for (gsize i = 0; i < G_N_ELEMENTS (watched); i++)
    g_signal_connect_object (look, watched[i].signal, G_CALLBACK (watched[i].changed),
                             self, G_CONNECT_SWAPPED);
  g_signal_connect_object (ph_look_get_appearance (look), "notify",
                           G_CALLBACK (content_changed_cb), self, G_CONNECT_SWAPPED);
  content_changed_cb (self);
  return GTK_WIDGET (self);
}
