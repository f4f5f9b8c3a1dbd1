#include "ui/sampling-menu.h"

#include "ui/figure-row.h"

#include <glib/gi18n.h>

#define USUAL_BEAMS 5

typedef enum { GREEDY, SAMPLED, BEAMS, N_WAYS, ANY = N_WAYS } Way;

/* The figures of PhSampling that stand in rows, under the way that they belong to. */
static const struct {
  Way way;
  gsize field;
  gboolean is_whole; /* int, not double */
  PhFigure figure;
} figures[] = {
  { SAMPLED,
    offsetof (PhSampling, temperature),
    FALSE,
    { N_ ("Temperature"), N_ ("Below 1 more certain, above it more surprising"), .01, 100,
      .1, 2 } },
  { SAMPLED,
    offsetof (PhSampling, top_p),
    FALSE,
    { N_ ("Top-p"), N_ ("Drawn among the likeliest that make up this share"), .01, 1, .05,
      2 } },
  { SAMPLED,
    offsetof (PhSampling, top_k),
    TRUE,
    { N_ ("Top-k"), N_ ("Drawn among as many of the likeliest; 0: all"), 0, 1000000, 10,
      0 } },
  { BEAMS,
    offsetof (PhSampling, n_beams),
    TRUE,
    { N_ ("Beams"), N_ ("Texts that are followed at a time"), 2, PH_MOST_BEAMS, 1, 0 } },
  { BEAMS,
    offsetof (PhSampling, length_penalty),
    FALSE,
    { N_ ("Length penalty"), N_ ("Above 0 favors long answers, below 0 short ones"), -100,
      100, .5, 1 } },
  { ANY,
    offsetof (PhSampling, max_new_tokens),
    TRUE,
    { N_ ("Most tokens"), N_ ("The answer is cut there"), 1, PH_MOST_NEW_TOKENS, 8, 0 } },
  { ANY,
    offsetof (PhSampling, min_new_tokens),
    TRUE,
    { N_ ("Fewest tokens"), N_ ("The answer does not end before"), 0, PH_MOST_NEW_TOKENS,
      8, 0 } },
  { ANY,
    offsetof (PhSampling, repetition_penalty),
    FALSE,
    { N_ ("Repetition penalty"),
      N_ ("Above 1 makes what was said, or asked, less likely"), .01, 100, .1, 2 } },
};

static const char *const meanings[N_WAYS] = {
  [GREEDY] = N_ ("Always the likeliest token: the same answer every time."),
  [SAMPLED] = N_ ("Tokens are drawn by chance: the same seed draws the same answer. "
                  "Not together with beams."),
  [BEAMS] = N_ ("A search for the likeliest whole answer: what is shown meanwhile may "
                "still change. Nothing is drawn by chance, so there is no seed."),
};

struct _PhSamplingMenu {
  GtkPopover parent_instance;

  /* Template children */
  GtkToggleButton *ways[N_WAYS];
  GtkLabel *meaning;
  GtkBox *groups[N_WAYS + 1]; /* of figures; that of GREEDY is empty */
  GtkEntry *seed;
  GtkSwitch *new_seeds;
  GtkSwitch *early_stopping;
  GtkWidget *reset;

  /* Borrowed: children of the groups */
  PhFigureRow *rows[G_N_ELEMENTS (figures)];

  /* Owned */
  PhAsking *asking;

  gboolean showing; /* and so not listening */
};

G_DEFINE_FINAL_TYPE (PhSamplingMenu, ph_sampling_menu, GTK_TYPE_POPOVER)

static Way
find_way (const PhSampling *sampling)
{
  if (sampling->sampled)
    return SAMPLED;
  return sampling->n_beams > 1 ? BEAMS : GREEDY;
}

char *
ph_sampling_dup_name (const PhSampling *sampling)
{
  switch (find_way (sampling)) {
  case SAMPLED:
    return g_strdup (_ ("Sampled"));
  case BEAMS:
    return g_strdup_printf (ngettext ("%d Beam", "%d Beams", (gulong) sampling->n_beams),
                            sampling->n_beams);
  default:
    return g_strdup (_ ("Greedy"));
  }
}

/* --- from the settings to the rows --- */

static double
get_figure (const PhSampling *sampling, gsize i)
{
  const char *field = (const char *) sampling + figures[i].field;

  return figures[i].is_whole ? *(const int *) field : *(const double *) field;
}

