#include "ui/views/words.h"

#include "core/base/measures.h"
#include "ui/names.h"
#include "ui/views/alternatives.h"
#include "ui/views/answer-words.h"
#include "ui/views/bars.h"
#include "ui/views/choices.h"
#include "ui/views/view.h"
#include "ui/views/word-line.h"
#include "ui/wrap.h"

#include <glib/gi18n.h>

#define MOST_TITLE 24 /* characters of a word */

struct _PhWords {
  GtkBox parent_instance;

  /* Template children */
  GtkLabel *note;
  PhWordLine *line;
  GtkWidget *legend;
  GtkLabel *said;
  GtkBox *alternatives;
  GtkWidget *ways;
  GtkDropDown *layers;
  PhBars *queries;
  GtkLabel *masses;
  GtkToggleButton *all_queries;
  GtkToggleButton *one_query;

  /* Owned */
  PhLook *look;
  PhAnswerWords *words; /* NULL: nothing is shown, or nobody sees it */

  gboolean is_on_picture; /* a word's map, which is ours to take away */
};

G_DEFINE_FINAL_TYPE (PhWords, ph_words, GTK_TYPE_BOX)

static int
get_word (PhWords *self)
{
  return ph_answer_words_find (self->words, ph_look_get_word (self->look));
}

static PhAnswerLens
get_lens (PhWords *self)
{
  return (PhAnswerLens){ ph_choices_get (self->layers), ph_look_get_layer (self->look),
                         ph_look_get_head (self->look) };
}

/* --- what is said --- */

static const char *
get_note (const PhAnswerWords *words)
{
  if (words->n_words == 0)
    return _ (
        "The words of this answer were not kept with it. Ask again to see what each "
        "of them looked at.");
  if (words->way == PH_WAY_DIRECT)
    return _ ("In this model the words look at the picture themselves: there are no "
              "queries between them.");
  if (words->way == PH_WAY_NONE)
    return _ ("How likely each word was is known, but not what it looked at.");
  return "";
}

static char *
dup_masses_text (const PhRecordWords *kept, const PhRecordMasses *masses)
{
  double queries = 100 * (double) masses->queries, prompt = 100 * (double) masses->prompt,
         answer = 100 * (double) masses->answer;

  if (kept->apart)
    return g_strdup_printf (
        _ ("Of its look at the prompt: queries %.0f %%, text %.0f %%"), queries, prompt);
  return g_strdup_printf (
      _ ("Of all its attention: queries %.0f %%, prompt %.0f %%, answer "
         "so far %.0f %%"),
      queries, prompt, answer);
}

static char *
dup_word_text (PhWords *self, int word)
{
  g_autofree char *name = ph_answer_words_dup_name (self->words, word);

  return g_strdup_printf (_ ("%s, entropy %.2f bits"), name,
                          (double) self->words->words[word].entropy);
}

static char *
dup_patch_text (PhWords *self, int patch, const float *shares)
{
  int n_columns = ph_look_get_map (self->look)->n_columns;
  size_t most = ph_measure_peak (shares, (size_t) self->words->n_words);
  g_autofree char *share = ph_heat_map_dup_share_text (shares[most]);

  return g_strdup_printf (_ ("Row %d, column %d: “%s” looked there most, %s of its look. "
                             "The numbers are those of this patch"),
                          patch / n_columns + 1, patch % n_columns + 1,
                          self->words->words[most].text, share);
}

/* --- showing --- */

static void
show_queries (PhWords *self, int word)
{
  const PhRecordWords *kept = ph_record_get_words (self->words->record);
  g_autofree float *shares = g_new (float, MAX (kept->n_queries, 1));
  g_autofree char *text = NULL;
  PhRecordMasses masses;

  if (self->words->way != PH_WAY_QUERIES || !ph_answer_words_has_look (self->words, word))
    return;
  masses =
      ph_answer_words_queries (self->words, ph_choices_get (self->layers), word, shares);
  text = dup_masses_text (kept, &masses);
  gtk_label_set_text (self->masses, text);
  ph_bars_set_shares (self->queries, _ ("query"), shares, kept->n_queries);
}

/* What the numbers under the words are. */
static void
show_numbers (PhWords *self, int word)
{
  int patch = ph_look_get_patch (self->look);
  PhAnswerLens lens = get_lens (self);
  g_autofree float *shares = g_new (float, MAX (self->words->n_words, 1));
  g_autofree char *text = NULL;

  if (patch >= 0 && self->words->way != PH_WAY_NONE) {
    ph_answer_words_at (self->words, &lens, patch, shares);
    ph_word_line_show (self->line, shares);
    text = dup_patch_text (self, patch, shares);
  } else {
    ph_word_line_show (self->line, NULL);
    text = word >= 0
               ? dup_word_text (self, word)
               : g_strdup (_ ("The numbers are the words' probabilities. Point at a "
                              "word or a patch, or pin it by a click"));
  }
  gtk_label_set_text (self->said, text);
}

