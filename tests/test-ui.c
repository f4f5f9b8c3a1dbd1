/* The window's widgets, in this process.  Needs a display: tests/run brings one. */

#include "ui/canvas.h"
#include "ui/chat-list.h"
#include "ui/composer.h"
#include "ui/conversation.h"
#include "ui/patch-grid.h"
#include "ui/picture-pane.h"
#include "ui/split.h"
#include "ui/views/view.h"
#include "ui/window.h"
#include "ui/wrap.h"

#include <check.h>
#include <glib/gstdio.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#define N_LAYERS 2
#define N_HEADS 3
#define N_QUERIES 5
#define N_ROWS 4
#define N_COLUMNS 6
#define N_PATCHES (N_ROWS * N_COLUMNS)
#define N_KEYS (1 + N_PATCHES)

/* Query q looks at patch 3 q with a weight of 255, at the others with 25 - 5 q, and at
 * the class token with 20: eight bits hold these exactly. */
static float
share_of (int query, int key)
{
  int others = 25 - 5 * query;
  int total = 20 + 255 + (N_PATCHES - 1) * others;
  int weight = key == 0 ? 20 : key == 1 + 3 * query ? 255 : others;

  return (float) weight / (float) total;
}

/* Of queries, or with @labels of tokens. */
static PhSnapshot *
make_labelled (int n_queries, const char *const *labels)
{
  PhSnapshotShape shape = { .n_layers = N_LAYERS,
                            .n_heads = N_HEADS,
                            .n_queries = n_queries,
                            .n_rows = N_ROWS,
                            .n_columns = N_COLUMNS,
                            .layers = { 0, 2 } };
  g_autofree float *cross = g_new (float, N_LAYERS *N_HEADS *n_queries *N_KEYS);

  for (int i = 0; i < N_LAYERS * N_HEADS * n_queries * N_KEYS; i++)
    cross[i] = share_of (i / N_KEYS % n_queries, i % N_KEYS);
  return labels != NULL ? ph_snapshot_new_of_text (&shape, cross, labels)
                        : ph_snapshot_new (&shape, cross);
}

static PhSnapshot *
make_snapshot (int n_queries)
{
  return make_labelled (n_queries, NULL);
}

static PhPicture *
make_picture (int width, int height)
{
  gsize n = 3 * (gsize) width * (gsize) height;

  return ph_picture_new_take (width, height, g_bytes_new_take (g_malloc0 (n), n));
}

static void
show_snapshot (PhLook *look, PhSnapshot *snapshot)
{
  g_autoptr (PhRecord) record =
      ph_record_new (&(PhRecordParts){ .cross = snapshot, .text = "" });

  ph_look_show (look, NULL, record);
}

static PhLook *
make_look (void)
{
  PhLook *look = ph_look_new ();
  g_autoptr (PhSnapshot) snapshot = make_snapshot (N_QUERIES);
  g_autoptr (PhPicture) picture = make_picture (60, 40);

  ph_look_set_picture (look, picture);
  show_snapshot (look, snapshot);
  return look;
}

