#include "ui/template-menu.h"

#include <glib/gi18n.h>

struct _PhTemplateMenu {
  GtkPopover parent_instance;

  /* Template children */
  GtkSwitch *used;
  GtkEntry *entry;
  GtkLabel *own;
  GtkWidget *reset;
  GtkLabel *prompt;

  /* Owned */
  PhAsking *asking;
  char *question;
};

G_DEFINE_FINAL_TYPE (PhTemplateMenu, ph_template_menu, GTK_TYPE_POPOVER)

/* Before there is a question, dots stand for it. */
static char *
dup_prompt (PhTemplateMenu *self)
{
  gboolean describes = ph_asking_describes (self->asking) && *self->question == '\0';
  PhRequest request = ph_asking_make_request (
      self->asking, *self->question != '\0' ? self->question : "…");

  return describes ? g_strdup (_ ("Nothing: it describes the picture."))
                   : ph_request_dup_prompt (&request);
}

static void
show_prompt (PhTemplateMenu *self)
{
  g_autofree char *prompt = dup_prompt (self);

  gtk_label_set_text (self->prompt, prompt);
}

static void
edited_cb (GtkEditable *entry, PhTemplateMenu *self)
{
  ph_asking_set_template (self->asking, gtk_editable_get_text (entry));
}

/* Without its handler, which would take the entry that is emptied first for an edit. */
static void
set_entry (PhTemplateMenu *self, const char *template)
{
  GtkEditable *entry = GTK_EDITABLE (self->entry);

  if (g_str_equal (gtk_editable_get_text (entry), template))
    return;

  g_signal_handlers_block_by_func (entry, edited_cb, self);
  gtk_editable_set_text (entry, template);
  g_signal_handlers_unblock_by_func (entry, edited_cb, self);
}

static void
asking_changed_cb (PhTemplateMenu *self)
{
  const char *template = ph_asking_get_template (self->asking);
  const char *own = ph_asking_get_own_template (self->asking);
  gboolean used = ph_asking_get_uses_template (self->asking);

  gtk_switch_set_active (self->used, used);
  gtk_widget_set_sensitive (GTK_WIDGET (self->entry), used);
  set_entry (self, template);
  gtk_label_set_text (self->own, own);
  gtk_widget_set_sensitive (self->reset, !used || !g_str_equal (template, own));
  show_prompt (self);
}

static void
switched_cb (GtkSwitch *used, GParamSpec *pspec, PhTemplateMenu *self)
{
  ph_asking_set_uses_template (self->asking, gtk_switch_get_active (used));
}

static void
reset_cb (GtkButton *button, PhTemplateMenu *self)
{
  ph_asking_reset_template (self->asking);
}

static void
activate_cb (GtkEntry *entry, PhTemplateMenu *self)
{
  gtk_popover_popdown (GTK_POPOVER (self));
}

void
ph_template_menu_set_asking (PhTemplateMenu *self, PhAsking *asking)
{
  g_assert (self->asking == NULL);

  self->asking = g_object_ref (asking);
  g_signal_connect_object (asking, "changed", G_CALLBACK (asking_changed_cb), self,
                           G_CONNECT_SWAPPED);
  asking_changed_cb (self);
}

void
ph_template_menu_set_question (PhTemplateMenu *self, const char *question)
{
  if (g_str_equal (self->question, question))
    return;

  g_free (self->question);
  self->question = g_strdup (question);
  show_prompt (self);
}

static void
ph_template_menu_dispose (GObject *object)
{
  gtk_widget_dispose_template (GTK_WIDGET (object), PH_TYPE_TEMPLATE_MENU);
  G_OBJECT_CLASS (ph_template_menu_parent_class)->dispose (object);
}

static void
ph_template_menu_finalize (GObject *object)
{
  PhTemplateMenu *self = PH_TEMPLATE_MENU (object);

  g_clear_object (&self->asking);
  g_free (self->question);
  G_OBJECT_CLASS (ph_template_menu_parent_class)->finalize (object);
}

static void
ph_template_menu_class_init (PhTemplateMenuClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ph_template_menu_dispose;
  G_OBJECT_CLASS (klass)->finalize = ph_template_menu_finalize;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/pinhole/Pinhole/template-menu.ui");
  gtk_widget_class_bind_template_child (widget_class, PhTemplateMenu, used);
  gtk_widget_class_bind_template_child (widget_class, PhTemplateMenu, entry);
  gtk_widget_class_bind_template_child (widget_class, PhTemplateMenu, own);
  gtk_widget_class_bind_template_child (widget_class, PhTemplateMenu, reset);
  gtk_widget_class_bind_template_child (widget_class, PhTemplateMenu, prompt);
  gtk_widget_class_bind_template_callback (widget_class, edited_cb);
  gtk_widget_class_bind_template_callback (widget_class, switched_cb);
  gtk_widget_class_bind_template_callback (widget_class, reset_cb);
  gtk_widget_class_bind_template_callback (widget_class, activate_cb);
}

static void
ph_template_menu_init (PhTemplateMenu *self)
{
  self->question = g_strdup ("");
  gtk_widget_init_template (GTK_WIDGET (self));
}