/* A title stands in one line, and what a model writes may have no end. */
static char *
dup_map_title (PhWords *self, int word)
{
  const char *text = self->words->words[word].text;
  gboolean is_long = g_utf8_strlen (text, -1) > MOST_TITLE;
  g_autofree char *shown = g_utf8_substring (text, 0, is_long ? MOST_TITLE : -1);

  return g_strdup_printf (_ ("Word %d, “%s%s”"), word + 1, shown, is_long ? "…" : "");
}

/* Where the word looked by way of all queries; or the map of the chosen query, which is
 * the look's own. */
static void
show_on_picture (PhWords *self, int word)
{
  PhAnswerLens lens = get_lens (self);
  PhHeatMap *map = NULL;
  g_autofree char *title = NULL;

  if (word >= 0 && gtk_toggle_button_get_active (self->all_queries))
    map = ph_answer_words_map (self->words, &lens, word);
  if (map == NULL && !self->is_on_picture)
    return;

  if (map != NULL)
    title = dup_map_title (self, word);
  self->is_on_picture = map != NULL;
  ph_look_take_own_map (self->look, map, title);
}

static void
show_word (PhWords *self)
{
  int word, pinned;

  if (self->words == NULL || self->words->n_words == 0)
    return;
  word = get_word (self);
  pinned = ph_look_is_word_pinned (self->look) ? word : -1;
  show_queries (self, word);
  show_numbers (self, word);
  show_on_picture (self, word);
  ph_word_line_set_pinned (self->line, pinned);
  ph_alternatives_show (self->alternatives, self->words, pinned);
}

static void
show_route (PhWords *self)
{
  int query = ph_look_get_query (self->look);
  g_autofree char *text = NULL;

  if (self->words == NULL || self->words->way != PH_WAY_QUERIES)
    return;
  ph_bars_set_chosen (self->queries, query);
  text = query >= 0 ? g_strdup_printf (_ ("Query %d Alone"), query + 1)
                    : g_strdup (_ ("Mean of the Queries"));
  gtk_button_set_label (GTK_BUTTON (self->one_query), text);
}

static void
show_record (PhWords *self)
{
  PhRecord *record = ph_look_get_record (self->look);
  gboolean has_words;

  ph_word_line_set_words (self->line, NULL);
  g_clear_pointer (&self->words, ph_answer_words_free);
  if (record == NULL || !gtk_widget_get_mapped (GTK_WIDGET (self)))
    return;

  self->words = ph_answer_words_new (record);
  has_words = self->words->n_words > 0;
  ph_word_line_set_words (self->line, self->words);
  ph_choices_set (self->layers, _ ("All Layers"), _ ("Layer"),
                  ph_record_get_words (record)->n_layers);
  gtk_label_set_text (self->note, get_note (self->words));
  gtk_widget_set_visible (GTK_WIDGET (self->note), *get_note (self->words) != '\0');
  gtk_widget_set_visible (self->legend, has_words);
  gtk_widget_set_visible (GTK_WIDGET (self->said), has_words);
  gtk_widget_set_visible (self->ways, self->words->way == PH_WAY_QUERIES);
  show_word (self);
  show_route (self);
}

/* --- what is chosen --- */

static int
get_token (PhWords *self, int word)
{
  return word >= 0 ? self->words->words[word].first_token : -1;
}

static void
pointed_cb (PhWords *self, int word)
{
  ph_look_point_at_word (self->look, get_token (self, word));
}

static void
pinned_cb (PhWords *self, int word)
{
  ph_look_pin_word (self->look, get_token (self, word));
}

static void
layer_chosen_cb (PhWords *self)
{
  show_word (self);
}

static void
query_chosen_cb (PhWords *self, int query)
{
  gboolean pinned = ph_look_is_word_pinned (self->look);
  int token = ph_look_get_word (self->look);

  gtk_toggle_button_set_active (self->one_query, TRUE);
  /* Whoever chooses a query elsewhere is done with the word, but here it is a part of its
   * way. */
  ph_look_set_query (self->look, query);
  if (pinned)
    ph_look_pin_word (self->look, token);
}

static void
route_chosen_cb (PhWords *self)
{
  show_word (self);
}

