#include "core/text/added-tokens.h"

#include "core/base/error.h"
#include "core/formats/json.h"
#include "core/text/trie.h"
#include "core/text/unicode.h"

#include <string.h>

typedef struct {
  int64_t id;
  const char *content; /* borrowed, while reading */
  char *spelling;      /* owned: the content, normalized if it is matched so */
  bool single_word;    /* only where no letter or digit is next to it */
  bool lstrip, rstrip; /* takes the spaces on that side */
  bool normalized;     /* matched after normalizing */
  bool special;
} Token;

struct _PhAddedTokens {
  GHashTable *tokens; /* id → Token */
  PhTrie *typed;
  PhTrie *normalized;
};

static const PhJsonField fields[] = {
  { "id", PH_JSON_INT, offsetof (Token, id), 0, PH_VOCABULARY_MAX_TOKENS - 1,
    .required = true },
  { "content", PH_JSON_TEXT, offsetof (Token, content), .required = true },
  { "single_word", PH_JSON_BOOL, offsetof (Token, single_word) },
  { "lstrip", PH_JSON_BOOL, offsetof (Token, lstrip) },
  { "rstrip", PH_JSON_BOOL, offsetof (Token, rstrip) },
  { "normalized", PH_JSON_BOOL, offsetof (Token, normalized) },
  { "special", PH_JSON_BOOL, offsetof (Token, special) },
};

static void
free_token (gpointer data)
{
  Token *token = data;

  g_free (token->spelling);
  g_free (token);
}

static char *
normalize (const char *content, const PhSteps *normalizer)
{
  GString *text = g_string_new (content);

  ph_steps_normalize (normalizer, text);
  return g_string_free (text, FALSE);
}

static void
add (PhAddedTokens *self, Token token, const PhSteps *normalizer)
{
  int32_t id = (int32_t) token.id;

  token.spelling =
      token.normalized ? normalize (token.content, normalizer) : g_strdup (token.content);
  /* The reference knows a special token by its content, and no longer does when
   * normalizing has changed that. */
  token.special = token.special && strcmp (token.spelling, token.content) == 0;
  ph_trie_add (token.normalized ? self->normalized : self->typed, token.spelling, id);
  g_hash_table_insert (self->tokens, GINT_TO_POINTER (id),
                       g_memdup2 (&token, sizeof token));
}

static bool
read_token (PhAddedTokens *self,
            const json_t *json,
            const char *where,
            const PhSteps *normalizer,
            PhVocabulary *vocabulary,
            GError **error)
{
  Token token = { 0 };

  if (!ph_json_read (json, where, fields, G_N_ELEMENTS (fields), &token, error))
    return false;
  if (*token.content == '\0')
    return ph_fail (error, PH_ERROR_FORMAT, "%s.content is empty", where);
  if (!ph_vocabulary_add (vocabulary, token.content, token.id, error)) {
    g_prefix_error (error, "%s: ", where);
    return false;
  }

  add (self, token, normalizer);
  return true;
}

PhAddedTokens *
ph_added_tokens_read (const json_t *json,
                      const PhSteps *normalizer,
                      PhVocabulary *vocabulary,
                      GError **error)
{
  g_autoptr (PhAddedTokens) self = g_new0 (PhAddedTokens, 1);

  self->tokens = g_hash_table_new_full (NULL, NULL, NULL, free_token);
  self->typed = ph_trie_new ();
  self->normalized = ph_trie_new ();
  for (size_t i = 0; i < json_array_size (json); i++) {
    g_autofree char *where = g_strdup_printf ("added_tokens[%zu]", i);

    if (!read_token (self, json_array_get (json, i), where, normalizer, vocabulary,
                     error))
      return NULL;
  }
  return g_steal_pointer (&self);
}

void
ph_added_tokens_free (PhAddedTokens *self)
{
  g_hash_table_destroy (self->tokens);
  ph_trie_free (self->typed);
  ph_trie_free (self->normalized);
  g_free (self);
}

static const Token *
find_token (const PhAddedTokens *self, int32_t id)
{
  return g_hash_table_lookup (self->tokens, GINT_TO_POINTER (id));
}

bool
ph_added_tokens_is_special (const PhAddedTokens *self, int32_t id)
{
  const Token *token = find_token (self, id);

  return token != NULL && token->special;
}

const char *
ph_added_tokens_get (const PhAddedTokens *self, int32_t id)
{
  const Token *token = find_token (self, id);

  return token != NULL ? token->spelling : NULL;
}

/* True if neither side of @span, a part of @text, is a letter, digit or the like. */
static bool
stands_alone (const char *text, const PhSpan *span)
{
  if (span->begin > text &&
      ph_unicode_is_word (g_utf8_get_char (g_utf8_prev_char (span->begin))))
    return false;
  return *span->end == '\0' || !ph_unicode_is_word (g_utf8_get_char (span->end));
}

/* Widens @span by the spaces its token takes, not before @from. */
static void
take_spaces (const Token *token, const char *from, PhSpan *span)
{
  while (token->lstrip && span->begin > from &&
         ph_unicode_is_space (g_utf8_get_char (g_utf8_prev_char (span->begin))))
    span->begin = g_utf8_prev_char (span->begin);
  while (token->rstrip && *span->end != '\0' &&
         ph_unicode_is_space (g_utf8_get_char (span->end)))
    span->end = g_utf8_next_char (span->end);
}

/* The first token from @from on, or a span of id −1 at the end of the text. */
static PhSpan
next_token (const PhAddedTokens *self,
            const PhTrie *trie,
            const char *text,
            const char *from)
{
  PhSpan span = { .id = -1 };
  const char *at = from;

  while (*at != '\0') {
    size_t n_bytes = ph_trie_longest (trie, "", at, &span.id);
    const Token *token = n_bytes > 0 ? find_token (self, span.id) : NULL;

    span.begin = at;
    span.end = at + n_bytes;
    if (token != NULL && (!token->single_word || stands_alone (text, &span))) {
      take_spaces (token, from, &span);
      return span;
    }
    at = token != NULL ? span.end : g_utf8_next_char (at);
  }
  return (PhSpan){ -1, at, at };
}

GArray *
ph_added_tokens_split (const PhAddedTokens *self, const char *text, bool normalized)
{
  const PhTrie *trie = normalized ? self->normalized : self->typed;
  GArray *spans = g_array_new (FALSE, FALSE, sizeof (PhSpan));

  for (const char *from = text; *from != '\0';) {
    PhSpan token = next_token (self, trie, text, from);
    PhSpan between = { -1, from, token.begin };

    if (between.end > between.begin)
      g_array_append_val (spans, between);
    if (token.id >= 0)
      g_array_append_val (spans, token);
    from = token.end;
  }
  return spans;
}