static void
set_figure (PhSampling *sampling, gsize i, double value)
{
  char *field = (char *) sampling + figures[i].field;

  if (figures[i].is_whole)
    *(int *) field = (int) value;
  else
    *(double *) field = value;
}

static void
show_seed (PhSamplingMenu *self, const PhSampling *sampling)
{
  GtkEditable *entry = GTK_EDITABLE (self->seed);
  g_autofree char *digits = g_strdup_printf ("%" G_GUINT64_FORMAT, sampling->seed);
  gboolean new_seeds = ph_asking_get_new_seeds (self->asking);

  gtk_switch_set_active (self->new_seeds, new_seeds);
  gtk_widget_set_sensitive (GTK_WIDGET (self->seed), !new_seeds);
  if (g_ascii_strtoull (gtk_editable_get_text (entry), NULL, 10) != sampling->seed ||
      *gtk_editable_get_text (entry) == '\0')
    gtk_editable_set_text (entry, digits);
  gtk_widget_remove_css_class (GTK_WIDGET (self->seed), "error");
}

static void
show_way (PhSamplingMenu *self, Way way)
{
  gtk_toggle_button_set_active (self->ways[way], TRUE);
  gtk_label_set_text (self->meaning, _ (meanings[way]));
  for (int i = 0; i < N_WAYS; i++)
    gtk_widget_set_visible (GTK_WIDGET (self->groups[i]), (Way) i == way);
}

static void
asking_changed_cb (PhSamplingMenu *self)
{
  PhSampling sampling = ph_asking_get_sampling (self->asking);

  self->showing = TRUE;
  show_way (self, find_way (&sampling));
  for (gsize i = 0; i < G_N_ELEMENTS (figures); i++)
    ph_figure_row_set_value (self->rows[i], get_figure (&sampling, i));
  gtk_switch_set_active (self->early_stopping, sampling.early_stopping);
  show_seed (self, &sampling);
  self->showing = FALSE;
}

/* --- and back --- */

/* The fewest follow where the most go, and the other way round: what was typed last
 * counts. */
static void
settle_lengths (PhSampling *sampling, const PhSampling *before)
{
  if (sampling->min_new_tokens <= sampling->max_new_tokens)
    return;
  if (sampling->min_new_tokens != before->min_new_tokens)
    sampling->max_new_tokens = sampling->min_new_tokens;
  else
    sampling->min_new_tokens = sampling->max_new_tokens;
}

static void
figure_changed_cb (PhSamplingMenu *self, GParamSpec *pspec, PhFigureRow *row)
{
  PhSampling before = ph_asking_get_sampling (self->asking);
  PhSampling sampling = before;

  if (self->showing)
    return;

  for (gsize i = 0; i < G_N_ELEMENTS (figures); i++)
    if (self->rows[i] == row)
      set_figure (&sampling, i, ph_figure_row_get_value (row));
  settle_lengths (&sampling, &before);
  ph_asking_set_sampling (self->asking, &sampling);
}

static void
way_toggled_cb (GtkToggleButton *button, PhSamplingMenu *self)
{
  PhSampling sampling = ph_asking_get_sampling (self->asking);
  gboolean beams = button == self->ways[BEAMS];

  if (self->showing || !gtk_toggle_button_get_active (button))
    return;

  sampling.sampled = button == self->ways[SAMPLED];
  if (beams != (sampling.n_beams > 1))
    sampling.n_beams = beams ? USUAL_BEAMS : 1;
  ph_asking_set_sampling (self->asking, &sampling);
}

static void
early_stopping_cb (GtkSwitch *early_stopping, GParamSpec *pspec, PhSamplingMenu *self)
{
  PhSampling sampling = ph_asking_get_sampling (self->asking);

  sampling.early_stopping = gtk_switch_get_active (early_stopping);
  if (!self->showing)
    ph_asking_set_sampling (self->asking, &sampling);
}

/* What is no seed is marked, and the one before it stays. */
static void
seed_changed_cb (GtkEditable *entry, PhSamplingMenu *self)
{
  PhSampling sampling = ph_asking_get_sampling (self->asking);
  guint64 seed;

  if (self->showing)
    return;
  if (!g_ascii_string_to_unsigned (gtk_editable_get_text (entry), 10, 0, G_MAXUINT64,
                                   &seed, NULL)) {
    gtk_widget_add_css_class (GTK_WIDGET (entry), "error");
    return;
  }
  gtk_widget_remove_css_class (GTK_WIDGET (entry), "error");
  sampling.seed = seed;
  ph_asking_set_sampling (self->asking, &sampling);
}