static void
run_main_loop (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

/* Shows @widget in a window of its own until it has been drawn. */
static GtkWidget *
show (GtkWidget *widget, int width, int height)
{
  GtkWidget *window = gtk_window_new ();
  gint64 end = g_get_monotonic_time () + 5 * G_USEC_PER_SEC;

  gtk_window_set_default_size (GTK_WINDOW (window), width, height);
  gtk_window_set_child (GTK_WINDOW (window), widget);
  gtk_window_present (GTK_WINDOW (window));
  while (gtk_widget_get_width (widget) == 0 && g_get_monotonic_time () < end)
    g_main_context_iteration (NULL, TRUE);
  run_main_loop ();
  return window;
}

/* The grid */

static const struct {
  float width, height; /* what there is */
  int picture_width, picture_height;
  float x, y, w, h; /* where it must lie */
} fits[] = {
  { 480, 480, 224, 224, 0, 0, 480, 480 },   { 640, 480, 224, 224, 80, 0, 480, 480 },
  { 300, 500, 600, 400, 0, 150, 300, 200 }, { 500, 300, 1, 3, 200, 0, 100, 300 },
  { 100, 100, 20000, 3, 0, 50, 100, 0 },
};

START_TEST (a_picture_lies_in_the_middle_in_its_own_proportions)
{
  graphene_rect_t area;

  ph_patch_grid_fit (fits[_i].width, fits[_i].height, fits[_i].picture_width,
                     fits[_i].picture_height, &area);
  ck_assert_float_eq (area.origin.x, fits[_i].x);
  ck_assert_float_eq (area.origin.y, fits[_i].y);
  ck_assert_float_eq (area.size.width, fits[_i].w);
  ck_assert_float_eq (area.size.height, fits[_i].h);
}
END_TEST

static const PhPatchGrid grids[] = {
  { { { 7, 3 }, { 224, 224 } }, 14, 14 }, { { { 0, 0 }, { 481, 333 } }, 14, 14 },
  { { { 5, 0 }, { 100, 37 } }, 16, 16 },  { { { 0, 9 }, { 11, 5 } }, 26, 26 },
  { { { 1, 1 }, { 90, 60 } }, 4, 6 },
};

static bool
is_in (const graphene_rect_t *cell, int x, int y)
{
  return (float) x >= cell->origin.x && (float) x < cell->origin.x + cell->size.width &&
         (float) y >= cell->origin.y && (float) y < cell->origin.y + cell->size.height;
}

START_TEST (every_pixel_is_in_the_one_cell_that_is_drawn_over_it)
{
  const PhPatchGrid *grid = &grids[_i];
  int right = (int) (grid->area.origin.x + grid->area.size.width);
  int bottom = (int) (grid->area.origin.y + grid->area.size.height);

  for (int y = (int) grid->area.origin.y; y < bottom; y++)
    for (int x = (int) grid->area.origin.x; x < right; x++) {
      int patch = ph_patch_grid_at (grid, x, y);
      graphene_rect_t cell;

      ck_assert_int_ge (patch, 0);
      ck_assert_int_lt (patch, grid->n_rows * grid->n_columns);
      ph_patch_grid_get_cell (grid, patch, &cell);
      ck_assert_msg (is_in (&cell, x, y), "patch %d at %d, %d", patch, x, y);
    }
}
END_TEST

START_TEST (beside_the_picture_is_no_patch)
{
  const PhPatchGrid grid = { { { 10, 20 }, { 60, 40 } }, N_ROWS, N_COLUMNS };

  ck_assert_int_eq (ph_patch_grid_at (&grid, 9.9, 30), -1);
  ck_assert_int_eq (ph_patch_grid_at (&grid, 70, 30), -1);
  ck_assert_int_eq (ph_patch_grid_at (&grid, 30, 19.9), -1);
  ck_assert_int_eq (ph_patch_grid_at (&grid, 30, 60), -1);
  ck_assert_int_eq (ph_patch_grid_at (&grid, 69.9, 59.9), N_PATCHES - 1);
}
END_TEST

START_TEST (steps_end_at_the_edge)
{
  const PhPatchGrid grid = { { { 0, 0 }, { 60, 40 } }, N_ROWS, N_COLUMNS };

  ck_assert_int_eq (ph_patch_grid_step (&grid, 0, -1, 0), 0);
  ck_assert_int_eq (ph_patch_grid_step (&grid, 0, 0, -1), 0);
  ck_assert_int_eq (ph_patch_grid_step (&grid, 0, 1, 1), N_COLUMNS + 1);
  ck_assert_int_eq (ph_patch_grid_step (&grid, N_PATCHES - 1, 1, 0), N_PATCHES - 1);
  ck_assert_int_eq (ph_patch_grid_step (&grid, N_COLUMNS - 1, 0, 1), N_COLUMNS - 1);
}
END_TEST

/* Maps and what is said of them */

START_TEST (a_map_keeps_the_class_token_beside_it)
{
  g_autoptr (PhSnapshot) snapshot = make_snapshot (N_QUERIES);
  g_autoptr (PhHeatMap) map = ph_heat_map_new (snapshot, 0, 0, 2);
  float total = map->class_share;

  for (int i = 0; i < N_PATCHES; i++)
    total += map->patches[i];
  ck_assert_float_eq_tol (total, 1, 1e-5);
  ck_assert_float_eq_tol (map->class_share, share_of (2, 0), 1e-5);
  ck_assert_int_eq (map->peak_patch, 6);
  ck_assert_double_eq (ph_heat_map_get_relative (map, 6), 1);
}
END_TEST

START_TEST (a_patch_is_said_by_row_column_and_share)
{
  g_autoptr (PhSnapshot) snapshot = make_snapshot (N_QUERIES);
  g_autoptr (PhHeatMap) map = ph_heat_map_new (snapshot, 0, 0, 3);
  g_autofree char *text = ph_heat_map_dup_patch_text (map, 9);

  ck_assert_str_eq (text, "row 2, column 4: 50.5 %");
}
END_TEST

/* The look */

START_TEST (a_first_record_is_shown_by_its_sharpest_query)
{
  g_autoptr (PhLook) look = make_look ();

  ck_assert_int_eq (ph_look_get_query (look), N_QUERIES - 1);
  ck_assert_int_eq (ph_look_get_layer (look), PH_SNAPSHOT_MEAN);
  ck_assert_int_eq (ph_look_get_head (look), PH_SNAPSHOT_MEAN);
}
END_TEST

START_TEST (a_choice_outlives_the_next_question)
{
  g_autoptr (PhLook) look = make_look ();
  g_autoptr (PhSnapshot) next = make_snapshot (N_QUERIES);

  ph_look_set_query (look, 1);
  ph_look_show (look, NULL, NULL);
  ck_assert_ptr_null (ph_look_get_map (look));
  show_snapshot (look, next);
  ck_assert_int_eq (ph_look_get_query (look), 1);
  ck_assert_int_eq (ph_look_get_map (look)->peak_patch, 3);
}
END_TEST

START_TEST (a_record_of_another_shape_is_looked_at_anew)
{
  g_autoptr (PhLook) look = make_look ();
  g_autoptr (PhSnapshot) smaller = make_snapshot (2);

  g_object_set (look, "head", 2, "query", 4, NULL);
  show_snapshot (look, smaller);
  ck_assert_int_eq (ph_look_get_query (look), 1);
  ck_assert_int_eq (ph_look_get_head (look), PH_SNAPSHOT_MEAN);
}
END_TEST

START_TEST (a_choice_that_the_record_lacks_is_the_mean)
{
  g_autoptr (PhLook) look = make_look ();

  ph_look_set_query (look, N_QUERIES);
  ck_assert_int_eq (ph_look_get_query (look), PH_SNAPSHOT_MEAN);
  ph_look_step_query (look, -1);
  ck_assert_int_eq (ph_look_get_query (look), N_QUERIES - 1);
  ph_look_step_query (look, 1);
  ck_assert_int_eq (ph_look_get_query (look), PH_SNAPSHOT_MEAN);
}
END_TEST

START_TEST (a_pinned_patch_stays_until_it_is_released)
{
  g_autoptr (PhLook) look = make_look ();
  g_autofree char *pinned = NULL;

  ph_look_point_at (look, 5);
  ph_look_pin (look, 12);
  ph_look_point_at (look, 3);
  ck_assert_int_eq (ph_look_get_patch (look), 12);
  pinned = ph_look_dup_status (look);
  ck_assert_str_eq (pinned, "row 3, column 1: 65.4 %, highest, pinned");

  ph_look_release (look);
  ph_look_point_at (look, N_PATCHES);
  ck_assert_int_eq (ph_look_get_patch (look), -1);
}
END_TEST

START_TEST (without_a_patch_the_status_says_what_is_shown)
{
  g_autoptr (PhLook) look = make_look ();
  g_autofree char *status = NULL;

  g_object_set (look, "layer", 1, NULL);
  status = ph_look_dup_status (look);
  ck_assert_str_eq (status,
                    "Query 5, layer 3, mean of 3 heads. Most at row 3, column 1: 65.4 %");
}
END_TEST

START_TEST (a_token_is_called_by_what_it_says)
{
  static const char *const labels[] = { "a", "dog", "##gy", "on", "grass" };
  g_autoptr (PhLook) look = make_look ();
  g_autoptr (PhSnapshot) of_text = make_labelled (N_QUERIES, labels);
  g_autofree char *one = NULL, *all = NULL;

  show_snapshot (look, of_text);
  ph_look_set_query (look, 1);
  one = ph_look_dup_status (look);
  ck_assert_msg (g_str_has_prefix (one, "“dog”, mean of 2 layers"), "%s", one);
  ph_look_set_query (look, PH_SNAPSHOT_MEAN);
  all = ph_look_dup_status (look);
  ck_assert_msg (g_str_has_prefix (all, "Mean of 5 tokens, "), "%s", all);
}
END_TEST

/* Widgets */

START_TEST (the_canvas_says_to_screen_readers_what_it_shows)
{
  const char *said = "row 3, column 1: 65.4 %, highest";
  g_autoptr (PhLook) look = make_look ();
  GtkWidget *canvas = ph_canvas_new (look);
  GtkWidget *window = show (canvas, 300, 200);

  ph_look_point_at (look, 12);
  gtk_test_accessible_assert_property (canvas, GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, said);
  gtk_window_destroy (GTK_WINDOW (window));
}
END_TEST

static GtkWidget *
new_picture_pane (PhLook *look)
{
  GtkWidget *pane = g_object_new (PH_TYPE_PICTURE_PANE, NULL);

  ph_picture_pane_set_look (PH_PICTURE_PANE (pane), look);
  return pane;
}

static GtkWidget *
new_composer (PhLook *look)
{
  return g_object_new (PH_TYPE_COMPOSER, NULL);
}

static GtkWidget *
new_conversation (PhLook *look)
{
  return g_object_new (PH_TYPE_CONVERSATION, NULL);
}

static GtkWidget *
new_chat_list (PhLook *look)
{
  return g_object_new (PH_TYPE_CHAT_LIST, NULL);
}

static const struct {
  const char *name;
  GtkWidget *(*create) (PhLook *look);
} widgets[] = {
  { "canvas", ph_canvas_new },    { "picture pane", new_picture_pane },
  { "composer", new_composer },   { "conversation", new_conversation },
  { "chat list", new_chat_list },
};

/* A reference that is kept anywhere would keep the look alive with it. */
START_TEST (a_widget_is_shown_and_leaves_nothing_behind)
{
  PhLook *look = make_look ();
  GtkWidget *widget = g_object_ref_sink (widgets[_i].create (look));
  GtkWidget *window = show (widget, 400, 500);

  ck_assert_msg (gtk_widget_get_width (widget) > 0, "%s", widgets[_i].name);
  gtk_window_destroy (GTK_WINDOW (window));
  run_main_loop ();
  g_assert_finalize_object (G_OBJECT (widget));
  g_assert_finalize_object (G_OBJECT (look));
}
END_TEST

START_TEST (every_view_of_the_list_can_be_shown)
{
  g_autofree char *folder = g_dir_make_tmp ("pinhole-ui-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "history.db", NULL);
  g_autoptr (PhEngine) engine = ph_engine_new ();
  g_autoptr (PhHistory) history = ph_history_open (path);

  for (const PhViewClass *const *view = ph_views; *view != NULL; view++) {
    PhLook *look = make_look ();
    const PhViewContext context = { look, engine, history };
    GtkWidget *widget = g_object_ref_sink ((*view)->create (&context));
    GtkWidget *window = show (widget, 500, 400);

    ph_look_step_query (look, 1);
    g_object_set (look, "layer", 0, NULL);
    run_main_loop ();
    gtk_window_destroy (GTK_WINDOW (window));
    run_main_loop ();
    g_assert_finalize_object (G_OBJECT (widget));
    g_assert_finalize_object (G_OBJECT (look));
  }
}
END_TEST

static const struct {
  const char *text;
  gboolean can_ask;
  gboolean busy;
  const char *asked; /* or NULL */
} questions[] = {
  { "  What is it? ", TRUE, FALSE, "What is it?" },
  { "   ", TRUE, FALSE, NULL },
  { "What is it?", FALSE, FALSE, NULL },
  { "What is it?", TRUE, TRUE, "What is it?" }, /* and waits for its turn */
};

static void
keep_text_cb (PhComposer *composer, const char *text, char **kept)
{
  *kept = g_strdup (text);
}

static GtkWidget *
find_descendant (GtkWidget *widget, GType type)
{
  if (G_OBJECT_TYPE (widget) == type)
    return widget;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child)) {
    GtkWidget *found = find_descendant (child, type);

    if (found != NULL)
      return found;
  }
  return NULL;
}

