#include "ui/views/bar-rows.h"

#include "ui/heat-map.h"

#define LEAST 48 /* pixels */
#define HEIGHT 8
#define MOST_CHARACTERS 14

#define PH_TYPE_SHARE_BAR (ph_share_bar_get_type ())
G_DECLARE_FINAL_TYPE (PhShareBar, ph_share_bar, PH, SHARE_BAR, GtkWidget)

struct _PhShareBar {
  GtkWidget parent_instance;

  float length; /* 0 to 1 */
};

G_DEFINE_FINAL_TYPE (PhShareBar, ph_share_bar, GTK_TYPE_WIDGET)

static void
ph_share_bar_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  float width = (float) gtk_widget_get_width (widget);
  float length = MAX (1, roundf (PH_SHARE_BAR (widget)->length * width));
  gboolean mirrored = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL;
  GdkRGBA color;

  gtk_style_context_get_color (gtk_widget_get_style_context (widget), &color);
  gtk_snapshot_append_color (
      snapshot, &color,
      &GRAPHENE_RECT_INIT (mirrored ? width - length : 0, 0, length,
                           (float) gtk_widget_get_height (widget)));
}

static void
ph_share_bar_measure (GtkWidget *widget,
                      GtkOrientation orientation,
                      int for_size,
                      int *minimum,
                      int *natural,
                      int *minimum_baseline,
                      int *natural_baseline)
{
  *minimum = *natural = orientation == GTK_ORIENTATION_HORIZONTAL ? LEAST : HEIGHT;
}

static void
ph_share_bar_class_init (PhShareBarClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  widget_class->snapshot = ph_share_bar_snapshot;
  widget_class->measure = ph_share_bar_measure;
  gtk_widget_class_set_css_name (widget_class, "sharebar");
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_PRESENTATION);
}

static void
ph_share_bar_init (PhShareBar *self)
{
  gtk_widget_set_valign (GTK_WIDGET (self), GTK_ALIGN_CENTER);
  gtk_widget_set_hexpand (GTK_WIDGET (self), TRUE);
}

static GtkWidget *
make_text (const PhBarRow *row)
{
  GtkWidget *label = gtk_label_new (row->text);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  gtk_label_set_max_width_chars (GTK_LABEL (label), MOST_CHARACTERS);
  gtk_widget_set_tooltip_text (label, row->text);
  return label;
}

static GtkWidget *
make_number (const PhBarRow *row)
{
  g_autofree char *share = ph_heat_map_dup_share_text (row->share);
  GtkWidget *label = gtk_label_new (share);

  gtk_label_set_xalign (GTK_LABEL (label), 1);
  gtk_widget_add_css_class (label, "numeric");
  return label;
}

static void
add_row (GtkGrid *grid, int at, const PhBarRow *row, float top)
{
  PhShareBar *bar = g_object_new (PH_TYPE_SHARE_BAR, NULL);
  GtkWidget *text = make_text (row), *number = make_number (row);

  bar->length = top > 0 ? CLAMP (row->share / top, 0, 1) : 0;
  gtk_grid_attach (grid, text, 0, at, 1, 1);
  gtk_grid_attach (grid, GTK_WIDGET (bar), 1, at, 1, 1);
  gtk_grid_attach (grid, number, 2, at, 1, 1);
  if (row->note == NULL)
    return;

  gtk_widget_add_css_class (text, "written");
  gtk_widget_add_css_class (number, "written");
  gtk_grid_attach (grid, gtk_label_new (row->note), 3, at, 1, 1);
}

GtkWidget *
ph_bar_rows_new (const PhBarRow *rows, int n, float top)
{
  GtkWidget *grid = gtk_grid_new ();

  gtk_grid_set_column_spacing (GTK_GRID (grid), 6);
  gtk_grid_set_row_spacing (GTK_GRID (grid), 2);
  gtk_widget_add_css_class (grid, "caption");
  for (int i = 0; i < n; i++)
    add_row (GTK_GRID (grid), i, &rows[i], top);
  return grid;
}
