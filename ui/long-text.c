#include "ui/long-text.h"

#include <string.h>

#define CHUNK 4000       /* bytes of a label */
#define CHUNKS_A_FRAME 4 /* made, of a text that is long from the start */
#define MANY_CHUNKS 4    /* from which it matters that some are out of sight */

struct _PhLongText {
  GtkWidget parent_instance;

  /* Owned */
  char *text;
  GMenuModel *menu;
  GArray *starts; /* of gsize: where in the text each label begins */

  /* Borrowed, while it is mapped */
  GtkScrolledWindow *scroller;

  gsize end; /* of what is in labels */
  guint tick;
  gboolean single;
};

G_DEFINE_FINAL_TYPE (PhLongText, ph_long_text, GTK_TYPE_WIDGET)

/* --- the labels --- */

/* The end of the label that begins at @text: behind a line, else behind a word, else
 * anywhere between two characters. */
static gsize
find_end (const char *text)
{
  gsize n = strlen (text), end;
  const char *newline, *space;

  if (n <= CHUNK)
    return n;
  newline = g_strrstr_len (text, CHUNK, "\n");
  if (newline != NULL && newline > text + CHUNK / 2)
    return (gsize) (newline - text) + 1;
  space = g_strrstr_len (text, CHUNK, " ");
  if (space != NULL && space > text + CHUNK / 2)
    return (gsize) (space - text) + 1;
  end = (gsize) (g_utf8_find_prev_char (text, text + CHUNK + 1) - text);
  return end > 0 ? end : CHUNK;
}

static GtkLabel *
add_label (PhLongText *self)
{
  GtkWidget *label = gtk_label_new (NULL);

  gtk_label_set_wrap (GTK_LABEL (label), !self->single);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_label_set_ellipsize (GTK_LABEL (label),
                           self->single ? PANGO_ELLIPSIZE_END : PANGO_ELLIPSIZE_NONE);
  gtk_label_set_single_line_mode (GTK_LABEL (label), self->single);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_selectable (GTK_LABEL (label), !self->single);
  gtk_label_set_extra_menu (GTK_LABEL (label), self->menu);
  gtk_widget_set_parent (label, GTK_WIDGET (self));
  return GTK_LABEL (label);
}

/* The line that ends with a label ends there anyway. */
static void
fill_label (PhLongText *self, GtkLabel *label, gsize start)
{
  gsize length = find_end (self->text + start);
  g_autofree char *part = g_strndup (self->text + start, length);

  self->end = start + length;
  if (self->text[self->end] != '\0' && g_str_has_suffix (part, "\n"))
    part[length - 1] = '\0';
  gtk_label_set_text (label, part);
}

static void
add_chunks (PhLongText *self)
{
  for (int i = 0; i < CHUNKS_A_FRAME && self->text[self->end] != '\0'; i++) {
    gsize start = self->end;

    g_array_append_val (self->starts, start);
    fill_label (self, add_label (self), start);
  }
}

static gboolean
tick_cb (GtkWidget *widget, GdkFrameClock *clock, gpointer data)
{
  PhLongText *self = PH_LONG_TEXT (widget);

  add_chunks (self);
  if (self->text[self->end] != '\0')
    return G_SOURCE_CONTINUE;
  self->tick = 0;
  return G_SOURCE_REMOVE;
}

static void
go_on (PhLongText *self)
{
  add_chunks (self);
  if (self->text[self->end] != '\0' && self->tick == 0)
    self->tick = gtk_widget_add_tick_callback (GTK_WIDGET (self), tick_cb, NULL, NULL);
}

static void
remove_labels (PhLongText *self)
{
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (self))) != NULL)
    gtk_widget_unparent (child);
  g_array_set_size (self->starts, 0);
  self->end = 0;
}

/* The last label may end elsewhere now; those before it do not. */
static void
append (PhLongText *self)
{
  GtkWidget *last = gtk_widget_get_last_child (GTK_WIDGET (self));

  if (last != NULL && self->tick == 0)
    fill_label (self, GTK_LABEL (last),
                g_array_index (self->starts, gsize, self->starts->len - 1));
  go_on (self);
}

void
ph_long_text_set_text (PhLongText *self, const char *text)
{
  g_autofree char *before = g_steal_pointer (&self->text);
  gboolean grows = g_str_has_prefix (text, before);

  self->text = g_strdup (text);
  if (strlen (text) == strlen (before) && grows)
    return;
  if (!grows)
    remove_labels (self);
  append (self);
}

static void
rebuild (PhLongText *self)
{
  remove_labels (self);
  go_on (self);
}

void
ph_long_text_set_single (PhLongText *self, gboolean single)
{
  if (self->single == single)
    return;

  self->single = single;
  rebuild (self);
}

void
ph_long_text_set_extra_menu (PhLongText *self, GMenuModel *menu)
{
  g_set_object (&self->menu, menu);
  rebuild (self);
}

/* --- layout: one below the other --- */

/* Of a text on a single line only the first label is there to be seen. */
static GtkWidget *
next_shown (PhLongText *self, GtkWidget *child)
{
  return self->single ? NULL : gtk_widget_get_next_sibling (child);
}

