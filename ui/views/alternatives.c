#include "ui/views/alternatives.h"

#include "ui/views/bar-rows.h"

#include <glib/gi18n.h>

/* A blank in front begins a word, which goes without saying; what goes on with the word
 * before shows that it does. */
static char *
dup_visible (const char *text, gboolean is_first)
{
  gboolean is_special = g_str_has_prefix (text, "<") && g_str_has_suffix (text, ">");
  gboolean goes_on = !is_first && !is_special && !g_ascii_isspace (*text);
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  g_autoptr (GString) shown = g_string_new (valid);

  g_string_replace (shown, "\n", "↵", 0);
  return g_strdup_printf (_ ("“%s%s”"), goes_on ? "…" : "", g_strchug (shown->str));
}

static GtkWidget *
make_label (const char *text, const char *style)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_wrap_mode (GTK_LABEL (label), PANGO_WRAP_WORD_CHAR);
  gtk_widget_add_css_class (label, style);
  return label;
}

static GtkWidget *
make_title (const PhAnswerWord *word, int part, const PhRecordToken *token)
{
  g_autofree char *shown = dup_visible (token->chosen.text, token->begin == 0);
  g_autofree char *text =
      word->n_tokens == 1
          ? g_strdup_printf (_ ("Instead of %s"), shown)
          : g_strdup_printf (_ ("Instead of %s, part %d of %d, entropy %.2f bits"), shown,
                             part + 1, word->n_tokens, (double) token->entropy);

  return make_label (text, "heading");
}

/* What was written may be none of the likeliest. */
static GtkWidget *
make_rows (const PhRecordToken *token)
{
  PhBarRow rows[PH_RECORD_N_BEST + 1];
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
  gboolean found = FALSE;
  int n = 0;

  for (int i = 0; i <= token->n_best; i++) {
    const PhRecordChoice *choice = i < token->n_best ? &token->best[i] : &token->chosen;
    gboolean chosen = choice->id == token->chosen.id;

    if (i == token->n_best && found)
      break;
    found |= chosen;
    g_ptr_array_add (texts, dup_visible (choice->text, token->begin == 0));
    rows[n++] = (PhBarRow){ g_ptr_array_index (texts, i), choice->probability,
                            chosen ? _ ("written") : NULL };
  }
  return ph_bar_rows_new (rows, n, 1);
}

static void
add_token (GtkBox *box, const PhAnswerWord *word, int part, const PhRecordToken *token)
{
  gtk_box_append (box, make_title (word, part, token));
  if (token->n_best > 0)
    gtk_box_append (box, make_rows (token));
  else
    gtk_box_append (box, make_label (_ ("Nothing else is known of it: what a search over "
                                        "beams had in mind is lost when it is stopped"),
                                     "caption"));
}

void
ph_alternatives_show (GtkBox *box, const PhAnswerWords *words, int word)
{
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (GTK_WIDGET (box))) != NULL)
    gtk_box_remove (box, child);
  gtk_widget_set_visible (GTK_WIDGET (box), word >= 0);
  if (word < 0)
    return;

  for (int i = 0; i < words->words[word].n_tokens; i++) {
    const PhAnswerWord *it = &words->words[word];

    add_token (box, it, i,
               ph_record_get_token (words->record, (size_t) (it->first_token + i)));
  }
}
