#include "ui/wrap.h"

#define SPACING 6 /* pixels between children and between lines */

struct _PhWrap {
  GtkWidget parent_instance;

  gboolean is_text;
};

G_DEFINE_FINAL_TYPE (PhWrap, ph_wrap, GTK_TYPE_WIDGET)

typedef struct {
  GtkWidget *first; /* child of the line */
  GtkWidget *end;   /* the child after the line, or NULL */
  int width, height;
  int n_children;
} Line;

static GtkWidget *
next_visible (GtkWidget *child)
{
  while (child != NULL && !gtk_widget_should_layout (child))
    child = gtk_widget_get_next_sibling (child);
  return child;
}

static void
measure_child (GtkWidget *child, int available, int *width, int *height)
{
  int minimum, natural;

  gtk_widget_measure (child, GTK_ORIENTATION_HORIZONTAL, -1, &minimum, &natural, NULL,
                      NULL);
  *width = MAX (minimum, MIN (natural, available));
  gtk_widget_measure (child, GTK_ORIENTATION_VERTICAL, *width, NULL, height, NULL, NULL);
}

/* Fills @line with as many children from @first on as fit, at least one. */
static gboolean
fill_line (Line *line, GtkWidget *first, int available)
{
  *line = (Line){ .first = next_visible (first), .width = -SPACING };
  line->end = line->first;

  while (line->end != NULL) {
    int width, height;

    measure_child (line->end, available, &width, &height);
    if (line->n_children > 0 && line->width + SPACING + width > available)
      break;
    line->width += SPACING + width;
    line->height = MAX (line->height, height);
    line->n_children++;
    line->end = next_visible (gtk_widget_get_next_sibling (line->end));
  }
  return line->n_children > 0;
}

static int
measure_height (GtkWidget *widget, int available)
{
  int height = -SPACING;
  Line line = { .end = gtk_widget_get_first_child (widget) };

  while (fill_line (&line, line.end, available))
    height += SPACING + line.height;
  return MAX (height, 0);
}

static void
measure_width (GtkWidget *widget, int *minimum, int *natural)
{
  int n = 0;

  *minimum = *natural = 0;
  for (GtkWidget *child = next_visible (gtk_widget_get_first_child (widget));
       child != NULL; child = next_visible (gtk_widget_get_next_sibling (child))) {
    int least, wanted;

    gtk_widget_measure (child, GTK_ORIENTATION_HORIZONTAL, -1, &least, &wanted, NULL,
                        NULL);
    *minimum = MAX (*minimum, least);
    *natural += wanted + (n++ > 0 ? SPACING : 0);
  }
}

static void
ph_wrap_measure (GtkWidget *widget,
                 GtkOrientation orientation,
                 int for_size,
                 int *minimum,
                 int *natural,
                 int *minimum_baseline,
                 int *natural_baseline)
{
  if (orientation == GTK_ORIENTATION_HORIZONTAL)
    measure_width (widget, minimum, natural);
  else
    *minimum = *natural = measure_height (widget, for_size < 0 ? G_MAXINT : for_size);
}

static GtkSizeRequestMode
ph_wrap_get_request_mode (GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

/* Lines are centred, or begin where text does; in right-to-left text they run the other
 * way. */
static void
place_line (GtkWidget *widget, const Line *line, int available, int y)
{
  gboolean mirrored = gtk_widget_get_direction (widget) == GTK_TEXT_DIR_RTL;
  int x = PH_WRAP (widget)->is_text ? 0 : MAX (0, (available - line->width) / 2);

  for (GtkWidget *child = line->first; child != line->end;
       child = next_visible (gtk_widget_get_next_sibling (child))) {
    GtkAllocation place = { .y = y, .height = line->height };
    int height;

    measure_child (child, available, &place.width, &height);
    place.x = mirrored ? available - x - place.width : x;
    gtk_widget_size_allocate (child, &place, -1);
    x += place.width + SPACING;
  }
}

static void
ph_wrap_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  Line line = { .end = gtk_widget_get_first_child (widget) };
  int y = 0;

  while (fill_line (&line, line.end, width)) {
    place_line (widget, &line, width, y);
    y += line.height + SPACING;
  }
}

static void
ph_wrap_dispose (GObject *object)
{
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (object))) != NULL)
    gtk_widget_unparent (child);
  G_OBJECT_CLASS (ph_wrap_parent_class)->dispose (object);
}

static void
ph_wrap_class_init (PhWrapClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ph_wrap_dispose;
  widget_class->measure = ph_wrap_measure;
  widget_class->get_request_mode = ph_wrap_get_request_mode;
  widget_class->size_allocate = ph_wrap_size_allocate;
}

static void
ph_wrap_init (PhWrap *self)
{
}

void
ph_wrap_set_is_text (PhWrap *self, gboolean is_text)
{
  self->is_text = is_text;
  gtk_widget_queue_allocate (GTK_WIDGET (self));
}
