#include "ui/conversation.h"

#include "ui/turn-row.h"

#define NEAR_THE_END 24 /* pixels */
#define NEAR_THE_TOP 200
#define N_AT_ONCE 30 /* questions that get widgets at a time */

struct _PhConversation {
  GtkBox parent_instance;

  /* Template children */
  GtkStack *pages; /* "hint" or "turns" */
  GtkLabel *hint;
  GtkListBox *list;
  GtkAdjustment *position;

  /* Owned */
  GListModel *exchanges;
  GListStore *shown;  /* those from `first` on */
  PhExchange *chosen; /* whose turn is watched */

  guint first;
  double from_end;  /* pixels, kept while earlier ones are put in; < 0: not now */
  gboolean follows; /* the end is in sight and stays so */
  guint settling;   /* tick, while the viewport has to look again */
  gboolean shows_pictures;
  gboolean compact;
};

G_DEFINE_FINAL_TYPE (PhConversation, ph_conversation, GTK_TYPE_BOX)

enum { CHOSEN, ACT, N_SIGNALS };

static guint signals[N_SIGNALS];

static void
act_cb (PhConversation *self, const char *name, const char *text, PhTurnRow *row)
{
  g_signal_emit (self, signals[ACT], 0, ph_turn_row_get_exchange (row), name, text);
}

static GtkWidget *
make_row (gpointer exchange, gpointer data)
{
  PhConversation *self = data;
  PhTurnRow *row = PH_TURN_ROW (ph_turn_row_new (exchange));

  ph_turn_row_set_shows_picture (row, self->shows_pictures);
  ph_turn_row_set_compact (row, self->compact);
  g_signal_connect_object (row, "act", G_CALLBACK (act_cb), self, G_CONNECT_SWAPPED);
  return GTK_WIDGET (row);
}

/* --- which of them have widgets --- */

static void
copy_shown (PhConversation *self, guint from, guint n, guint at, guint n_removed)
{
  g_autoptr (GPtrArray) added = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < n; i++)
    g_ptr_array_add (added, g_list_model_get_item (self->exchanges, from + i));
  g_list_store_splice (self->shown, at, n_removed, added->pdata, added->len);
}

static void
show_page (PhConversation *self)
{
  gboolean any = g_list_model_get_n_items (self->exchanges) > 0;

  gtk_stack_set_visible_child_name (self->pages, any ? "turns" : "hint");
}

/* Where it goes on before those that are shown, only their number is told. */
static void
exchanges_changed_cb (PhConversation *self, guint at, guint n_removed, guint n_added)
{
  guint hidden = at < self->first ? MIN (n_removed, self->first - at) : 0;

  if (at < self->first) {
    self->first -= hidden;
    if (n_removed == hidden) {
      self->first += n_added;
      n_added = 0;
    }
  }
  copy_shown (self, at, n_added, at < self->first ? 0 : at - self->first,
              n_removed - hidden);
  show_page (self);
}

static void
show_earlier (PhConversation *self)
{
  guint n = MIN (self->first, N_AT_ONCE);

  if (n == 0 || self->from_end >= 0)
    return;

  self->from_end = gtk_adjustment_get_upper (self->position) -
                   gtk_adjustment_get_value (self->position);
  self->first -= n;
  copy_shown (self, self->first, n, 0, 0);
}

void
ph_conversation_set_exchanges (PhConversation *self, GListModel *exchanges)
{
  guint n = g_list_model_get_n_items (exchanges);

  if (self->exchanges != NULL)
    g_signal_handlers_disconnect_by_data (self->exchanges, self);
  g_set_object (&self->exchanges, exchanges);

  self->follows = TRUE;
  self->from_end = -1;
  self->first = n > N_AT_ONCE ? n - N_AT_ONCE : 0;
  copy_shown (self, self->first, n - self->first, 0,
              g_list_model_get_n_items (G_LIST_MODEL (self->shown)));
  g_signal_connect_object (exchanges, "items-changed", G_CALLBACK (exchanges_changed_cb),
                           self, G_CONNECT_SWAPPED);
  show_page (self);
  ph_conversation_choose_last (self);
}

/* --- the chosen one --- */

static void
choose_row (PhConversation *self, int index)
{
  GtkListBoxRow *row = gtk_list_box_get_row_at_index (self->list, index);

  if (row != NULL)
    gtk_list_box_select_row (self->list, row);
}

void
ph_conversation_choose_last (PhConversation *self)
{
  self->follows = TRUE;
  choose_row (self, (int) g_list_model_get_n_items (G_LIST_MODEL (self->shown)) - 1);
}

static void
scroll_to (PhConversation *self, GtkWidget *row)
{
  graphene_rect_t bounds;

  if (gtk_widget_compute_bounds (row, GTK_WIDGET (self->list), &bounds))
    gtk_adjustment_clamp_page (self->position, bounds.origin.y,
                               bounds.origin.y + bounds.size.height);
}

void
ph_conversation_choose (PhConversation *self, PhExchange *exchange)
{
  GtkListBoxRow *row;
  guint at;

  if (exchange == NULL) {
    gtk_list_box_unselect_all (self->list);
    return;
  }
  while (!g_list_store_find (self->shown, exchange, &at)) {
    if (self->first == 0)
      return;
    self->from_end = -1;
    show_earlier (self);
  }
  row = gtk_list_box_get_row_at_index (self->list, (int) at);
  gtk_list_box_select_row (self->list, row);
  scroll_to (self, GTK_WIDGET (row));
}

PhExchange *
ph_conversation_get_chosen (PhConversation *self)
{
  return self->chosen;
}

