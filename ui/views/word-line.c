#include "ui/views/word-line.h"

#include "core/base/measures.h"
#include "ui/names.h"
#include "ui/views/word-tile.h"
#include "ui/wrap.h"

#include <glib/gi18n.h>

struct _PhWordLine {
  GtkWidget parent_instance;

  /* Owned */
  GPtrArray *tiles; /* PhWordTile, borrowed from the tree of widgets */

  /* Borrowed */
  GtkWidget *wrap;
  const PhAnswerWords *words;

  int pinned;
  gboolean following; /* the buttons are being set, not pressed */
};

G_DEFINE_FINAL_TYPE (PhWordLine, ph_word_line, GTK_TYPE_WIDGET)

enum { POINTED, PINNED, N_SIGNALS };

static guint signals[N_SIGNALS];

static GtkWidget *
get_tile (PhWordLine *self, int word)
{
  return g_ptr_array_index (self->tiles, word);
}

static void
tell (PhWordLine *self, guint signal, int word)
{
  g_signal_emit (self, signals[signal], 0, word);
}

static void
toggled_cb (PhWordLine *self, GtkToggleButton *button)
{
  int word = ph_word_tile_get_word (PH_WORD_TILE (button));

  if (self->following)
    return;
  ph_word_line_set_pinned (self, gtk_toggle_button_get_active (button) ? word : -1);
  tell (self, PINNED, self->pinned);
}

static int
get_word (GtkEventController *controller)
{
  GtkWidget *tile = gtk_event_controller_get_widget (controller);

  return ph_word_tile_get_word (PH_WORD_TILE (tile));
}

static void
enter_cb (PhWordLine *self, double x, double y, GtkEventController *controller)
{
  tell (self, POINTED, get_word (controller));
}

static void
focus_cb (PhWordLine *self, GtkEventController *controller)
{
  tell (self, POINTED, get_word (controller));
}

static void
leave_cb (PhWordLine *self)
{
  tell (self, POINTED, -1);
}

static void
watch_tile (PhWordLine *self, GtkWidget *tile)
{
  GtkEventController *motion = gtk_event_controller_motion_new ();
  GtkEventController *focus = gtk_event_controller_focus_new ();

  g_signal_connect_swapped (motion, "enter", G_CALLBACK (enter_cb), self);
  g_signal_connect_swapped (motion, "leave", G_CALLBACK (leave_cb), self);
  g_signal_connect_swapped (focus, "enter", G_CALLBACK (focus_cb), self);
  g_signal_connect_swapped (focus, "leave", G_CALLBACK (leave_cb), self);
  gtk_widget_add_controller (tile, motion);
  gtk_widget_add_controller (tile, focus);
  g_signal_connect_swapped (tile, "toggled", G_CALLBACK (toggled_cb), self);
}

static void
clear (PhWordLine *self)
{
  GtkWidget *child;

  g_ptr_array_set_size (self->tiles, 0);
  while ((child = gtk_widget_get_first_child (self->wrap)) != NULL)
    gtk_widget_unparent (child);
  self->pinned = -1;
}

void
ph_word_line_set_words (PhWordLine *self, const PhAnswerWords *words)
{
  clear (self);
  self->words = words;
  for (int i = 0; words != NULL && i < words->n_words; i++) {
    GtkWidget *tile = ph_word_tile_new (words, i);

    watch_tile (self, tile);
    g_ptr_array_add (self->tiles, tile);
    gtk_widget_set_parent (tile, self->wrap);
  }
  ph_word_line_show (self, NULL);
}

void
ph_word_line_show (PhWordLine *self, const float *shares)
{
  int n = (int) self->tiles->len;
  double top = 1;

  if (shares != NULL && n > 0)
    top = (double) shares[ph_measure_peak (shares, (size_t) n)];
  for (int i = 0; i < n; i++) {
    double share =
        (double) (shares != NULL ? shares[i] : self->words->words[i].probability);

    ph_word_tile_show (PH_WORD_TILE (get_tile (self, i)), share,
                       top > 0 ? share / top : 0);
  }
}