START_TEST (enter_asks_what_can_be_asked)
{
  PhComposer *composer = g_object_ref_sink (g_object_new (PH_TYPE_COMPOSER, NULL));
  g_autofree char *asked = NULL;

  g_signal_connect (composer, "ask", G_CALLBACK (keep_text_cb), &asked);
  ph_composer_set_can_ask (composer, questions[_i].can_ask);
  ph_composer_set_text (composer, questions[_i].text);
  ph_composer_set_busy (composer, questions[_i].busy);
  g_signal_emit_by_name (find_descendant (GTK_WIDGET (composer), GTK_TYPE_ENTRY),
                         "activate");

  ck_assert_pstr_eq (asked, questions[_i].asked);
  ck_assert_str_eq (ph_composer_get_text (composer),
                    asked != NULL ? "" : questions[_i].text);
  g_assert_finalize_object (G_OBJECT (composer));
}
END_TEST

static void
count_cb (PhComposer *composer, int *count)
{
  ++*count;
}

START_TEST (the_button_stops_where_it_sent)
{
  PhComposer *composer = g_object_ref_sink (g_object_new (PH_TYPE_COMPOSER, NULL));
  GtkWidget *button = find_descendant (GTK_WIDGET (composer), GTK_TYPE_BUTTON);
  int n_stops = 0;

  g_signal_connect (composer, "stop", G_CALLBACK (count_cb), &n_stops);
  gtk_test_accessible_assert_property (button, GTK_ACCESSIBLE_PROPERTY_LABEL, "Send");
  ck_assert (!gtk_widget_get_sensitive (button));

  ph_composer_set_busy (composer, TRUE);
  gtk_test_accessible_assert_property (button, GTK_ACCESSIBLE_PROPERTY_LABEL, "Stop");
  ck_assert (gtk_widget_get_sensitive (button));
  g_signal_emit_by_name (button, "clicked");
  ck_assert_int_eq (n_stops, 1);
  g_assert_finalize_object (G_OBJECT (composer));
}
END_TEST

