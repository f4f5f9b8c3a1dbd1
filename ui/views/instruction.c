#include "ui/views/instruction.h"

#include "ui/color-bar.h"
#include "ui/names.h"
#include "ui/views/bar-rows.h"
#include "ui/views/choices.h"
#include "ui/views/matrix.h"
#include "ui/views/turn-chooser.h"
#include "ui/views/view.h"
#include "ui/wrap.h"

#include <glib/gi18n.h>

struct _PhInstruction {
  GtkBox parent_instance;

  /* Template children */
  GtkLabel *note;
  GtkWidget *reading;
  GtkToggleButton *queries_read;
  GtkDropDown *layers;
  GtkDropDown *heads;
  PhMatrix *matrix;
  PhColorBar *bar;
  GtkLabel *top;
  GtkLabel *row_title;
  GtkBox *row;
  GtkLabel *rest;
  GtkWidget *comparing;
  PhTurnChooser *chooser;
  GtkLabel *difference_said;
  GtkToggleButton *on_picture;

  /* Owned */
  PhLook *look;
  PhRecord *other; /* of the turn that is compared with; or NULL */
  char *other_prompt;

  /* Borrowed */
  PhHistory *history;

  gboolean is_on_picture; /* the difference, which is ours to take away */
};

G_DEFINE_FINAL_TYPE (PhInstruction, ph_instruction, GTK_TYPE_BOX)

/* The record, if somebody sees it. */
static PhRecord *
get_record (PhInstruction *self)
{
  return gtk_widget_get_mapped (GTK_WIDGET (self)) ? ph_look_get_record (self->look)
                                                   : NULL;
}

/* --- what was read --- */

static const char *
get_note (PhRecord *record)
{
  PhSnapshot *snapshot = ph_record_get_snapshot (record);

  switch (ph_record_get_instruction (record)->state) {
  case PH_INSTRUCTION_READ:
    return "";
  case PH_INSTRUCTION_UNREAD:
    return _ ("The queries of this model read no text: what an instruction does to where "
              "they look is zero by construction. The difference between any two is 0, "
              "too.");
  default:
    if (snapshot == NULL || ph_snapshot_get_label (snapshot, 0) != NULL)
      return _ ("This model has no queries that could read the instruction.");
    return _ (
        "What the queries had of the instruction was not kept with this answer. Ask "
        "again to see it.");
  }
}

/* Word by query, in the direction that is chosen. */
static float *
read_shares (PhInstruction *self, PhRecord *record)
{
  const PhRecordInstruction *sizes = ph_record_get_instruction (record);
  int layer = ph_choices_get (self->layers), head = ph_choices_get (self->heads);
  float *shares = g_new (float, sizes->n_words * sizes->n_queries);
  g_autofree float *one = g_new (float, sizes->n_words);

  if (!gtk_toggle_button_get_active (self->queries_read)) {
    for (int word = 0; word < sizes->n_words; word++)
      ph_record_word_looks (record, layer, head, word, shares + word * sizes->n_queries);
    return shares;
  }
  for (int query = 0; query < sizes->n_queries; query++) {
    ph_record_query_words (record, layer, head, query, one);
    for (int word = 0; word < sizes->n_words; word++)
      shares[word * sizes->n_queries + query] = one[word];
  }
  return shares;
}

static void
show_matrix (PhInstruction *self, PhRecord *record)
{
  const PhRecordInstruction *sizes = ph_record_get_instruction (record);
  g_autofree const char **words = g_new (const char *, sizes->n_words);
  g_autofree float *shares = read_shares (self, record);
  g_autofree char *top = NULL;

  for (int i = 0; i < sizes->n_words; i++)
    words[i] = ph_record_get_instruction_word (record, i);
  ph_matrix_set (self->matrix, _ ("query"), words, sizes->n_words, sizes->n_queries,
                 shares);
  ph_matrix_set_chosen (self->matrix, ph_look_get_query (self->look));
  top = ph_heat_map_dup_share_text (ph_matrix_get_top (self->matrix));
  gtk_label_set_text (self->top, top);
}

