#include "core/train/evaluate.h"

#include "core/base/error.h"
#include "core/scenes/questions.h"
#include "core/scenes/render.h"

#include <gio/gio.h>
#include <string.h>

#define MISTAKES_EACH 4

/* --- lists and descriptions --- */

/* "a large red star at the top left": what a list calls a thing, or a description. */
static bool
names_thing (const char *phrase, const PhThing *thing)
{
  PhThingWords words;
  g_autofree char *color = NULL, *size = NULL, *listed = NULL, *described = NULL;

  ph_thing_get_words (thing, &words);
  color = g_strdup_printf ("%s %s", words.color, words.kind);
  size = g_strdup_printf ("%s %s %s at the %s", words.size, words.color, words.kind,
                          words.region);
  listed =
      g_strdup_printf ("%s %s", strchr ("aeiou", *color) != NULL ? "an" : "a", color);
  described = g_strdup_printf ("a %s", size);
  return g_str_equal (phrase, listed) || g_str_equal (phrase, described);
}

bool
ph_description_is_true (const char *text, const PhScene *scene, bool *complete)
{
  g_autoptr (GRegex) joints = g_regex_new (", | and ", 0, 0, NULL);
  g_auto (GStrv) phrases = g_regex_split (joints, text, 0);
  bool named[PH_SCENE_MAX_THINGS] = { false };
  int n_named = 0;

  for (int i = 0; phrases[i] != NULL; i++) {
    int thing = 0;

    while (thing < scene->n_things &&
           (named[thing] || !names_thing (phrases[i], &scene->things[thing])))
      thing++;
    if (thing == scene->n_things)
      return false;
    named[thing] = true;
    n_named++;
  }
  *complete = n_named == scene->n_things;
  return n_named > 0;
}

static bool
is_listing (const char *family)
{
  return g_str_equal (family, "list") || g_str_equal (family, "describe");
}

/* --- the run --- */

typedef struct {
  PhModel *model;
  const PhPass *pass;
  const PhEvaluationOptions *options;
  PhEvaluation *result;
  GHashTable **answers; /* by family: true answer to how often */
} Run;

static PhFamilyScore *
score_of (const Run *run, int family)
{
  return &g_array_index (run->result->families, PhFamilyScore, family);
}

static void
count_answer (Run *run, const PhQuestion *question)
{
  PhFamilyScore *score = score_of (run, question->family);
  GHashTable *answers = run->answers[question->family];
  size_t n = 1 + GPOINTER_TO_SIZE (g_hash_table_lookup (answers, question->answer));

  g_hash_table_insert (answers, g_strdup (question->answer), GSIZE_TO_POINTER (n));
  score->n_majority = MAX (score->n_majority, n);
  score->n++;
  run->result->n_questions++;
}

static void
judge (Run *run, const PhScene *scene, const PhQuestion *question, const char *answer)
{
  PhFamilyScore *score = score_of (run, question->family);
  bool complete = true;
  bool right = is_listing (score->family)
                   ? ph_description_is_true (answer, scene, &complete)
                   : g_str_equal (answer, question->answer);

  count_answer (run, question);
  score->n_right += right;
  score->n_complete += right && complete;
  if (!right && score->n - score->n_right <= MISTAKES_EACH)
    g_ptr_array_add (run->result->mistakes,
                     g_strdup_printf ("%s: %s %s, not %s", score->family, question->text,
                                      answer, question->answer));
}

static bool
ask (Run *run,
     PhPicture *picture,
     const PhScene *scene,
     const PhQuestion *question,
     GError **error)
{
  g_auto (PhAnswer) answer = { 0 };
  PhQuestionAsked asked = { .picture = picture,
                            .prompt = question->text,
                            .sampling = PH_SAMPLING_GREEDY };

  asked.sampling.max_new_tokens = 96;
  if (!ph_model_ask (run->model, run->pass, &asked, &answer, error))
    return false;
  if (answer.stop == PH_STOP_CANCELLED) {
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "stopped");
    return false;
  }
  judge (run, scene, question, answer.text);
  return true;
}

/* All that can be asked about one scene. */
static bool
ask_about (Run *run, size_t index, GError **error)
{
  const PhEvaluationOptions *options = run->options;
  PhSceneOptions scene_options = ph_scene_options_default;
  uint64_t seed = ph_scene_seed_held_out (options->seed, index);
  g_autoptr (GPtrArray) questions = NULL;
  g_autoptr (PhPicture) picture = NULL;
  PhScene scene;
  PhRandom random;

  scene_options.outlines = options->outlines;
  ph_scene_draw (&scene, &scene_options, seed);
  picture = ph_scene_render (&scene, options->side);
  ph_random_start (&random, seed, 2);
  questions = ph_questions_of (&scene, &random);
  run->result->n_pictures++;
  for (guint i = 0; i < questions->len; i++)
    if (!ask (run, picture, &scene, g_ptr_array_index (questions, i), error))
      return false;
  return true;
}

static bool
has_enough (const Run *run)
{
  for (guint f = 0; f < run->result->families->len; f++)
    if (score_of (run, (int) f)->n < run->options->n_each)
      return false;
  return run->result->n_questions >= run->options->n_questions;
}

bool
ph_evaluate (PhModel *model,
             const PhPass *pass,
             const PhEvaluationOptions *options,
             void (*progress) (size_t n_done, size_t n_all, void *data),
             void *data,
             PhEvaluation *evaluation,
             GError **error)
{
  int n_families = ph_question_get_n_families ();
  g_autofree GHashTable **answers = g_new0 (GHashTable *, n_families);
  Run run = { model, pass, options, evaluation, answers };
  bool done = true;

  *evaluation = (PhEvaluation){
    .families = g_array_new (FALSE, TRUE, sizeof (PhFamilyScore)),
    .mistakes = g_ptr_array_new_with_free_func (g_free),
  };
  g_array_set_size (evaluation->families, (guint) n_families);
  for (int f = 0; f < n_families; f++) {
    score_of (&run, f)->family = ph_question_get_family_name (f);
    answers[f] = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  }

  for (size_t i = 0; done && !has_enough (&run); i++) {
    done = ask_about (&run, i, error);
    if (progress != NULL)
      progress (evaluation->n_questions, options->n_questions, data);
  }
  for (int f = 0; f < n_families; f++)
    g_hash_table_unref (answers[f]);
  return done;
}

void
ph_evaluation_clear (PhEvaluation *self)
{
  g_clear_pointer (&self->families, g_array_unref);
  g_clear_pointer (&self->mistakes, g_ptr_array_unref);
}