void
ph_word_line_set_pinned (PhWordLine *self, int word)
{
  self->pinned = word;
  self->following = TRUE;
  for (guint i = 0; i < self->tiles->len; i++)
    gtk_toggle_button_set_active (GTK_TOGGLE_BUTTON (get_tile (self, (int) i)),
                                  (int) i == word);
  self->following = FALSE;
}

/* --- keys --- */

static int
find_focused (PhWordLine *self)
{
  for (guint i = 0; i < self->tiles->len; i++)
    if (gtk_widget_has_focus (get_tile (self, (int) i)))
      return (int) i;
  return -1;
}

static gboolean
walk_to (PhWordLine *self, int word)
{
  if (word < 0 || word >= (int) self->tiles->len)
    return FALSE;
  return gtk_widget_grab_focus (get_tile (self, word));
}

/* A pin walks along with the focus. */
static gboolean
key_cb (PhWordLine *self, guint key, guint code, GdkModifierType modifiers)
{
  int on = gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL ? -1 : 1;
  int from = find_focused (self), to;

  switch (key) {
  case GDK_KEY_Right:
    to = from + on;
    break;
  case GDK_KEY_Left:
    to = from - on;
    break;
  case GDK_KEY_Home:
    to = 0;
    break;
  case GDK_KEY_End:
    to = (int) self->tiles->len - 1;
    break;
  default:
    return GDK_EVENT_PROPAGATE;
  }
  if (walk_to (self, to) && self->pinned >= 0) {
    ph_word_line_set_pinned (self, to);
    tell (self, PINNED, to);
  }
  return GDK_EVENT_STOP;
}

/* Tab comes to the pinned word, or the first, and leaves from any. */
static gboolean
ph_word_line_focus (GtkWidget *widget, GtkDirectionType direction)
{
  PhWordLine *self = PH_WORD_LINE (widget);

  if (direction != GTK_DIR_TAB_FORWARD && direction != GTK_DIR_TAB_BACKWARD)
    return GTK_WIDGET_CLASS (ph_word_line_parent_class)->focus (widget, direction);
  if (gtk_widget_get_focus_child (widget) != NULL)
    return FALSE;
  return walk_to (self, MAX (self->pinned, 0));
}

static void
ph_word_line_dispose (GObject *object)
{
  PhWordLine *self = PH_WORD_LINE (object);

  if (self->wrap != NULL)
    clear (self);
  g_clear_pointer (&self->wrap, gtk_widget_unparent);
  G_OBJECT_CLASS (ph_word_line_parent_class)->dispose (object);
}

static void
ph_word_line_finalize (GObject *object)
{
  g_ptr_array_unref (PH_WORD_LINE (object)->tiles);
  G_OBJECT_CLASS (ph_word_line_parent_class)->finalize (object);
}

static guint
add_signal (PhWordLineClass *klass, const char *name)
{
  return g_signal_new (name, G_OBJECT_CLASS_TYPE (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                       NULL, NULL, G_TYPE_NONE, 1, G_TYPE_INT);
}

static void
ph_word_line_class_init (PhWordLineClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ph_word_line_dispose;
  G_OBJECT_CLASS (klass)->finalize = ph_word_line_finalize;
  widget_class->focus = ph_word_line_focus;
  signals[POINTED] = add_signal (klass, "pointed");
  signals[PINNED] = add_signal (klass, "pinned");
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_GROUP);
}

static void
ph_word_line_init (PhWordLine *self)
{
  GtkEventController *keys = gtk_event_controller_key_new ();

  self->tiles = g_ptr_array_new ();
  self->pinned = -1;
  self->wrap = g_object_new (PH_TYPE_WRAP, NULL);
  ph_wrap_set_is_text (PH_WRAP (self->wrap), TRUE);
  gtk_widget_set_parent (self->wrap, GTK_WIDGET (self));
  gtk_event_controller_set_propagation_phase (keys, GTK_PHASE_CAPTURE);
  g_signal_connect_swapped (keys, "key-pressed", G_CALLBACK (key_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), keys);
  ph_name_widget (GTK_WIDGET (self), _ ("Words of the answer"));
}

GtkWidget *
ph_word_line_new (void)
{
  return g_object_new (PH_TYPE_WORD_LINE, NULL);
}