static GtkWidget *
new_box (int width, int height)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 0);

  gtk_widget_set_size_request (box, width, height);
  return box;
}

static const struct {
  int width, height; /* for four children of 100 by 20 with 6 between */
} wraps[] = {
  { 500, 20 }, { 418, 20 }, { 417, 46 }, { 206, 46 }, { 205, 98 }, { 100, 98 }
};

START_TEST (what_does_not_fit_goes_to_the_next_line)
{
  GtkWidget *wrap = g_object_ref_sink (g_object_new (PH_TYPE_WRAP, NULL));
  int height;

  for (int i = 0; i < 4; i++)
    gtk_widget_set_parent (new_box (100, 20), wrap);
  gtk_widget_measure (wrap, GTK_ORIENTATION_VERTICAL, wraps[_i].width, &height, NULL,
                      NULL, NULL);
  ck_assert_int_eq (height, wraps[_i].height);
  g_assert_finalize_object (G_OBJECT (wrap));
}
END_TEST

static const struct {
  int width, height;
  bool beside;
} splits[] = { { 900, 500, true }, { 720, 500, true }, { 500, 600, false } };

START_TEST (a_narrow_window_puts_the_conversation_beneath)
{
  GtkWidget *split = g_object_new (PH_TYPE_SPLIT, NULL);
  GtkWidget *picture = new_box (100, 100);
  GtkWidget *conversation = new_box (100, 100);
  GtkWidget *window;
  double x, y;

  gtk_widget_set_parent (picture, split);
  gtk_widget_set_parent (conversation, split);
  window = show (split, splits[_i].width, splits[_i].height);
  gtk_widget_translate_coordinates (conversation, split, 0, 0, &x, &y);

  ck_assert (splits[_i].beside == (x > 0));
  ck_assert (splits[_i].beside == (y <= 0));
  /* The picture is the larger of the two. */
  ck_assert_int_gt (gtk_widget_get_width (picture) * gtk_widget_get_height (picture),
                    gtk_widget_get_width (conversation) *
                        gtk_widget_get_height (conversation));
  gtk_window_destroy (GTK_WINDOW (window));
}
END_TEST