static void
name_row (PhInstruction *self, int query, float sum)
{
  double words = 100 * (double) sum;
  g_autofree char *title =
      query >= 0 ? g_strdup_printf (_ ("What query %d had of each word"), query + 1)
                 : g_strdup (_ ("What the queries had of each word"));
  g_autofree char *rest = g_strdup_printf (
      _ ("Of all its attention: words %.1f %%, queries %.1f %%"), words, 100 - words);

  gtk_label_set_text (self->row_title, title);
  gtk_label_set_text (self->rest, rest);
}

/* The bars of the chosen query. */
static void
show_row (PhInstruction *self, PhRecord *record)
{
  const PhRecordInstruction *sizes = ph_record_get_instruction (record);
  int query = ph_look_get_query (self->look);
  g_autofree float *shares = g_new (float, sizes->n_words);
  g_autofree PhBarRow *rows = g_new0 (PhBarRow, sizes->n_words);
  GtkWidget *old = gtk_widget_get_first_child (GTK_WIDGET (self->row));
  float sum = 0, top = 0;

  query = query < sizes->n_queries ? query : PH_RECORD_MEAN;
  ph_record_query_words (record, ph_choices_get (self->layers),
                         ph_choices_get (self->heads), query, shares);
  for (int i = 0; i < sizes->n_words; i++) {
    rows[i] = (PhBarRow){ ph_record_get_instruction_word (record, i), shares[i], NULL };
    top = MAX (top, shares[i]);
    sum += shares[i];
  }
  if (old != NULL)
    gtk_box_remove (self->row, old);
  gtk_box_append (self->row, ph_bar_rows_new (rows, sizes->n_words, top));
  name_row (self, query, sum);
}

static void
show_reading (PhInstruction *self)
{
  PhRecord *record = get_record (self);

  if (record == NULL || ph_record_get_instruction (record)->state != PH_INSTRUCTION_READ)
    return;
  show_matrix (self, record);
  show_row (self, record);
}

/* --- what it did --- */

static gboolean
is_of_same_shape (const PhSnapshot *a, const PhSnapshot *b)
{
  const PhSnapshotShape *x = ph_snapshot_get_shape (a), *y = ph_snapshot_get_shape (b);

  return x->n_layers == y->n_layers && x->n_heads == y->n_heads &&
         x->n_queries == y->n_queries && x->n_rows == y->n_rows &&
         x->n_columns == y->n_columns;
}

/* Where the chosen query looked in this turn less where it looked in the other; NULL
 * where the two cannot be compared. */
static PhHeatMap *
make_difference (PhInstruction *self, PhRecord *record)
{
  PhSnapshot *here = ph_record_get_snapshot (record);
  PhSnapshot *there = self->other != NULL ? ph_record_get_snapshot (self->other) : NULL;
  int layer = ph_look_get_layer (self->look), head = ph_look_get_head (self->look),
      query = ph_look_get_query (self->look);
  g_autoptr (PhHeatMap) a = NULL;
  g_autoptr (PhHeatMap) b = NULL;

  if (here == NULL || there == NULL || !is_of_same_shape (here, there))
    return NULL;
  a = ph_heat_map_new (here, layer, head, query);
  b = ph_heat_map_new (there, layer, head, query);
  return ph_heat_map_new_difference (a, b);
}

static char *
dup_difference_text (PhInstruction *self, const PhHeatMap *difference)
{
  int query = ph_look_get_query (self->look), peak = difference->peak_patch;
  g_autofree char *who = query >= 0 ? g_strdup_printf (_ ("Query %d"), query + 1)
                                    : g_strdup (_ ("The mean of the queries"));

  if (difference->peak == 0)
    return g_strdup_printf (_ ("%s looked at the same: the difference is 0 everywhere."),
                            who);
  return g_strdup_printf (
      _ ("%s: this instruction less “%s”. The largest difference is "
         "%+.2f percentage points at row %d, column %d."),
      who, self->other_prompt, 100 * (double) difference->patches[peak],
      peak / difference->n_columns + 1, peak % difference->n_columns + 1);
}