static gboolean
key_cb (PhWords *self, guint key, guint code, GdkModifierType modifiers)
{
  return key == GDK_KEY_Escape && ph_look_release (self->look);
}

/* --- the type --- */

static void
ph_words_map (GtkWidget *widget)
{
  GTK_WIDGET_CLASS (ph_words_parent_class)->map (widget);
  show_record (PH_WORDS (widget));
}

static void
ph_words_unmap (GtkWidget *widget)
{
  show_on_picture (PH_WORDS (widget), -1);
  GTK_WIDGET_CLASS (ph_words_parent_class)->unmap (widget);
  show_record (PH_WORDS (widget));
}

static void
ph_words_dispose (GObject *object)
{
  gtk_widget_dispose_template (GTK_WIDGET (object), PH_TYPE_WORDS);
  G_OBJECT_CLASS (ph_words_parent_class)->dispose (object);
}

static void
ph_words_finalize (GObject *object)
{
  PhWords *self = PH_WORDS (object);

  g_clear_pointer (&self->words, ph_answer_words_free);
  g_clear_object (&self->look);
  G_OBJECT_CLASS (ph_words_parent_class)->finalize (object);
}

static void
ph_words_class_init (PhWordsClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ph_words_dispose;
  G_OBJECT_CLASS (klass)->finalize = ph_words_finalize;
  widget_class->map = ph_words_map;
  widget_class->unmap = ph_words_unmap;
  g_type_ensure (PH_TYPE_BARS);
  g_type_ensure (PH_TYPE_WORD_LINE);
  g_type_ensure (PH_TYPE_WRAP);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/pinhole/Pinhole/views/words.ui");
  gtk_widget_class_bind_template_child (widget_class, PhWords, note);
  gtk_widget_class_bind_template_child (widget_class, PhWords, line);
  gtk_widget_class_bind_template_child (widget_class, PhWords, legend);
  gtk_widget_class_bind_template_child (widget_class, PhWords, said);
  gtk_widget_class_bind_template_child (widget_class, PhWords, alternatives);
  gtk_widget_class_bind_template_child (widget_class, PhWords, ways);
  gtk_widget_class_bind_template_child (widget_class, PhWords, layers);
  gtk_widget_class_bind_template_child (widget_class, PhWords, queries);
  gtk_widget_class_bind_template_child (widget_class, PhWords, masses);
  gtk_widget_class_bind_template_child (widget_class, PhWords, all_queries);
  gtk_widget_class_bind_template_child (widget_class, PhWords, one_query);
  gtk_widget_class_bind_template_callback (widget_class, layer_chosen_cb);
  gtk_widget_class_bind_template_callback (widget_class, query_chosen_cb);
  gtk_widget_class_bind_template_callback (widget_class, route_chosen_cb);
  gtk_widget_class_bind_template_callback (widget_class, pointed_cb);
  gtk_widget_class_bind_template_callback (widget_class, pinned_cb);
}

static void
ph_words_init (PhWords *self)
{
  GtkEventController *keys = gtk_event_controller_key_new ();

  gtk_widget_init_template (GTK_WIDGET (self));
  ph_name_list (self->layers, _ ("Layer of the language model"));
  ph_name_widget (GTK_WIDGET (self->queries), _ ("What the word had of each query"));
  g_signal_connect_swapped (keys, "key-pressed", G_CALLBACK (key_cb), self);
  gtk_widget_add_controller (GTK_WIDGET (self), keys);
}

static void
watch (PhWords *self, const char *property, GCallback callback)
{
  g_signal_connect_object (self->look, property, callback, self, G_CONNECT_SWAPPED);
}

GtkWidget *
ph_words_new (PhLook *look)
{
  PhWords *self = g_object_new (PH_TYPE_WORDS, NULL);

  self->look = g_object_ref (look);
  ph_bars_set_appearance (self->queries, ph_look_get_appearance (look));
  watch (self, "notify::record", G_CALLBACK (show_record));
  watch (self, "notify::word", G_CALLBACK (show_word));
  watch (self, "notify::word-pinned", G_CALLBACK (show_word));
  watch (self, "notify::patch", G_CALLBACK (show_word));
  watch (self, "notify::layer", G_CALLBACK (show_word));
  watch (self, "notify::head", G_CALLBACK (show_word));
  watch (self, "notify::query", G_CALLBACK (show_route));
  return GTK_WIDGET (self);
}

static GtkWidget *
create (const PhViewContext *context)
{
  return ph_words_new (context->look);
}

const PhViewClass ph_view_words = {
  .name = "words",
  .title = N_ ("Words"),
  .hint = N_ ("How likely each word was, and what it looked at"),
  .create = create,
};
