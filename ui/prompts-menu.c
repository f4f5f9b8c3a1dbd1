#include "ui/prompts-menu.h"

#include <glib/gi18n.h>

struct _PhPromptsMenu {
  GtkPopover parent_instance;

  /* Template children */
  GtkWidget *own_window;
  GtkListBox *own;
  GtkLabel *hint;
  GtkWidget *removed;
  GtkLabel *removed_text;
  GtkWidget *undo_button;
  GtkListBox *starters;
  GtkWidget *keep;
  GtkLabel *problem;

  /* Owned */
  PhPrompts *prompts;
  char *question;
  char *undo; /* what was removed last */

  guint undo_position;
};

G_DEFINE_FINAL_TYPE (PhPromptsMenu, ph_prompts_menu, GTK_TYPE_POPOVER)

enum { INSERT, N_SIGNALS };

static guint signals[N_SIGNALS];

/* --- rows --- */

static void
name_widget (GtkWidget *widget, const char *name)
{
  gtk_accessible_update_property (GTK_ACCESSIBLE (widget), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  name, -1);
}

/* Takes @name. */
static GtkWidget *
make_row (const char *text, char *name, GtkWidget *button)
{
  g_autofree char *owned = name;
  GtkWidget *row = gtk_list_box_row_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  gtk_label_set_single_line_mode (GTK_LABEL (label), TRUE);
  gtk_widget_set_hexpand (label, TRUE);
  gtk_widget_set_tooltip_text (row, text);
  gtk_box_append (GTK_BOX (box), label);
  if (button != NULL)
    gtk_box_append (GTK_BOX (box), button);
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), box);
  g_object_set_data_full (G_OBJECT (row), "text", g_strdup (text), g_free);
  name_widget (row, owned);
  return row;
}

static void
remove_cb (GtkButton *button, PhPromptsMenu *self)
{
  GtkWidget *row = gtk_widget_get_ancestor (GTK_WIDGET (button), GTK_TYPE_LIST_BOX_ROW);
  const char *text = g_object_get_data (G_OBJECT (row), "text");
  g_autofree char *said = g_strdup_printf (_ ("Removed “%s”"), text);

  g_free (self->undo);
  self->undo = g_strdup (text);
  self->undo_position = (guint) gtk_list_box_row_get_index (GTK_LIST_BOX_ROW (row));
  gtk_label_set_text (self->removed_text, said);
  gtk_widget_set_visible (self->removed, TRUE);
  gtk_widget_grab_focus (self->undo_button);
  ph_prompts_remove (self->prompts, self->undo_position);
}

static GtkWidget *
make_own_row (gpointer item, gpointer data)
{
  const char *text = gtk_string_object_get_string (item);
  g_autofree char *name = g_strdup_printf (_ ("Remove the prompt: %s"), text);
  GtkWidget *button = gtk_button_new_from_icon_name ("list-remove-symbolic");

  gtk_widget_add_css_class (button, "flat");
  gtk_widget_add_css_class (button, "circular");
  gtk_widget_set_tooltip_text (button, _ ("Remove this prompt"));
  name_widget (button, name);
  g_signal_connect (button, "clicked", G_CALLBACK (remove_cb), data);
  return make_row (text, g_strdup_printf (_ ("Prompt: %s"), text), button);
}

/* --- what is shown --- */

static void
update (PhPromptsMenu *self)
{
  const char *problem = ph_prompts_get_problem (self->prompts);
  gboolean any = g_list_model_get_n_items (ph_prompts_get_list (self->prompts)) > 0;

  gtk_widget_set_visible (self->own_window, any);
  gtk_widget_set_visible (GTK_WIDGET (self->hint), !any);
  gtk_widget_set_sensitive (self->keep,
                            *self->question != '\0' &&
                                !ph_prompts_has (self->prompts, self->question));
  gtk_label_set_text (self->problem, problem != NULL ? problem : "");
  gtk_widget_set_visible (GTK_WIDGET (self->problem), problem != NULL);
}

void
ph_prompts_menu_set_question (PhPromptsMenu *self, const char *question)
{
  g_free (self->question);
  self->question = g_strdup (question);
  update (self);
}

