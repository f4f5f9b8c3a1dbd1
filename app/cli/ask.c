#include "app/cli/command.h"

#include "app/cli/exchange.h"
#include "app/cli/heat.h"
#include "app/cli/input.h"
#include "app/cli/loading.h"
#include "core/engine/json.h"

#include <math.h>
#include <unistd.h>

#define LONGEST_INSTRUCTION ((size_t) 4 << 20)

static struct {
  const char *model, *image, *history, *template;
  bool json, greedy, heat, no_history;
  double temperature, top_p;
  int top_k;
  PhWhole seed;
  int n_beams;
  double length_penalty;
  bool early_stopping;
  double repetition_penalty;
  int min_new_tokens, max_new_tokens;
} given = {
  .length_penalty = NAN,
  .repetition_penalty = 1,
  .max_new_tokens = 64,
};

static const PhOption options[] = {
  { "image", PH_OPTION_TEXT, &given.image },
  { "model", PH_OPTION_TEXT, &given.model },
  { "template", PH_OPTION_TEXT, &given.template },
  { "json", PH_OPTION_FLAG, &given.json },
  { "heat", PH_OPTION_FLAG, &given.heat },
  { "greedy", PH_OPTION_FLAG, &given.greedy },
  { "temperature", PH_OPTION_REAL, &given.temperature, .01, 100 },
  { "top-k", PH_OPTION_COUNT, &given.top_k, 1, G_MAXINT },
  { "top-p", PH_OPTION_REAL, &given.top_p, .01, 1 },
  { "seed", PH_OPTION_WHOLE, &given.seed },
  { "beams", PH_OPTION_COUNT, &given.n_beams, 1, PH_MOST_BEAMS },
  { "length-penalty", PH_OPTION_REAL, &given.length_penalty, -100, 100 },
  { "early-stopping", PH_OPTION_FLAG, &given.early_stopping },
  { "repetition-penalty", PH_OPTION_REAL, &given.repetition_penalty, .01, 100 },
  { "min-new-tokens", PH_OPTION_COUNT, &given.min_new_tokens, 0, PH_MOST_NEW_TOKENS },
  { "max-new-tokens", PH_OPTION_COUNT, &given.max_new_tokens, 1, PH_MOST_NEW_TOKENS },
  { "history", PH_OPTION_TEXT, &given.history },
  { "no-history", PH_OPTION_FLAG, &given.no_history },
  { 0 },
};

static bool
is_sampled (void)
{
  return given.temperature > 0 || given.top_k > 0 || given.top_p > 0 || given.seed.given;
}

/* What is wrong about the settings together, or NULL. */
static const char *
find_contradiction (void)
{
  if (given.greedy && is_sampled ())
    return "--greedy goes without --temperature, --top-k, --top-p and --seed";
  if (given.greedy && given.n_beams > 1)
    return "--greedy goes without --beams";
  if (given.n_beams > 1 && is_sampled ())
    return "--beams goes without --temperature, --top-k, --top-p and --seed";
  if (given.n_beams <= 1 && (given.early_stopping || !isnan (given.length_penalty)))
    return "--length-penalty and --early-stopping go with --beams 2 or more";
  if (given.min_new_tokens > given.max_new_tokens)
    return "--min-new-tokens is more than --max-new-tokens";
  return NULL;
}

static PhSampling
sampling_given (void)
{
  PhSampling sampling = PH_SAMPLING_GREEDY;

  sampling.n_beams = MAX (given.n_beams, 1);
  sampling.length_penalty = isnan (given.length_penalty) ? 1 : given.length_penalty;
  sampling.early_stopping = given.early_stopping;
  sampling.repetition_penalty = given.repetition_penalty;
  sampling.min_new_tokens = given.min_new_tokens;
  sampling.max_new_tokens = given.max_new_tokens;
  if (is_sampled ()) {
    sampling.sampled = true;
    sampling.temperature = given.temperature > 0 ? given.temperature : 1;
    sampling.top_k = given.top_k;
    sampling.top_p = given.top_p > 0 ? given.top_p : 1;
    sampling.seed = given.seed.given ? given.seed.value : ph_sampling_draw_seed ();
  }
  return sampling;
}

static char *
read_instruction (char **words, GError **error)
{
  if (words[0] == NULL)
    return g_strdup ("");
  if (!g_str_equal (words[0], "-"))
    return g_strdup (words[0]);
  return ph_input_read (stdin, "the instruction on stdin", LONGEST_INSTRUCTION, error);
}

/* --- printing --- */

static void
print_json (const PhScribe *scribe, PhReply *reply)
{
  const PhAnswer *answer = ph_reply_get_answer (reply);
  g_autofree char *prompt = ph_request_dup_prompt (scribe->request);
  g_autofree char *picture = ph_terminal_escape (scribe->picture_path);
  g_autofree char *model = ph_terminal_escape (scribe->model);
  json_t *object = json_pack (
      "{s:s, s:o, s:s, s:o, s:s, s:s, s:s, s:o}", "text", answer->text, "ids",
      ph_ids_to_json (answer->ids), "stop", ph_stop_name (answer->stop), "timings",
      ph_timings_to_json (&answer->timings), "model", model, "picture", picture, "prompt",
      prompt, "settings", ph_request_to_json (scribe->request));

  if (given.heat && answer->snapshot != NULL)
    json_object_set_new (
        object, "heat", ph_heat_to_json (answer->snapshot, &(PhHeatChoice) PH_HEAT_MEAN));
  json_dumpf (object, stdout, PH_JSON_LINE);
  putchar ('\n');
  json_decref (object);
}

