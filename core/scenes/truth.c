#include "core/scenes/truth.h"

#include "core/scenes/questions.h"

/* Apart from the streams of scene.c and render.c. */
enum { STREAM_TRUTH = 32 };

static void
append_string (GString *json, const char *name, const char *value)
{
  g_string_append_printf (json, "\"%s\": \"", name);
  for (const char *c = value; *c != '\0'; c++) {
    if (*c == '"' || *c == '\\')
      g_string_append_c (json, '\\');
    g_string_append_c (json, *c);
  }
  g_string_append_c (json, '"');
}

static void
append_fraction (GString *json, const char *name, double value)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append_printf (json, "\"%s\": %s", name,
                          g_ascii_formatd (text, sizeof text, "%.4f", value));
}

static void
append_thing (GString *json, const PhThing *thing)
{
  g_string_append_c (json, '{');
  append_string (json, "kind", ph_kind_get_name (thing->kind));
  if (thing->digit >= 0)
    g_string_append_printf (json, ", \"digit\": %d", thing->digit);
  g_string_append (json, ", ");
  append_string (json, "color", ph_color_get_name (thing->color));
  g_string_append (json, ", ");
  append_string (json, "size", ph_size_get_name (thing->size));
  g_string_append (json, ", ");
  append_string (json, "region", ph_region_get_name (ph_thing_get_region (thing)));
  g_string_append (json, ", ");
  append_fraction (json, "x", thing->x / PH_SCENE_UNITS);
  g_string_append (json, ", ");
  append_fraction (json, "y", thing->y / PH_SCENE_UNITS);
  g_string_append_c (json, '}');
}

static void
append_question (GString *json, const PhQuestion *question)
{
  g_string_append_c (json, '{');
  append_string (json, "family", ph_question_get_family_name (question->family));
  g_string_append (json, ", ");
  append_string (json, "text", question->text);
  g_string_append (json, ", ");
  append_string (json, "answer", question->answer);
  g_string_append_c (json, '}');
}

char *
ph_scene_dup_truth (const PhScene *scene)
{
  GString *json = g_string_new ("{\"things\": [");
  g_autoptr (GPtrArray) questions = NULL;
  PhRandom random;

  for (int i = 0; i < scene->n_things; i++) {
    g_string_append (json, i > 0 ? ", " : "");
    append_thing (json, &scene->things[i]);
  }
  g_string_append (json, "], \"questions\": [");

  ph_random_start (&random, scene->seed, STREAM_TRUTH);
  questions = ph_questions_of (scene, &random);
  for (guint i = 0; i < questions->len; i++) {
    g_string_append (json, i > 0 ? ", " : "");
    append_question (json, g_ptr_array_index (questions, i));
  }
  g_string_append (json, "]}");

  return g_string_free (json, FALSE);
}