static void
new_seeds_cb (GtkSwitch *new_seeds, GParamSpec *pspec, PhSamplingMenu *self)
{
  if (!self->showing)
    ph_asking_set_new_seeds (self->asking, gtk_switch_get_active (new_seeds));
}

static void
reset_cb (GtkButton *button, PhSamplingMenu *self)
{
  ph_asking_reset_sampling (self->asking);
}

/* --- the object --- */

void
ph_sampling_menu_set_asking (PhSamplingMenu *self, PhAsking *asking)
{
  g_assert (self->asking == NULL);

  self->asking = g_object_ref (asking);
  g_signal_connect_object (asking, "changed", G_CALLBACK (asking_changed_cb), self,
                           G_CONNECT_SWAPPED);
  asking_changed_cb (self);
}

static void
ph_sampling_menu_dispose (GObject *object)
{
  gtk_widget_dispose_template (GTK_WIDGET (object), PH_TYPE_SAMPLING_MENU);
  G_OBJECT_CLASS (ph_sampling_menu_parent_class)->dispose (object);
}

static void
ph_sampling_menu_finalize (GObject *object)
{
  g_clear_object (&PH_SAMPLING_MENU (object)->asking);
  G_OBJECT_CLASS (ph_sampling_menu_parent_class)->finalize (object);
}

static void
bind_child (GtkWidgetClass *klass, const char *name, gssize offset)
{
  gtk_widget_class_bind_template_child_full (klass, name, FALSE, offset);
}

static void
bind_children (GtkWidgetClass *klass)
{
  static const struct {
    const char *name;
    gssize offset;
  } children[] = {
    { "greedy", G_STRUCT_OFFSET (PhSamplingMenu, ways[GREEDY]) },
    { "sampled", G_STRUCT_OFFSET (PhSamplingMenu, ways[SAMPLED]) },
    { "beams", G_STRUCT_OFFSET (PhSamplingMenu, ways[BEAMS]) },
    { "greedy_group", G_STRUCT_OFFSET (PhSamplingMenu, groups[GREEDY]) },
    { "sampled_group", G_STRUCT_OFFSET (PhSamplingMenu, groups[SAMPLED]) },
    { "beams_group", G_STRUCT_OFFSET (PhSamplingMenu, groups[BEAMS]) },
    { "any_group", G_STRUCT_OFFSET (PhSamplingMenu, groups[ANY]) },
    { "meaning", G_STRUCT_OFFSET (PhSamplingMenu, meaning) },
    { "seed", G_STRUCT_OFFSET (PhSamplingMenu, seed) },
    { "new_seeds", G_STRUCT_OFFSET (PhSamplingMenu, new_seeds) },
    { "early_stopping", G_STRUCT_OFFSET (PhSamplingMenu, early_stopping) },
    { "reset", G_STRUCT_OFFSET (PhSamplingMenu, reset) },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (children); i++)
    bind_child (klass, children[i].name, children[i].offset);
}

static void
ph_sampling_menu_class_init (PhSamplingMenuClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ph_sampling_menu_dispose;
  G_OBJECT_CLASS (klass)->finalize = ph_sampling_menu_finalize;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/pinhole/Pinhole/sampling-menu.ui");
  bind_children (widget_class);
  gtk_widget_class_bind_template_callback (widget_class, way_toggled_cb);
  gtk_widget_class_bind_template_callback (widget_class, early_stopping_cb);
  gtk_widget_class_bind_template_callback (widget_class, seed_changed_cb);
  gtk_widget_class_bind_template_callback (widget_class, new_seeds_cb);
  gtk_widget_class_bind_template_callback (widget_class, reset_cb);
}

/* Above what the template has in their groups. */
static void
add_rows (PhSamplingMenu *self)
{
  GtkWidget *last[N_WAYS + 1] = { NULL };

  for (gsize i = 0; i < G_N_ELEMENTS (figures); i++) {
    Way way = figures[i].way;
    GtkWidget *row = ph_figure_row_new (&figures[i].figure);

    self->rows[i] = PH_FIGURE_ROW (row);
    gtk_box_insert_child_after (self->groups[way], row, last[way]);
    last[way] = row;
    g_signal_connect_object (row, "notify::value", G_CALLBACK (figure_changed_cb), self,
                             G_CONNECT_SWAPPED);
  }
}

static void
ph_sampling_menu_init (PhSamplingMenu *self)
{
  self->showing = TRUE;
  gtk_widget_init_template (GTK_WIDGET (self));
  add_rows (self);
  self->showing = FALSE;
}