static void
print_heat (PhReply *reply)
{
  const PhAnswer *answer = ph_reply_get_answer (reply);
  PhTerminal terminal = ph_terminal_look (STDOUT_FILENO);

  if (answer->snapshot != NULL)
    ph_heat_print (answer->snapshot, &(PhHeatChoice) PH_HEAT_MEAN,
                   ph_reply_get_picture (reply), &terminal, stdout);
}

/* Says why there is no answer: of a model that did not open, the engine knows more. */
static int
report_failure (PhEngine *engine, PhReply *reply)
{
  const char *problem = ph_engine_get_problem (engine);

  if (problem == NULL)
    return ph_report (ph_reply_get_error (reply));
  ph_warn (problem);
  return PH_EXIT_FAILED;
}

static int
report_reply (PhEngine *engine, const PhScribe *scribe, PhReply *reply)
{
  if (ph_reply_get_state (reply) == PH_REPLY_FAILED)
    return report_failure (engine, reply);

  if (given.json)
    print_json (scribe, reply);
  else if (given.heat)
    print_heat (reply);
  return ph_reply_get_state (reply) == PH_REPLY_CANCELLED ? PH_EXIT_INTERRUPTED
                                                          : PH_EXIT_DONE;
}

/* --- asking --- */

static void
close_history (PhHistory *history)
{
  g_autoptr (GError) error = NULL;

  if (history == NULL)
    return;
  if (!ph_history_flush (history, &error)) {
    g_autofree char *message =
        g_strdup_printf ("the answer was not saved: %s", error->message);

    ph_warn (message);
  }
  ph_history_free (history);
}

static int
ask (const char *model, const char *instruction)
{
  g_autoptr (PhEngine) engine = ph_engine_new ();
  g_autofree char *model_name = g_path_get_basename (model);
  PhHistory *history = given.no_history ? NULL : ph_history_open (given.history);
  PhRequest request = { .path = given.image,
                        .prompt = instruction,
                        .template = given.template,
                        .sampling = sampling_given () };
  PhScribe scribe = { .history = history,
                      .chat = history != NULL ? ph_history_begin_chat (history) : 0,
                      .model = model_name,
                      .picture_path = given.image,
                      .request = &request };
  g_autoptr (PhReply) reply = NULL;
  int status;

  if (ph_loading_run (engine, model) == PH_LOAD_CANCELLED) {
    ph_warn ("opening the model was stopped");
    close_history (history);
    return PH_EXIT_INTERRUPTED;
  }
  reply = ph_exchange_run (engine, &(PhExchange){ &request, &scribe, !given.json });
  status = report_reply (engine, &scribe, reply);
  fflush (stdout);
  close_history (history);
  return status;
}

static int
run (char **words)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *model = NULL;
  g_autofree char *instruction = NULL;
  const char *contradiction = find_contradiction ();

  if (given.image == NULL)
    return ph_refuse_usage (&ph_command_ask, "--image FILE is missing");
  if (contradiction != NULL)
    return ph_refuse_usage (&ph_command_ask, contradiction);

  model = ph_find_model (given.model, &error);
  instruction = model != NULL ? read_instruction (words, &error) : NULL;
  if (instruction == NULL)
    return ph_report (error);
  return ask (model, instruction);
}

const PhCommand ph_command_ask = {
  .name = "ask",
  .summary = "answer an instruction about a picture",
  .help =
      "  pinhole-cli ask --image scene.png \"What color is the star?\"\n"
      "  pinhole-cli ask --image scene.png --heat \"Where is the car?\"\n"
      "  echo \"How many things are there?\" | pinhole-cli ask --image scene.png --json "
      "-\n"
      "  pinhole-cli ask --image scene.png --temperature 0.8 --seed 3 \"Describe it.\"\n"
      "\n"
      "The answer goes to stdout as it is written; Ctrl+C stops it and keeps what came.\n"
      "\n"
      "  --image FILE         PNG, JPEG, WebP, GIF, BMP or TIFF\n"
      "  --model FOLDER       a model folder; the built-in model if left out\n"
      "  --template TEXT      what to ask, with {} in the place of the instruction, as\n"
      "                       \"Question: {} Answer:\" for BLIP-2; the instruction alone "
      "if\n"
      "                       left out\n"
      "  --heat               also where the queries looked, the mean over all\n"
      "  --json               one object: text, ids, stop, timings, ...\n"
      "  --greedy             always the likeliest token: what is done by default\n"
      "  --temperature T      draw tokens, 1 as the model says, less is more certain\n"
      "  --top-k K            draw among the K likeliest\n"
      "  --top-p P            draw among the likeliest that make up P\n"
      "  --seed N             the same seed draws the same answer\n"
      "  --beams N            the best answer of a search over N texts at a time,\n"
      "                       printed when it is found\n"
      "  --length-penalty X   with beams: above 0 favours long answers, below 0 short\n"
      "                       ones; 1 if left out\n"
      "  --early-stopping     with beams: content with the first N answers that end\n"
      "  --repetition-penalty X\n"
      "                       above 1 makes what was said, or asked, less likely\n"
      "  --min-new-tokens N   do not end before N tokens\n"
      "  --max-new-tokens N   stop after N tokens; 64 if left out\n"
      "  --history FILE       keep the turn in FILE instead of the usual place\n"
      "  --no-history         do not keep it\n",
  .options = options,
  .max_words = 1,
  .run = run,
};