void
ph_prompts_menu_set_model (PhPromptsMenu *self, const PhModelFacts *model)
{
  const char *const *starters = ph_prompts_list_starters (model);
  GtkWidget *row;

  while ((row = gtk_widget_get_first_child (GTK_WIDGET (self->starters))) != NULL)
    gtk_list_box_remove (self->starters, row);
  for (gsize i = 0; starters[i] != NULL; i++) {
    const char *text = _ (starters[i]);

    gtk_list_box_append (
        self->starters, make_row (text, g_strdup_printf (_ ("Starter: %s"), text), NULL));
  }
}

/* --- what is done --- */

static void
activated_cb (GtkListBox *list, GtkListBoxRow *row, PhPromptsMenu *self)
{
  g_autofree char *text = g_strdup (g_object_get_data (G_OBJECT (row), "text"));

  gtk_popover_popdown (GTK_POPOVER (self));
  g_signal_emit (self, signals[INSERT], 0, text);
}

/* Puts the prompt at @position there and the focus on it: what was clicked for that goes
 * or can do no more, and keys would be lost. */
static void
add (PhPromptsMenu *self, guint position, const char *text)
{
  GtkListBoxRow *row;

  ph_prompts_add (self->prompts, position, text);
  update (self);
  row = gtk_list_box_get_row_at_index (self->own, (int) position);
  if (row != NULL)
    gtk_widget_grab_focus (GTK_WIDGET (row));
}

static void
keep_cb (GtkButton *button, PhPromptsMenu *self)
{
  add (self, 0, self->question);
}

static void
undo_cb (GtkButton *button, PhPromptsMenu *self)
{
  guint n = g_list_model_get_n_items (ph_prompts_get_list (self->prompts));

  add (self, MIN (self->undo_position, n), self->undo);
  gtk_widget_set_visible (self->removed, FALSE);
}

static void
closed_cb (PhPromptsMenu *self)
{
  gtk_widget_set_visible (self->removed, FALSE);
}

/* --- the object --- */

static void
ph_prompts_menu_dispose (GObject *object)
{
  gtk_widget_dispose_template (GTK_WIDGET (object), PH_TYPE_PROMPTS_MENU);
  G_OBJECT_CLASS (ph_prompts_menu_parent_class)->dispose (object);
}

static void
ph_prompts_menu_finalize (GObject *object)
{
  PhPromptsMenu *self = PH_PROMPTS_MENU (object);

  g_object_unref (self->prompts);
  g_free (self->question);
  g_free (self->undo);
  G_OBJECT_CLASS (ph_prompts_menu_parent_class)->finalize (object);
}

static void
bind_template (GtkWidgetClass *klass)
{
  gtk_widget_class_set_template_from_resource (klass,
                                               "/org/pinhole/Pinhole/prompts-menu.ui");
  gtk_widget_class_bind_template_child (klass, PhPromptsMenu, own);
  gtk_widget_class_bind_template_child (klass, PhPromptsMenu, own_window);
  gtk_widget_class_bind_template_child (klass, PhPromptsMenu, hint);
  gtk_widget_class_bind_template_child (klass, PhPromptsMenu, removed);
  gtk_widget_class_bind_template_child (klass, PhPromptsMenu, removed_text);
  gtk_widget_class_bind_template_child (klass, PhPromptsMenu, undo_button);
  gtk_widget_class_bind_template_child (klass, PhPromptsMenu, starters);
  gtk_widget_class_bind_template_child (klass, PhPromptsMenu, keep);
  gtk_widget_class_bind_template_child (klass, PhPromptsMenu, problem);
  gtk_widget_class_bind_template_callback (klass, activated_cb);
  gtk_widget_class_bind_template_callback (klass, keep_cb);
  gtk_widget_class_bind_template_callback (klass, undo_cb);
  gtk_widget_class_bind_template_callback (klass, closed_cb);
}

static void
ph_prompts_menu_class_init (PhPromptsMenuClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = ph_prompts_menu_dispose;
  G_OBJECT_CLASS (klass)->finalize = ph_prompts_menu_finalize;
  signals[INSERT] =
      g_signal_new ("insert", G_OBJECT_CLASS_TYPE (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                    NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  bind_template (GTK_WIDGET_CLASS (klass));
}

static void
ph_prompts_menu_init (PhPromptsMenu *self)
{
  self->prompts = ph_prompts_ref_shared ();
  self->question = g_strdup ("");
  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_list_box_bind_model (self->own, ph_prompts_get_list (self->prompts), make_own_row,
                           self, NULL);
  g_signal_connect_object (ph_prompts_get_list (self->prompts), "items-changed",
                           G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  ph_prompts_menu_set_model (self, NULL);
  update (self);
}
