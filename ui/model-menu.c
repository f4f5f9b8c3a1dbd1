#include "ui/model-menu.h"

#include "core/base/memory.h"
#include "core/engine/catalogue.h"

#include <adwaita.h>

struct _PhModelMenu {
  GtkPopover parent_instance;

  /* Template children */
  GtkListBox *list;
  GtkWidget *loading;
  GtkLabel *progress;
  GtkProgressBar *bar;
  GtkWidget *slow;
  GtkLabel *warning;
  GtkWidget *refusal;
  GtkLabel *problem;
  GtkWidget *close;

  /* Owned */
  GPtrArray *entries;        /* of PhCatalogueEntry: the rows */
  GCancellable *cancellable; /* of reading them; NULL when nothing is read */
  PhLoad *load;              /* the last one begun here */

  /* Borrowed */
  PhEngine *engine;
};

G_DEFINE_FINAL_TYPE (PhModelMenu, ph_model_menu, GTK_TYPE_POPOVER)

enum { ATTENTION, N_SIGNALS };

static guint signals[N_SIGNALS];

/* --- the list --- */

static const char *
name_kind (PhCatalogueKind kind)
{
  static const char *const names[] = {
    [PH_CATALOGUE_BUILTIN] = "built in",
    [PH_CATALOGUE_OWN] = "in the models folder",
    [PH_CATALOGUE_RECENT] = "opened before",
  };

  return names[kind];
}

static char *
describe (const PhCatalogueEntry *entry)
{
  const PhModelFacts *model = entry->model;
  g_autofree char *size = NULL, *need = NULL;

  if (entry->problem != NULL)
    return g_strdup_printf ("Cannot be opened: %s", entry->problem);
  if (model == NULL)
    return g_strdup (name_kind (entry->kind));
  size = ph_bytes_text (model->need.soft);
  need = ph_bytes_text (model->need.hard + model->need.soft);
  return g_strdup_printf ("%s, %s\n%s, %s of memory", model->info.family,
                          name_kind (entry->kind), size, need);
}

static gboolean
is_open (PhModelMenu *self, const PhCatalogueEntry *entry)
{
  const PhModelFacts *model = ph_engine_get_model (self->engine);
  g_autofree char *folder =
      model != NULL ? g_canonicalize_filename (model->info.folder, NULL) : NULL;

  return g_strcmp0 (folder, entry->folder) == 0;
}

/* What the row's labels say, in one name. */
static void
name_row (GtkWidget *row, const char *name, const char *text, gboolean open)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_autofree char *line = g_strjoinv (", ", lines);
  g_autofree char *label =
      g_strdup_printf ("Model %s: %s%s", name, line, open ? ", open" : "");

  gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  label, -1);
}

static GtkWidget *
make_row (PhModelMenu *self, const PhCatalogueEntry *entry)
{
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *mark = gtk_image_new_from_icon_name ("object-select-symbolic");
  g_autofree char *text = describe (entry);
  g_autofree char *name = g_filename_display_name (entry->name);
  gboolean open = is_open (self, entry);

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), name);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), text);
  adw_action_row_set_title_lines (ADW_ACTION_ROW (row), 1);
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (row), 2);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), TRUE);
  gtk_widget_set_tooltip_text (row, entry->folder);
  gtk_widget_set_opacity (mark, open ? 1 : 0);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), mark);
  name_row (row, name, text, open);
  return row;
}

static void
take_entries (PhModelMenu *self, GPtrArray *entries)
{
  GtkListBoxRow *row;

  while ((row = gtk_list_box_get_row_at_index (self->list, 0)) != NULL)
    gtk_list_box_remove (self->list, GTK_WIDGET (row));
  g_clear_pointer (&self->entries, g_ptr_array_unref);
  self->entries = entries;
  for (guint i = 0; i < entries->len; i++)
    gtk_list_box_append (self->list, make_row (self, entries->pdata[i]));
}