/* Turns out of the history */

static const struct {
  PhTurnState state;
  const char *stop_reason;
  gsize n_ids;
  const char *timings;
  const char *meta;
} metas[] = {
  { PH_TURN_DONE, "end", 12, NULL, "0.40 s · 12 tokens · end of answer" },
  { PH_TURN_DONE, "newline", 1, NULL, "0.40 s · 1 token · ended with a new line" },
  { PH_TURN_DONE, "length", 64, "{\"vision\": 120, \"writing\": 2000}",
    "2.12 s · 64 tokens · 32 tokens/s · stopped at the length limit" },
  { PH_TURN_DONE, "full", 6, "{\"queries\": 1.5, \"writing\": 1000}",
    "1.00 s · 6 tokens · 5.0 tokens/s · stopped, the context is full" },
  { PH_TURN_DONE, "end", 9, "{\"writing\": -3, \"vision\": \"long\"}",
    "9 tokens · end of answer" },
  { PH_TURN_CANCELLED, "stopped", 3, "not JSON", "0.40 s · 3 tokens · stopped by you" },
  { PH_TURN_FAILED, "out of memory", 0, NULL, "0.40 s · failed" },
};

START_TEST (a_stored_turn_says_how_it_ended)
{
  int32_t ids[64] = { 0 };
  PhHistoryTurn record = { .state = metas[_i].state,
                           .prompt = (char *) "What is it?",
                           .answer = (char *) "a star",
                           .stop_reason = (char *) metas[_i].stop_reason,
                           .ids = ids,
                           .n_ids = metas[_i].n_ids,
                           .timings = (char *) metas[_i].timings,
                           .created = 1000000,
                           .finished = 1400000 };
  g_autoptr (PhTurn) turn = ph_turn_new_stored (NULL, &record, NULL);
  g_autofree char *meta = ph_turn_dup_meta (turn);

  ck_assert_str_eq (meta, metas[_i].meta);
  ck_assert_pstr_eq (ph_turn_get_problem (turn),
                     metas[_i].state == PH_TURN_FAILED ? metas[_i].stop_reason : NULL);
}
END_TEST

