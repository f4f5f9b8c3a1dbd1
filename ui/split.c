#include "ui/split.h"

#define WIDE 720 /* pixels from which both stand side by side */
#define COLUMN_SHARE 0.38
#define COLUMN_LEAST 300
#define COLUMN_MOST 420
#define PICTURE_SHARE 0.55 /* of the height, when stacked */

struct _PhSplit {
  GtkWidget parent_instance;
};

G_DEFINE_FINAL_TYPE (PhSplit, ph_split, GTK_TYPE_WIDGET)

static int
measure_least (GtkWidget *child, GtkOrientation orientation, int for_size)
{
  int least;

  gtk_widget_measure (child, orientation, for_size, &least, NULL, NULL, NULL);
  return least;
}

static int
column_width (int width)
{
  return CLAMP ((int) (width * COLUMN_SHARE), COLUMN_LEAST, COLUMN_MOST);
}

static int
least_height (GtkWidget *picture, GtkWidget *conversation, int width)
{
  int column = column_width (width);

  if (width >= WIDE)
    return MAX (measure_least (picture, GTK_ORIENTATION_VERTICAL, width - column),
                measure_least (conversation, GTK_ORIENTATION_VERTICAL, column));
  return measure_least (picture, GTK_ORIENTATION_VERTICAL, width) +
         measure_least (conversation, GTK_ORIENTATION_VERTICAL, width);
}

static void
ph_split_measure (GtkWidget *widget,
                  GtkOrientation orientation,
                  int for_size,
                  int *minimum,
                  int *natural,
                  int *minimum_baseline,
                  int *natural_baseline)
{
  GtkWidget *picture = gtk_widget_get_first_child (widget);
  GtkWidget *conversation = gtk_widget_get_last_child (widget);

  if (orientation == GTK_ORIENTATION_HORIZONTAL) {
    *minimum = MAX (measure_least (picture, orientation, -1),
                    measure_least (conversation, orientation, -1));
    *natural = WIDE;
  } else {
    *minimum = *natural =
        least_height (picture, conversation, for_size < 0 ? WIDE : for_size);
  }
}

static GtkSizeRequestMode
ph_split_get_request_mode (GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

static void
place_beside (GtkWidget *picture, GtkWidget *conversation, int width, int height)
{
  int column = column_width (width);
  gboolean mirrored = gtk_widget_get_direction (picture) == GTK_TEXT_DIR_RTL;
  GtkAllocation left = { .width = mirrored ? column : width - column, .height = height };
  GtkAllocation right = { .x = left.width,
                          .width = width - left.width,
                          .height = height };

  gtk_widget_size_allocate (picture, mirrored ? &right : &left, -1);
  gtk_widget_size_allocate (conversation, mirrored ? &left : &right, -1);
}

static void
place_stacked (GtkWidget *picture, GtkWidget *conversation, int width, int height)
{
  int least = measure_least (picture, GTK_ORIENTATION_VERTICAL, width);
  int most = height - measure_least (conversation, GTK_ORIENTATION_VERTICAL, width);
  GtkAllocation top = { .width = width };
  GtkAllocation bottom = { .width = width };

  top.height = MAX (least, MIN (most, (int) (height * PICTURE_SHARE)));
  bottom.y = top.height;
  bottom.height = MAX (0, height - top.height);
  gtk_widget_size_allocate (picture, &top, -1);
  gtk_widget_size_allocate (conversation, &bottom, -1);
}

static void
ph_split_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  GtkWidget *picture = gtk_widget_get_first_child (widget);
  GtkWidget *conversation = gtk_widget_get_last_child (widget);

  if (width >= WIDE) {
    gtk_widget_remove_css_class (widget, "stacked");
    place_beside (picture, conversation, width, height);
  } else {
    gtk_widget_add_css_class (widget, "stacked");
    place_stacked (picture, conversation, width, height);
  }
}

static void
ph_split_dispose (GObject *object)
{
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (object))) != NULL)
    gtk_widget_unparent (child);
  G_OBJECT_CLASS (ph_split_parent_class)->dispose (object);
}

static void
ph_split_class_init (PhSplitClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ph_split_dispose;
  widget_class->measure = ph_split_measure;
  widget_class->get_request_mode = ph_split_get_request_mode;
  widget_class->size_allocate = ph_split_size_allocate;
  gtk_widget_class_set_css_name (widget_class, "split");
}

static void
ph_split_init (PhSplit *self)
{
}