/* Holds a reference to the menu, which may have been closed for good meanwhile. */
static void
read_cb (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (PhModelMenu) self = data;
  GPtrArray *entries = ph_catalogue_read_finish (result, NULL);

  if (entries == NULL)
    return;
  g_clear_object (&self->cancellable);
  take_entries (self, entries);
}

static void
refresh (PhModelMenu *self)
{
  if (self->entries == NULL)
    take_entries (self, ph_catalogue_list ());
  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  self->cancellable = g_cancellable_new ();
  ph_catalogue_read_async (self->cancellable, read_cb, g_object_ref (self));
}

static void
mapped_cb (GtkWidget *widget, PhModelMenu *self)
{
  refresh (self);
}

/* --- opening --- */

void
ph_model_menu_set_problem (PhModelMenu *self, const char *sentence)
{
  gtk_label_set_text (self->problem, sentence != NULL ? sentence : "");
  gtk_widget_set_visible (self->refusal, sentence != NULL);
}

static void
show_progress (PhModelMenu *self)
{
  uint64_t n_done = ph_load_get_n_done (self->load);
  uint64_t n_bytes = ph_load_get_n_bytes (self->load);
  g_autofree char *name = g_path_get_basename (ph_load_get_folder (self->load));
  g_autofree char *shown = g_filename_display_name (name);
  g_autofree char *done = ph_bytes_text (n_done);
  g_autofree char *all = ph_bytes_text (n_bytes);
  g_autofree char *text = n_bytes > 0
                              ? g_strdup_printf ("Opening %s: %s of %s", shown, done, all)
                              : g_strdup_printf ("Opening %s", shown);

  gtk_label_set_text (self->progress, text);
  gtk_progress_bar_set_fraction (self->bar,
                                 n_bytes > 0 ? (double) n_done / (double) n_bytes : 0);
}

static void
show_end (PhModelMenu *self)
{
  PhLoadState state = ph_load_get_state (self->load);

  if (state == PH_LOAD_DONE)
    ph_catalogue_remember (ph_load_get_folder (self->load));
  if (state == PH_LOAD_FAILED)
    ph_model_menu_set_problem (self, ph_load_get_error (self->load)->message);
  if (state == PH_LOAD_SLOW)
    gtk_label_set_text (self->warning, ph_load_get_warning (self->load));
  gtk_widget_set_visible (self->slow, state == PH_LOAD_SLOW);
  if (state == PH_LOAD_FAILED || state == PH_LOAD_SLOW)
    g_signal_emit (self, signals[ATTENTION], 0);
  if (gtk_widget_get_mapped (GTK_WIDGET (self)))
    refresh (self);
}

/* An earlier load that was left for another one says nothing any more. */
static void
load_changed_cb (PhModelMenu *self, GParamSpec *pspec, PhLoad *load)
{
  if (load != self->load)
    return;

  show_progress (self);
  gtk_widget_set_visible (self->loading, !ph_load_is_over (load));
  if (ph_load_is_over (load) && g_str_equal (pspec->name, "state"))
    show_end (self);
}

static void
begin (PhModelMenu *self, const char *folder, PhLoadHow how)
{
  PhLoad *before = g_steal_pointer (&self->load);

  if (before != NULL)
    ph_load_cancel (before);
  self->load = ph_engine_begin_load (self->engine, folder, how);
  g_clear_object (&before);
  g_signal_connect_object (self->load, "notify", G_CALLBACK (load_changed_cb), self,
                           G_CONNECT_SWAPPED);

  ph_model_menu_set_problem (self, NULL);
  gtk_widget_set_visible (self->slow, FALSE);
  gtk_widget_set_visible (self->loading, TRUE);
  show_progress (self);
}

void
ph_model_menu_open (PhModelMenu *self, const char *folder)
{
  begin (self, folder, PH_LOAD_UNLESS_SLOW);
}