/* The whole window */

START_TEST (a_window_opens_on_a_scene_and_goes_without_a_trace)
{
  g_autofree char *folder = g_dir_make_tmp ("pinhole-ui-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "history.db", NULL);
  g_autoptr (PhEngine) engine = ph_engine_new ();
  g_autoptr (PhHistory) history = ph_history_open (path);
  PhWindow *window = g_object_ref_sink (ph_window_new (NULL, engine, history));

  ph_window_show_scene (window, 1);
  gtk_window_present (GTK_WINDOW (window));
  run_main_loop ();
  ck_assert (gtk_widget_get_visible (GTK_WIDGET (window)));

  gtk_window_destroy (GTK_WINDOW (window));
  run_main_loop ();
  g_assert_finalize_object (G_OBJECT (window));
}
END_TEST

static bool
has_title (GtkWidget *widget, const char *title)
{
  if (ADW_IS_WINDOW_TITLE (widget) &&
      g_str_equal (adw_window_title_get_title (ADW_WINDOW_TITLE (widget)), title))
    return true;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    if (has_title (child, title))
      return true;
  return false;
}

static GdkContentProvider *
offer_texture (const char *folder)
{
  g_autoptr (PhLook) look = make_look ();

  return gdk_content_provider_new_typed (GDK_TYPE_TEXTURE, ph_look_get_texture (look));
}

static GdkContentProvider *
offer_file (const char *folder)
{
  g_autofree char *path = g_build_filename (folder, "star.png", NULL);
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (PhLook) look = make_look ();
  GSList files = { .data = file };

  ck_assert (gdk_texture_save_to_png (ph_look_get_texture (look), path));
  return gdk_content_provider_new_typed (GDK_TYPE_FILE_LIST, &files);
}

static const struct {
  GdkContentProvider *(*offer) (const char *folder);
  const char *title;
} pasted[] = { { offer_texture, "Pasted picture" }, { offer_file, "star.png" } };

START_TEST (a_pasted_picture_is_opened)
{
  g_autofree char *folder = g_dir_make_tmp ("pinhole-ui-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "history.db", NULL);
  g_autoptr (PhEngine) engine = ph_engine_new ();
  g_autoptr (PhHistory) history = ph_history_open (path);
  g_autoptr (GdkContentProvider) offer = pasted[_i].offer (folder);
  GtkWidget *window =
      GTK_WIDGET (g_object_ref_sink (ph_window_new (NULL, engine, history)));
  gint64 end = g_get_monotonic_time () + 20 * G_USEC_PER_SEC;

  gtk_window_present (GTK_WINDOW (window));
  gdk_clipboard_set_content (gtk_widget_get_clipboard (window), offer);
  gtk_widget_activate_action (window, "win.paste", NULL);
  while (!has_title (window, pasted[_i].title) && g_get_monotonic_time () < end)
    g_main_context_iteration (NULL, FALSE);
  ck_assert (has_title (window, pasted[_i].title));

  gtk_window_destroy (GTK_WINDOW (window));
  run_main_loop ();
  g_assert_finalize_object (G_OBJECT (window));
}
END_TEST

static Suite *
make_suite (void)
{
  Suite *suite = suite_create ("ui");
  TCase *all = tcase_create ("all");

  tcase_add_loop_test (all, a_picture_lies_in_the_middle_in_its_own_proportions, 0,
                       G_N_ELEMENTS (fits));
  tcase_add_loop_test (all, every_pixel_is_in_the_one_cell_that_is_drawn_over_it, 0,
                       G_N_ELEMENTS (grids));
  tcase_add_test (all, beside_the_picture_is_no_patch);
  tcase_add_test (all, steps_end_at_the_edge);
  tcase_add_test (all, a_map_keeps_the_class_token_beside_it);
  tcase_add_test (all, a_patch_is_said_by_row_column_and_share);
  tcase_add_test (all, a_first_record_is_shown_by_its_sharpest_query);
  tcase_add_test (all, a_choice_outlives_the_next_question);
  tcase_add_test (all, a_record_of_another_shape_is_looked_at_anew);
  tcase_add_test (all, a_choice_that_the_record_lacks_is_the_mean);
  tcase_add_test (all, a_token_is_called_by_what_it_says);
  tcase_add_test (all, a_pinned_patch_stays_until_it_is_released);
  tcase_add_test (all, without_a_patch_the_status_says_what_is_shown);
  tcase_add_test (all, the_canvas_says_to_screen_readers_what_it_shows);
  tcase_add_loop_test (all, a_widget_is_shown_and_leaves_nothing_behind, 0,
                       G_N_ELEMENTS (widgets));
  tcase_add_test (all, every_view_of_the_list_can_be_shown);
  tcase_add_loop_test (all, enter_asks_what_can_be_asked, 0, G_N_ELEMENTS (questions));
  tcase_add_test (all, the_button_stops_where_it_sent);
  tcase_add_loop_test (all, what_does_not_fit_goes_to_the_next_line, 0,
                       G_N_ELEMENTS (wraps));
  tcase_add_loop_test (all, a_narrow_window_puts_the_conversation_beneath, 0,
                       G_N_ELEMENTS (splits));
  tcase_add_loop_test (all, a_stored_turn_says_how_it_ended, 0, G_N_ELEMENTS (metas));
  tcase_add_test (all, a_window_opens_on_a_scene_and_goes_without_a_trace);
  tcase_add_loop_test (all, a_pasted_picture_is_opened, 0, G_N_ELEMENTS (pasted));
  suite_add_tcase (suite, all);
  return suite;
}

int
main (void)
{
  SRunner *runner = srunner_create (make_suite ());
  int n_failed;

  g_setenv ("PINHOLE_DECODE", DECODER, TRUE);
  g_setenv ("GTK_A11Y", "test", TRUE);
  g_setenv ("GSK_RENDERER", "cairo", TRUE);
  g_setenv ("GSETTINGS_BACKEND", "memory", TRUE);
  if (!gtk_init_check ()) {
    fputs ("test-ui needs a display; tests/run brings one\n", stderr);
    return EXIT_FAILURE;
  }
  adw_init ();

  srunner_run_all (runner, CK_ENV);
  n_failed = srunner_ntests_failed (runner);
  srunner_free (runner);
  return n_failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
