#include "ui/views/word-tile.h"

#include "ui/names.h"

#include <glib/gi18n.h>

#define STRONGEST_TINT 0.55 /* through which letters can still be read */
#define BAR_HEIGHT 3
#define MOST_CHARACTERS 24
#define INSET 5 /* of text and bar: what is drawn begins at the edge */

struct _PhWordTile {
  GtkToggleButton parent_instance;

  /* Borrowed */
  GtkLabel *number;

  int word;
  double probability;
  double length;
};

G_DEFINE_FINAL_TYPE (PhWordTile, ph_word_tile, GTK_TYPE_TOGGLE_BUTTON)

int
ph_word_tile_get_word (PhWordTile *self)
{
  return self->word;
}

void
ph_word_tile_show (PhWordTile *self, double share, double length)
{
  g_autofree char *number =
      g_strdup_printf (share < 0.0995 ? "%.1f %%" : "%.0f %%", 100 * share);

  self->length = CLAMP (length, 0, 1);
  gtk_label_set_text (self->number, number);
  gtk_widget_queue_draw (GTK_WIDGET (self));
}

static void
draw_ground (PhWordTile *self, GtkSnapshot *snapshot, float width, float height)
{
  GtkStyleContext *style = gtk_widget_get_style_context (GTK_WIDGET (self));
  GskRoundedRect outline;
  GdkRGBA color;

  if (!gtk_style_context_lookup_color (style, "orange_3", &color))
    return;
  color.alpha = (float) (STRONGEST_TINT * (1 - self->probability));
  gsk_rounded_rect_init_from_rect (&outline, &GRAPHENE_RECT_INIT (0, 0, width, height),
                                   5);
  gtk_snapshot_push_rounded_clip (snapshot, &outline);
  gtk_snapshot_append_color (snapshot, &color, &outline.bounds);
  gtk_snapshot_pop (snapshot);
}

static void
draw_bar (PhWordTile *self, GtkSnapshot *snapshot, float width, float height)
{
  float whole = width - 2 * INSET, part = roundf ((float) self->length * whole);
  gboolean mirrored = gtk_widget_get_direction (GTK_WIDGET (self)) == GTK_TEXT_DIR_RTL;
  float x = mirrored ? width - INSET - part : INSET;
  GdkRGBA color;

  gtk_style_context_get_color (gtk_widget_get_style_context (GTK_WIDGET (self)), &color);
  gtk_snapshot_append_color (
      snapshot, &color,
      &GRAPHENE_RECT_INIT (x, height - BAR_HEIGHT - 1, part, BAR_HEIGHT));
}

static void
ph_word_tile_snapshot (GtkWidget *widget, GtkSnapshot *snapshot)
{
  PhWordTile *self = PH_WORD_TILE (widget);
  float width = (float) gtk_widget_get_width (widget);
  float height = (float) gtk_widget_get_height (widget);

  draw_ground (self, snapshot, width, height);
  GTK_WIDGET_CLASS (ph_word_tile_parent_class)->snapshot (widget, snapshot);
  draw_bar (self, snapshot, width, height);
}

static void
ph_word_tile_class_init (PhWordTileClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  widget_class->snapshot = ph_word_tile_snapshot;
}

static void
ph_word_tile_init (PhWordTile *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);

  self->number = GTK_LABEL (gtk_label_new (NULL));
  gtk_widget_add_css_class (GTK_WIDGET (self->number), "caption");
  gtk_widget_add_css_class (GTK_WIDGET (self->number), "numeric");
  gtk_widget_add_css_class (GTK_WIDGET (self), "flat");
  gtk_widget_add_css_class (GTK_WIDGET (self), "word");
  gtk_widget_set_margin_start (box, INSET);
  gtk_widget_set_margin_end (box, INSET);
  gtk_widget_set_margin_bottom (box, BAR_HEIGHT + 2);
  gtk_box_append (GTK_BOX (box), GTK_WIDGET (self->number));
  gtk_button_set_child (GTK_BUTTON (self), box);
}

GtkWidget *
ph_word_tile_new (const PhAnswerWords *words, int word)
{
  PhWordTile *self = g_object_new (PH_TYPE_WORD_TILE, NULL);
  const PhAnswerWord *it = &words->words[word];
  GtkWidget *label = gtk_label_new (it->text);
  g_autofree char *said = ph_answer_words_dup_name (words, word);
  g_autofree char *name = g_strdup_printf (_ ("Word %d: %s"), word + 1, said);

  self->word = word;
  self->probability = (double) it->probability;
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_MIDDLE);
  gtk_label_set_max_width_chars (GTK_LABEL (label), MOST_CHARACTERS);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self), said);
  gtk_box_prepend (GTK_BOX (gtk_button_get_child (GTK_BUTTON (self))), label);
  ph_name_widget (GTK_WIDGET (self), name);
  return GTK_WIDGET (self);
}
