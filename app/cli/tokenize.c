#include "app/cli/command.h"

#include "app/cli/terminal.h"
#include "core/engine/json.h"
#include "core/text/tokenizer.h"

#include <stdio.h>

static struct {
  const char *model;
  bool qformer, json;
} given;

static const PhOption options[] = {
  { "model", PH_OPTION_TEXT, &given.model },
  { "qformer", PH_OPTION_FLAG, &given.qformer },
  { "json", PH_OPTION_FLAG, &given.json },
  { 0 },
};

/* Tokenizers open without their model, so that this stays quick for a large one. */
static PhTokenizer *
open_tokenizer (GError **error)
{
  g_autofree char *model = ph_find_model (given.model, error);
  g_autofree char *folder = NULL;

  if (model == NULL)
    return NULL;
  folder = g_build_filename (model, given.qformer ? "qformer_tokenizer" : NULL, NULL);
  return ph_tokenizer_open (folder, error);
}

static void
print_json (const GArray *ids)
{
  json_t *object = json_pack ("{s:o}", "ids", ph_ids_to_json (ids));

  json_dumpf (object, stdout, PH_JSON_LINE);
  putchar ('\n');
  json_decref (object);
}

static void
print_lines (const PhTokenizer *tokenizer, const GArray *ids)
{
  for (guint i = 0; i < ids->len; i++) {
    int32_t id = g_array_index (ids, int32_t, i);
    const char *token = ph_tokenizer_get_token (tokenizer, id);
    g_autofree char *shown = ph_terminal_escape (token != NULL ? token : "");

    printf ("%d\t%s\n", id, shown);
  }
}

static int
run (char **words)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (PhTokenizer) tokenizer = open_tokenizer (&error);
  g_autoptr (GArray) ids = g_array_new (FALSE, FALSE, sizeof (int32_t));

  if (tokenizer == NULL || !ph_tokenizer_encode (tokenizer, words[0], true, ids, &error))
    return ph_report (error);

  if (given.json)
    print_json (ids);
  else
    print_lines (tokenizer, ids);
  return PH_EXIT_DONE;
}

const PhCommand ph_command_tokenize = {
  .name = "tokenize",
  .summary = "the tokens of a text, with the special ones around them",
  .help = "  pinhole-cli tokenize \"What color is the star?\"\n"
          "  pinhole-cli tokenize --qformer --json \"What color is the star?\"\n"
          "\n"
          "  --model FOLDER   a model folder; the built-in model if left out\n"
          "  --qformer        the tokenizer of the Q-Former, not of the language model\n"
          "  --json           one object: ids\n",
  .options = options,
  .min_words = 1,
  .max_words = 1,
  .run = run,
};