static void
activated_cb (GtkListBox *list, GtkListBoxRow *row, PhModelMenu *self)
{
  const PhCatalogueEntry *entry = self->entries->pdata[gtk_list_box_row_get_index (row)];

  ph_model_menu_open (self, entry->folder);
}

static void
open_anyway_cb (GtkButton *button, PhModelMenu *self)
{
  g_autofree char *folder = g_strdup (ph_load_get_folder (self->load));

  begin (self, folder, PH_LOAD_EVEN_IF_SLOW);
}

static void
cancel_cb (GtkButton *button, PhModelMenu *self)
{
  ph_load_cancel (self->load);
}

static void
close_cb (GtkButton *button, PhModelMenu *self)
{
  ph_engine_unload (self->engine);
}

static void
copy_cb (GtkButton *button, PhModelMenu *self)
{
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)),
                          gtk_label_get_text (self->problem));
}

static void
model_changed_cb (PhModelMenu *self)
{
  gtk_widget_set_sensitive (self->close, ph_engine_get_model (self->engine) != NULL);
  if (gtk_widget_get_mapped (GTK_WIDGET (self)))
    refresh (self);
}

void
ph_model_menu_set_engine (PhModelMenu *self, PhEngine *engine)
{
  g_assert (self->engine == NULL);

  self->engine = engine;
  g_signal_connect_object (engine, "notify::model-name", G_CALLBACK (model_changed_cb),
                           self, G_CONNECT_SWAPPED);
  model_changed_cb (self);
}

/* --- the object --- */

static void
ph_model_menu_dispose (GObject *object)
{
  PhModelMenu *self = PH_MODEL_MENU (object);

  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  if (self->load != NULL)
    ph_load_cancel (self->load);
  g_clear_object (&self->load);
  gtk_widget_dispose_template (GTK_WIDGET (object), PH_TYPE_MODEL_MENU);
  G_OBJECT_CLASS (ph_model_menu_parent_class)->dispose (object);
}

static void
ph_model_menu_finalize (GObject *object)
{
  g_clear_pointer (&PH_MODEL_MENU (object)->entries, g_ptr_array_unref);
  G_OBJECT_CLASS (ph_model_menu_parent_class)->finalize (object);
}

static void
ph_model_menu_class_init (PhModelMenuClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = ph_model_menu_dispose;
  G_OBJECT_CLASS (klass)->finalize = ph_model_menu_finalize;
  signals[ATTENTION] =
      g_signal_new ("attention", G_OBJECT_CLASS_TYPE (klass), G_SIGNAL_RUN_LAST, 0, NULL,
                    NULL, NULL, G_TYPE_NONE, 0);

  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/pinhole/Pinhole/model-menu.ui");
  gtk_widget_class_bind_template_child (widget_class, PhModelMenu, list);
  gtk_widget_class_bind_template_child (widget_class, PhModelMenu, loading);
  gtk_widget_class_bind_template_child (widget_class, PhModelMenu, progress);
  gtk_widget_class_bind_template_child (widget_class, PhModelMenu, bar);
  gtk_widget_class_bind_template_child (widget_class, PhModelMenu, slow);
  gtk_widget_class_bind_template_child (widget_class, PhModelMenu, warning);
  gtk_widget_class_bind_template_child (widget_class, PhModelMenu, refusal);
  gtk_widget_class_bind_template_child (widget_class, PhModelMenu, problem);
  gtk_widget_class_bind_template_child (widget_class, PhModelMenu, close);
  gtk_widget_class_bind_template_callback (widget_class, mapped_cb);
  gtk_widget_class_bind_template_callback (widget_class, activated_cb);
  gtk_widget_class_bind_template_callback (widget_class, cancel_cb);
  gtk_widget_class_bind_template_callback (widget_class, open_anyway_cb);
  gtk_widget_class_bind_template_callback (widget_class, copy_cb);
  gtk_widget_class_bind_template_callback (widget_class, close_cb);
}

static void
ph_model_menu_init (PhModelMenu *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
