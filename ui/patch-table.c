#include "ui/patch-table.h"

#include "ui/names.h"

#include <adwaita.h>
#include <glib/gi18n.h>

#define N_COLUMNS 4

/* Place, row, column and share of one patch, as text. */
static char **
make_cells (const PhHeatMap *map, int place, int patch)
{
  char **cells = g_new0 (char *, N_COLUMNS + 1);

  cells[0] = g_strdup_printf ("%d", place);
  cells[1] = g_strdup_printf ("%d", patch / map->n_columns + 1);
  cells[2] = g_strdup_printf ("%d", patch % map->n_columns + 1);
  cells[3] = ph_heat_map_dup_share_text (map->patches[patch]);
  return cells;
}

/* A line for each patch, with tabs between its cells. */
static GtkStringList *
make_lines (const PhHeatMap *map)
{
  GtkStringList *lines = gtk_string_list_new (NULL);
  gsize n = (gsize) map->n_rows * (gsize) map->n_columns;
  g_autofree size_t *order = g_new (size_t, n);

  ph_measure_rank (map->patches, n, order);
  for (gsize i = 0; i < n; i++) {
    g_auto (GStrv) cells = make_cells (map, (int) i + 1, (int) order[i]);

    gtk_string_list_take (lines, g_strjoinv ("\t", cells));
  }
  return lines;
}

static const char *
get_title (int column)
{
  static const char *const titles[N_COLUMNS] = { N_ ("Place"), N_ ("Row"), N_ ("Column"),
                                                 N_ ("Share") };

  return _ (titles[column]);
}

static char *
dup_text (GListModel *lines)
{
  GString *text = g_string_new (NULL);

  for (int i = 0; i < N_COLUMNS; i++)
    g_string_append_printf (text, "%s%c", get_title (i), i < N_COLUMNS - 1 ? '\t' : '\n');
  for (guint i = 0; i < g_list_model_get_n_items (lines); i++) {
    g_autoptr (GtkStringObject) line = g_list_model_get_item (lines, i);

    g_string_append_printf (text, "%s\n", gtk_string_object_get_string (line));
  }
  return g_string_free (text, FALSE);
}

static void
copy_cb (GtkButton *button, GListModel *lines)
{
  g_autofree char *text = dup_text (lines);

  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (button)), text);
}

static void
setup_cb (GtkListItemFactory *factory, GtkListItem *item)
{
  GtkWidget *label = gtk_label_new (NULL);

  gtk_label_set_xalign (GTK_LABEL (label), 0); /* as the titles are */
  gtk_widget_add_css_class (label, "numeric");
  gtk_list_item_set_child (item, label);
}

static void
bind_cb (GtkListItemFactory *factory, GtkListItem *item, gpointer column)
{
  GtkStringObject *line = gtk_list_item_get_item (item);
  g_auto (GStrv) cells = g_strsplit (gtk_string_object_get_string (line), "\t", -1);

  gtk_label_set_text (GTK_LABEL (gtk_list_item_get_child (item)),
                      cells[GPOINTER_TO_INT (column)]);
}

static GtkWidget *
make_table (GListModel *lines)
{
  GtkSelectionModel *selection =
      GTK_SELECTION_MODEL (gtk_single_selection_new (g_object_ref (lines)));
  GtkWidget *view = gtk_column_view_new (selection);

  for (int i = 0; i < N_COLUMNS; i++) {
    GtkListItemFactory *factory = gtk_signal_list_item_factory_new ();
    GtkColumnViewColumn *column = gtk_column_view_column_new (get_title (i), factory);

    g_signal_connect (factory, "setup", G_CALLBACK (setup_cb), NULL);
    g_signal_connect (factory, "bind", G_CALLBACK (bind_cb), GINT_TO_POINTER (i));
    gtk_column_view_column_set_expand (column, TRUE);
    gtk_column_view_append_column (GTK_COLUMN_VIEW (view), column);
    g_object_unref (column);
  }
  ph_name_widget (view, _ ("Patches by share"));
  return view;
}

/* What the numbers are of, and the summary. */
static GtkWidget *
make_caption (PhLook *look)
{
  g_autofree char *title = ph_look_dup_title (look);
  g_autofree char *summary = ph_heat_map_dup_summary (ph_look_get_map (look));
  g_autofree char *text = g_strdup_printf ("%s; %s", title, summary);
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_xalign (GTK_LABEL (label), 0);
  g_object_set (label, "margin-start", 12, "margin-end", 12, "margin-top", 6,
                "margin-bottom", 9, NULL);
  return label;
}

static GtkWidget *
make_header (GListModel *lines)
{
  GtkWidget *header = adw_header_bar_new ();
  GtkWidget *copy = gtk_button_new_from_icon_name ("edit-copy-symbolic");

  ph_name_widget (copy, _ ("Copy the table"));
  gtk_widget_set_tooltip_text (copy, _ ("Copy the table"));
  g_signal_connect_data (copy, "clicked", G_CALLBACK (copy_cb), g_object_ref (lines),
                         (GClosureNotify) (GCallback) g_object_unref, 0);
  adw_header_bar_pack_start (ADW_HEADER_BAR (header), copy);
  return header;
}

static void
close_on_escape (GtkWidget *window)
{
  GtkEventController *keys = gtk_shortcut_controller_new ();

  gtk_shortcut_controller_add_shortcut (
      GTK_SHORTCUT_CONTROLLER (keys),
      gtk_shortcut_new (gtk_keyval_trigger_new (GDK_KEY_Escape, 0),
                        gtk_named_action_new ("window.close")));
  gtk_widget_add_controller (window, keys);
}

void
ph_patch_table_present (PhLook *look, GtkWindow *parent)
{
  g_autoptr (GtkStringList) lines = make_lines (ph_look_get_map (look));
  GtkWidget *window = adw_window_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *scroller = gtk_scrolled_window_new ();

  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller),
                                 make_table (G_LIST_MODEL (lines)));
  gtk_widget_set_vexpand (scroller, TRUE);
  gtk_box_append (GTK_BOX (box), make_header (G_LIST_MODEL (lines)));
  gtk_box_append (GTK_BOX (box), make_caption (look));
  gtk_box_append (GTK_BOX (box), scroller);
  adw_window_set_content (ADW_WINDOW (window), box);
  close_on_escape (window);
  gtk_window_set_title (GTK_WINDOW (window), _ ("Patches in Numbers"));
  gtk_window_set_default_size (GTK_WINDOW (window), 340, 480);
  gtk_window_set_transient_for (GTK_WINDOW (window), parent);
  gtk_window_set_modal (GTK_WINDOW (window), TRUE);
  gtk_window_present (GTK_WINDOW (window));
}
