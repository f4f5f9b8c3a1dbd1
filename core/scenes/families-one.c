/* Questions about one thing. */
#include "core/scenes/asker.h"
#include "core/scenes/shapes.h"

#define ANY_WAY (PH_BY_KIND | PH_BY_BOTH | PH_BY_COLOR)

/* Chooses a thing, names it in the phrase and returns it, or NULL. */
static const PhThing *
ask_about_one (PhAsker *asker, PhQuestion *question, PhPhrases phrases, int ways)
{
  int i = ph_asker_choose (asker, ph_asker_nameable (asker, ways));
  g_autofree char *name = NULL;

  if (i < 0)
    return NULL;
  name = ph_asker_dup_name (asker, i, ways);
  ph_asker_say (asker, question, phrases, name, NULL);
  question->about = question->answers = 1u << i;
  return &asker->scene->things[i];
}

static PhPhrases color_phrases = {
  "What color is the $1?",         "What colour is the $1?",
  "Which color is the $1?",        "Which colour is the $1?",
  "Which color does the $1 have?", "Which colour does the $1 have?",
  "What is the color of the $1?",  "What is the colour of the $1?",
  "What color does the $1 have?",  NULL,
};

static bool
ask_color (PhAsker *asker, PhQuestion *question)
{
  const PhThing *thing = ask_about_one (asker, question, color_phrases, PH_BY_KIND);

  if (thing == NULL)
    return false;
  question->answer = g_strdup (ph_color_get_name (thing->color));
  return true;
}

const PhFamily ph_family_color = {
  .name = "color",
  .n_asked = 2,
  .ask = ask_color,
  .phrases = (const char *const *const[]){ color_phrases, NULL },
};

static PhPhrases kind_phrases = {
  "What is the $1?",
  "What kind of thing is the $1?",
  "What shape is the $1?",
  "What shape does the $1 have?",
  NULL,
};
static PhPhrases kind_phrases_of_color = {
  "What is $1?",       "Which thing is $1?",        "Which object is $1?",
  "What shape is $1?", "What kind of thing is $1?", NULL,
};

static bool
ask_kind (PhAsker *asker, PhQuestion *question)
{
  int i = ph_asker_choose (asker, ph_asker_nameable (asker, PH_BY_COLOR));
  g_autofree char *name = NULL;
  const PhThing *thing;

  if (i < 0)
    return false;
  thing = &asker->scene->things[i];
  name = ph_asker_dup_name (asker, i, PH_BY_COLOR);
  if (ph_random_chance (asker->random, .6))
    ph_asker_say (asker, question, kind_phrases, name, NULL);
  else
    ph_asker_say (asker, question, kind_phrases_of_color,
                  ph_color_get_name (thing->color), NULL);
  ph_question_answer (question, ph_shape_get (thing->kind)->word, 1u << i);
  return true;
}

const PhFamily ph_family_kind = {
  .name = "kind",
  .n_asked = 2,
  .ask = ask_kind,
  .phrases = (const char *const *const[]){ kind_phrases, kind_phrases_of_color, NULL },
};

static PhPhrases where_phrases = {
  "Where is the $1?",
  "Where is the $1?",
  "Where can you see the $1?",
  "Where do you see the $1?",
  "Where in the picture is the $1?",
  "In which part of the picture is the $1?",
  NULL,
};

static bool
ask_where (PhAsker *asker, PhQuestion *question)
{
  const PhThing *thing = ask_about_one (asker, question, where_phrases, ANY_WAY);

  if (thing == NULL)
    return false;
  question->answer = g_strdup (ph_region_get_name (ph_thing_get_region (thing)));
  return true;
}

const PhFamily ph_family_where = {
  .name = "where",
  .n_asked = 2,
  .ask = ask_where,
  .phrases = (const char *const *const[]){ where_phrases, NULL },
};

static PhPhrases size_phrases = {
  "How big is the $1?",          "How large is the $1?",        "What size is the $1?",
  "What is the size of the $1?", "What size does the $1 have?", NULL,
};

static bool
ask_size (PhAsker *asker, PhQuestion *question)
{
  const PhThing *thing = ask_about_one (asker, question, size_phrases, ANY_WAY);

  if (thing == NULL)
    return false;
  question->answer = g_strdup (ph_size_get_name (thing->size));
  return true;
}

const PhFamily ph_family_size = {
  .name = "size",
  .n_asked = 1,
  .ask = ask_size,
  .phrases = (const char *const *const[]){ size_phrases, NULL },
};

static PhPhrases digit_phrases = {
  "Which $1 is written?",
  "What $1 is written?",
  "Which $1 is this?",
  "What $1 do you see?",
  "Which $1 can you see?",
  "What $1 is this?",
  "Which $1 is in the picture?",
  "Read the $1.",
  "What is the $1?",
  NULL,
};

static bool
ask_digit (PhAsker *asker, PhQuestion *question)
{
  int i = ph_asker_choose (asker, ph_asker_find (asker, PH_KIND_DIGIT, PH_ANY));
  char answer[2] = { 0 };

  if (i < 0)
    return false;
  ph_asker_say (asker, question, digit_phrases, ph_asker_kind_word (asker, PH_KIND_DIGIT),
                NULL);
  answer[0] = (char) ('0' + asker->scene->things[i].digit);
  ph_question_answer (question, answer, 1u << i);
  return true;
}

const PhFamily ph_family_digit = {
  .name = "digit",
  .n_asked = 2,
  .ask = ask_digit,
  .phrases = (const char *const *const[]){ digit_phrases, NULL },
};