static void
ph_long_text_measure (GtkWidget *widget,
                      GtkOrientation orientation,
                      int for_size,
                      int *minimum,
                      int *natural,
                      int *minimum_baseline,
                      int *natural_baseline)
{
  PhLongText *self = PH_LONG_TEXT (widget);

  *minimum = *natural = 0;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = next_shown (self, child)) {
    int least, wanted;

    gtk_widget_measure (child, orientation, for_size, &least, &wanted, NULL, NULL);
    if (orientation == GTK_ORIENTATION_VERTICAL) {
      *minimum += least;
      *natural += wanted;
    } else {
      *minimum = MAX (*minimum, least);
      *natural = MAX (*natural, wanted);
    }
  }
}

static void
ph_long_text_size_allocate (GtkWidget *widget, int width, int height, int baseline)
{
  PhLongText *self = PH_LONG_TEXT (widget);
  GtkAllocation place = { .width = width };

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = next_shown (self, child)) {
    gtk_widget_measure (child, GTK_ORIENTATION_VERTICAL, width, &place.height, NULL, NULL,
                        NULL);
    gtk_widget_size_allocate (child, &place, -1);
    place.y += place.height;
  }
}

static GtkSizeRequestMode
ph_long_text_get_request_mode (GtkWidget *widget)
{
  return GTK_SIZE_REQUEST_HEIGHT_FOR_WIDTH;
}

/* --- only what is in sight is drawn --- */

/* The part of @self that shows, with as much again above and below. */
static void
find_band (PhLongText *self, graphene_rect_t *band)
{
  GtkWidget *scroller = GTK_WIDGET (self->scroller);
  graphene_point_t top;
  float height;

  graphene_rect_init (band, 0, 0, (float) gtk_widget_get_width (GTK_WIDGET (self)),
                      (float) gtk_widget_get_height (GTK_WIDGET (self)));
  if (scroller == NULL || !gtk_widget_compute_point (GTK_WIDGET (self), scroller,
                                                     &GRAPHENE_POINT_INIT (0, 0), &top))
    return;
  height = (float) gtk_widget_get_height (scroller);
  band->origin.y = -top.y - height;
  band->size.height = 3 * height;
}

static void
ph_long_text_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  PhLongText *self = PH_LONG_TEXT (widget);
  graphene_rect_t band, bounds;

  find_band (self, &band);
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = next_shown (self, child))
    if (gtk_widget_compute_bounds (child, widget, &bounds) &&
        graphene_rect_intersection (&bounds, &band, NULL))
      gtk_widget_snapshot_child (widget, child, snapshot);
}

static void
scrolled_cb (PhLongText *self)
{
  if (self->starts->len > MANY_CHUNKS)
    gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
ph_long_text_map (GtkWidget *widget)
{
  PhLongText *self = PH_LONG_TEXT (widget);
  GtkWidget *scroller = gtk_widget_get_ancestor (widget, GTK_TYPE_SCROLLED_WINDOW);

  GTK_WIDGET_CLASS (ph_long_text_parent_class)->map (widget);
  if (scroller == NULL)
    return;
  self->scroller = GTK_SCROLLED_WINDOW (scroller);
  g_signal_connect_object (gtk_scrolled_window_get_vadjustment (self->scroller),
                           "value-changed", G_CALLBACK (scrolled_cb), self,
                           G_CONNECT_SWAPPED);
}

static void
ph_long_text_unmap (GtkWidget *widget)
{
  PhLongText *self = PH_LONG_TEXT (widget);

  if (self->scroller != NULL)
    g_signal_handlers_disconnect_by_data (
        gtk_scrolled_window_get_vadjustment (self->scroller), self);
  self->scroller = NULL;
  GTK_WIDGET_CLASS (ph_long_text_parent_class)->unmap (widget);
}

static void
ph_long_text_dispose (GObject *object)
{
  remove_labels (PH_LONG_TEXT (object));
  G_OBJECT_CLASS (ph_long_text_parent_class)->dispose (object);
}

static void
ph_long_text_finalize (GObject *object)
{
  PhLongText *self = PH_LONG_TEXT (object);

  g_free (self->text);
  g_clear_object (&self->menu);
  g_array_unref (self->starts);
  G_OBJECT_CLASS (ph_long_text_parent_class)->finalize (object);
}

static void
ph_long_text_class_init (PhLongTextClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ph_long_text_dispose;
  G_OBJECT_CLASS (klass)->finalize = ph_long_text_finalize;
  widget_class->measure = ph_long_text_measure;
  widget_class->size_allocate = ph_long_text_size_allocate;
  widget_class->get_request_mode = ph_long_text_get_request_mode;
  widget_class->snapshot = ph_long_text_snapshot;
  widget_class->map = ph_long_text_map;
  widget_class->unmap = ph_long_text_unmap;
}

static void
ph_long_text_init (PhLongText *self)
{
  self->text = g_strdup ("");
  self->starts = g_array_new (FALSE, FALSE, sizeof (gsize));
}