/* Takes @difference, which may be NULL. */
static void
show_on_picture (PhInstruction *self, PhHeatMap *difference)
{
  g_autofree char *title =
      difference != NULL ? g_strdup_printf (_ ("Difference to “%s”"), self->other_prompt)
                         : NULL;

  if (difference == NULL && !self->is_on_picture)
    return;
  self->is_on_picture = difference != NULL;
  ph_look_take_own_map (self->look, difference, title);
}

static void
show_difference (PhInstruction *self)
{
  PhRecord *record = get_record (self);
  g_autoptr (PhHeatMap) difference = NULL;
  g_autofree char *text = NULL;

  if (record == NULL)
    return;
  difference = make_difference (self, record);
  if (difference != NULL)
    text = dup_difference_text (self, difference);
  else if (self->other != NULL)
    text = g_strdup (_ ("That answer is of another model: its maps have another shape."));
  gtk_label_set_text (self->difference_said, text != NULL ? text : "");
  gtk_widget_set_visible (GTK_WIDGET (self->difference_said), text != NULL);
  gtk_widget_set_sensitive (GTK_WIDGET (self->on_picture), difference != NULL);
  if (gtk_toggle_button_get_active (self->on_picture))
    show_on_picture (self, g_steal_pointer (&difference));
  else
    show_on_picture (self, NULL);
}

static void
set_other (PhInstruction *self, PhRecord *record, const char *prompt)
{
  g_clear_pointer (&self->other, ph_record_unref);
  g_free (self->other_prompt);
  self->other = record;
  self->other_prompt = g_strdup (prompt);
}

static void
other_chosen_cb (PhInstruction *self, const PhPastTurn *turn)
{
  g_autoptr (GError) error = NULL;
  PhRecord *record =
      turn != NULL ? ph_history_load_record (self->history, turn->id, &error) : NULL;

  set_other (self, record, turn != NULL ? turn->prompt : NULL);
  show_difference (self);
  if (error == NULL)
    return;

  gtk_label_set_text (self->difference_said, error->message);
  gtk_widget_set_visible (GTK_WIDGET (self->difference_said), TRUE);
}

/* --- what is chosen --- */

static void
choice_changed_cb (PhInstruction *self)
{
  if (self->look != NULL)
    show_reading (self);
}

static void
difference_changed_cb (PhInstruction *self)
{
  if (self->look != NULL)
    show_difference (self);
}

static void
query_chosen_cb (PhInstruction *self, int query)
{
  ph_look_set_query (self->look, query);
}

static void
look_changed_cb (PhInstruction *self)
{
  show_reading (self);
  show_difference (self);
}

static void
show_record (PhInstruction *self)
{
  PhRecord *record = get_record (self);
  const PhRecordInstruction *sizes;

  if (record == NULL)
    return;
  sizes = ph_record_get_instruction (record);
  ph_choices_set (self->layers, _ ("All Layers"), _ ("Layer"), sizes->n_layers);
  ph_choices_set (self->heads, _ ("All Heads"), _ ("Head"),
                  sizes->n_heads > 1 ? sizes->n_heads : 0);
  gtk_label_set_text (self->note, get_note (record));
  gtk_widget_set_visible (GTK_WIDGET (self->note), *get_note (record) != '\0');
  gtk_widget_set_visible (self->reading, sizes->state == PH_INSTRUCTION_READ);
  gtk_widget_set_visible (self->comparing, sizes->state == PH_INSTRUCTION_READ);
  look_changed_cb (self);
}

/* Another turn is compared with another. */
static void
turn_changed_cb (PhInstruction *self)
{
  set_other (self, NULL, NULL);
  ph_turn_chooser_say (self->chooser, NULL);
  gtk_toggle_button_set_active (self->on_picture, FALSE);
}

/* --- the type --- */

static void
ph_instruction_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (ph_instruction_parent_class)->map (widget);
  show_record (PH_INSTRUCTION (widget));
}

static void
ph_instruction_unmap (GtkWidget *widget)
{
  show_on_picture (PH_INSTRUCTION (widget), NULL);
  GTK_WIDGET_CLASS (ph_instruction_parent_class)->unmap (widget);
}

static void
ph_instruction_dispose (GObject *object)
{
  gtk_widget_dispose_template (GTK_WIDGET (object), PH_TYPE_INSTRUCTION);
  G_OBJECT_CLASS (ph_instruction_parent_class)->dispose (object);
}

