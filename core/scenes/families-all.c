/* The things of a scene, all of them: listed and described. */
#include "core/scenes/asker.h"
#include "core/scenes/words.h"

static bool
reads_before (const PhThing *a, const PhThing *b)
{
  int region_a = ph_thing_get_region (a), region_b = ph_thing_get_region (b);

  return region_a != region_b ? region_a < region_b : a->x < b->x;
}

static void
reading_order (const PhScene *scene, int *order)
{
  for (int i = 0; i < scene->n_things; i++) {
    int j = i;

    for (; j > 0 && reads_before (&scene->things[i], &scene->things[order[j - 1]]); j--)
      order[j] = order[j - 1];
    order[j] = i;
  }
}

static void
answer_with_all (PhAsker *asker, PhQuestion *question, bool described)
{
  const PhScene *scene = asker->scene;
  GString *text = g_string_new (NULL);
  int order[PH_SCENE_MAX_THINGS];

  reading_order (scene, order);
  for (int i = 0; i < scene->n_things; i++) {
    const PhThing *thing = &scene->things[order[i]];

    ph_words_append_joint (text, i, scene->n_things);
    ph_words_append_thing (text, thing, described);
    if (described)
      g_string_append_printf (text, " at the %s",
                              ph_region_get_name (ph_thing_get_region (thing)));
  }
  ph_question_answer (question, text->str, ph_asker_find (asker, PH_ANY, PH_ANY));
  g_string_free (text, TRUE);
}

static PhPhrases list_phrases = {
  "What do you see?",
  "What can you see?",
  "What is in the picture?",
  "What is there to see?",
  "Which things are there?",
  "Which objects are in the picture?",
  "List the things.",
  "List the objects.",
  "Name the things in the picture.",
  NULL,
};

static bool
ask_list (PhAsker *asker, PhQuestion *question)
{
  ph_asker_say (asker, question, list_phrases, NULL, NULL);
  answer_with_all (asker, question, false);
  return true;
}

const PhFamily ph_family_list = {
  .name = "list",
  .n_asked = 1,
  .ask = ask_list,
  .phrases = (const char *const *const[]){ list_phrases, NULL },
};

static PhPhrases describe_phrases = {
  "Describe the picture.",
  "Describe the picture.",
  "Describe what you see.",
  "Describe this picture.",
  "What does the picture show?",
  "Describe the scene.",
  NULL,
};

static bool
ask_describe (PhAsker *asker, PhQuestion *question)
{
  ph_asker_say (asker, question, describe_phrases, NULL, NULL);
  answer_with_all (asker, question, true);
  return true;
}

const PhFamily ph_family_describe = {
  .name = "describe",
  .n_asked = 1,
  .ask = ask_describe,
  .phrases = (const char *const *const[]){ describe_phrases, NULL },
};