PhTurn *
ph_conversation_get_chosen_turn (PhConversation *self)
{
  return self->chosen != NULL ? ph_exchange_get_turn (self->chosen) : NULL;
}

static void
tell_chosen (PhConversation *self)
{
  g_signal_emit (self, signals[CHOSEN], 0, ph_conversation_get_chosen_turn (self));
}

/* Another variant of it is another turn to look at. */
static void
row_selected_cb (GtkListBox *list, GtkListBoxRow *row, PhConversation *self)
{
  PhExchange *chosen = row != NULL ? ph_turn_row_get_exchange (PH_TURN_ROW (row)) : NULL;

  if (self->chosen != NULL)
    g_signal_handlers_disconnect_by_func (self->chosen, tell_chosen, self);
  g_set_object (&self->chosen, chosen);
  if (chosen != NULL)
    g_signal_connect_object (chosen, "notify::turn", G_CALLBACK (tell_chosen), self,
                             G_CONNECT_SWAPPED);
  tell_chosen (self);
}

/* --- how they are shown --- */

static void
for_each_row (PhConversation *self, void (*set) (PhTurnRow *, gboolean), gboolean value)
{
  GtkListBoxRow *row;

  for (int i = 0; (row = gtk_list_box_get_row_at_index (self->list, i)) != NULL; i++)
    set (PH_TURN_ROW (row), value);
}

void
ph_conversation_set_shows_pictures (PhConversation *self, gboolean shows)
{
  if (self->shows_pictures == shows)
    return;

  self->shows_pictures = shows;
  for_each_row (self, ph_turn_row_set_shows_picture, shows);
}

void
ph_conversation_set_compact (PhConversation *self, gboolean compact)
{
  self->compact = compact;
  for_each_row (self, ph_turn_row_set_compact, compact);
}

gboolean
ph_conversation_get_compact (PhConversation *self)
{
  return self->compact;
}

void
ph_conversation_set_hint (PhConversation *self, const char *hint)
{
  gtk_label_set_text (self->hint, hint);
}

/* --- scrolling --- */

static double
get_end (PhConversation *self)
{
  return gtk_adjustment_get_upper (self->position) -
         gtk_adjustment_get_page_size (self->position);
}

static void
scrolled_cb (GtkAdjustment *position, PhConversation *self)
{
  self->follows = gtk_adjustment_get_value (position) > get_end (self) - NEAR_THE_END;
  if (gtk_adjustment_get_value (position) < NEAR_THE_TOP && !self->follows)
    show_earlier (self);
}

static gboolean
settle_cb (GtkWidget *widget, GdkFrameClock *clock, gpointer data)
{
  PhConversation *self = PH_CONVERSATION (widget);

  self->settling = 0;
  gtk_widget_queue_allocate (gtk_widget_get_parent (GTK_WIDGET (self->list)));
  return G_SOURCE_REMOVE;
}

/* The extent is told while the viewport is given its place: it then does not hear that
 * the value changes, and is asked to look again with the next frame. */
static void
move_to (PhConversation *self, double value)
{
  gtk_adjustment_set_value (self->position, value);
  if (self->settling == 0)
    self->settling =
        gtk_widget_add_tick_callback (GTK_WIDGET (self), settle_cb, NULL, NULL);
}

/* What was put in above does not move what is read. */
static void
extent_changed_cb (GtkAdjustment *position, GParamSpec *pspec, PhConversation *self)
{
  double from_end = self->from_end;

  self->from_end = -1;
  if (from_end >= 0)
    move_to (self, gtk_adjustment_get_upper (position) - from_end);
  else if (self->follows)
    move_to (self, get_end (self));
}

static void
ph_conversation_dispose (GObject *object)
{
  gtk_widget_dispose_template (GTK_WIDGET (object), PH_TYPE_CONVERSATION);
  G_OBJECT_CLASS (ph_conversation_parent_class)->dispose (object);
}

static void
ph_conversation_finalize (GObject *object)
{
  PhConversation *self = PH_CONVERSATION (object);

  g_clear_object (&self->exchanges);
  g_clear_object (&self->shown);
  g_clear_object (&self->chosen);
  G_OBJECT_CLASS (ph_conversation_parent_class)->finalize (object);
}

static void
ph_conversation_class_init (PhConversationClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ph_conversation_dispose;
  G_OBJECT_CLASS (klass)->finalize = ph_conversation_finalize;
  signals[CHOSEN] =
      g_signal_new ("chosen", G_OBJECT_CLASS_TYPE (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                    NULL, NULL, G_TYPE_NONE, 1, PH_TYPE_TURN);
  signals[ACT] =
      g_signal_new ("act", G_OBJECT_CLASS_TYPE (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                    NULL, G_TYPE_NONE, 3, PH_TYPE_EXCHANGE, G_TYPE_STRING, G_TYPE_STRING);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/pinhole/Pinhole/conversation.ui");
  gtk_widget_class_bind_template_child (widget_class, PhConversation, pages);
  gtk_widget_class_bind_template_child (widget_class, PhConversation, hint);
  gtk_widget_class_bind_template_child (widget_class, PhConversation, list);
  gtk_widget_class_bind_template_child (widget_class, PhConversation, position);
  gtk_widget_class_bind_template_callback (widget_class, row_selected_cb);
  gtk_widget_class_bind_template_callback (widget_class, scrolled_cb);
  gtk_widget_class_bind_template_callback (widget_class, extent_changed_cb);
}

static void
ph_conversation_init (PhConversation *self)
{
  self->shown = g_list_store_new (PH_TYPE_EXCHANGE);
  self->from_end = -1;
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_list_box_bind_model (self->list, G_LIST_MODEL (self->shown), make_row, self, NULL);
}