static void
ph_instruction_finalize (GObject *object)
{
  PhInstruction *self = PH_INSTRUCTION (object);

  set_other (self, NULL, NULL);
  g_clear_object (&self->look);
  G_OBJECT_CLASS (ph_instruction_parent_class)->finalize (object);
}

static void
ph_instruction_class_init (PhInstructionClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ph_instruction_dispose;
  G_OBJECT_CLASS (klass)->finalize = ph_instruction_finalize;
  widget_class->map = ph_instruction_map;
  widget_class->unmap = ph_instruction_unmap;
  g_type_ensure (PH_TYPE_COLOR_BAR);
  g_type_ensure (PH_TYPE_MATRIX);
  g_type_ensure (PH_TYPE_TURN_CHOOSER);
  g_type_ensure (PH_TYPE_WRAP);
  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/pinhole/Pinhole/views/instruction.ui");
  gtk_widget_class_bind_template_child (widget_class, PhInstruction, note);
  gtk_widget_class_bind_template_child (widget_class, PhInstruction, reading);
  gtk_widget_class_bind_template_child (widget_class, PhInstruction, queries_read);
  gtk_widget_class_bind_template_child (widget_class, PhInstruction, layers);
  gtk_widget_class_bind_template_child (widget_class, PhInstruction, heads);
  gtk_widget_class_bind_template_child (widget_class, PhInstruction, matrix);
  gtk_widget_class_bind_template_child (widget_class, PhInstruction, bar);
  gtk_widget_class_bind_template_child (widget_class, PhInstruction, top);
  gtk_widget_class_bind_template_child (widget_class, PhInstruction, row_title);
  gtk_widget_class_bind_template_child (widget_class, PhInstruction, row);
  gtk_widget_class_bind_template_child (widget_class, PhInstruction, rest);
  gtk_widget_class_bind_template_child (widget_class, PhInstruction, comparing);
  gtk_widget_class_bind_template_child (widget_class, PhInstruction, chooser);
  gtk_widget_class_bind_template_child (widget_class, PhInstruction, difference_said);
  gtk_widget_class_bind_template_child (widget_class, PhInstruction, on_picture);
  gtk_widget_class_bind_template_callback (widget_class, choice_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, difference_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, query_chosen_cb);
  gtk_widget_class_bind_template_callback (widget_class, other_chosen_cb);
}

static void
ph_instruction_init (PhInstruction *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  ph_name_list (self->layers, _ ("Layer that reads the instruction"));
  ph_name_list (self->heads, _ ("Head that reads the instruction"));
  ph_turn_chooser_name (self->chooser, _ ("Turn to compare the instruction with"),
                        _ ("Compare With…"));
  ph_name_widget (GTK_WIDGET (self->matrix), _ ("Queries and words of the instruction"));
}

static void
watch (PhInstruction *self, const char *property, GCallback callback)
{
  g_signal_connect_object (self->look, property, callback, self, G_CONNECT_SWAPPED);
}

GtkWidget *
ph_instruction_new (PhLook *look, PhHistory *history)
{
  PhInstruction *self = g_object_new (PH_TYPE_INSTRUCTION, NULL);

  self->look = g_object_ref (look);
  self->history = history;
  ph_matrix_set_appearance (self->matrix, ph_look_get_appearance (look));
  ph_turn_chooser_set_context (self->chooser, history, look, TRUE);
  watch (self, "notify::turn", G_CALLBACK (turn_changed_cb));
  watch (self, "notify::record", G_CALLBACK (show_record));
  watch (self, "notify::layer", G_CALLBACK (look_changed_cb));
  watch (self, "notify::head", G_CALLBACK (look_changed_cb));
  watch (self, "notify::query", G_CALLBACK (look_changed_cb));
  return GTK_WIDGET (self);
}

static GtkWidget *
create (const PhViewContext *context)
{
  return ph_instruction_new (context->look, context->history);
}

const PhViewClass ph_view_instruction = {
  .name = "instruction",
  .title = N_ ("Instruction"),
  .hint = N_ ("What the queries had of the words of the question"),
  .create = create,
};
