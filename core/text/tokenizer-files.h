/* tokenizer-files.h - where a folder keeps its tokenizer
 *
 * tokenizer.json describes the whole pipeline.  Older folders have the files of one kind
 * of tokenizer instead, and the pipeline was known to the program.  Each kind is turned
 * into the JSON document that tokenizer.json would be, so that one reader serves all.
 *
 * To add a kind: a const PhTokenizerFiles in its own file, declared below and listed in
 * tokenizer-files.c.
 *
 * Any thread.
 */
#pragma once

#include "core/formats/json.h"

G_BEGIN_DECLS

typedef struct {
  const char *name; /* the file by which the kind is known */

  /* The document; errors name the file they are about.  The caller owns it. */
  json_t *(*describe) (const char *folder, GError **error);
} PhTokenizerFiles;

extern const PhTokenizerFiles ph_tokenizer_files_json;
extern const PhTokenizerFiles ph_tokenizer_files_gpt2;
extern const PhTokenizerFiles ph_tokenizer_files_t5;
extern const PhTokenizerFiles ph_tokenizer_files_llama;
extern const PhTokenizerFiles ph_tokenizer_files_bert;

/* The first kind whose file is in @folder; tokenizer.json if there is none. */
const PhTokenizerFiles *ph_tokenizer_files_find (const char *folder);

/* --- what the kinds share --- */

/* An empty object if @name is not in @folder. */
json_t *
ph_tokenizer_files_load_optional (const char *folder, const char *name, GError **error);
/* The same for tokenizer_config.json. */
json_t *ph_tokenizer_files_load_config (const char *folder, GError **error);

/* Fills the struct at @values from it. */
bool ph_tokenizer_files_read_config (const char *folder,
                                     const json_t *config,
                                     const PhJsonField *fields,
                                     size_t n_fields,
                                     void *values,
                                     GError **error);
/* A flag of it, false if it is not there. */
bool ph_tokenizer_files_read_flag (const char *folder,
                                   const json_t *config,
                                   const char *name,
                                   bool *value,
                                   GError **error);

/* The lines of a text, an array of strings without what ends them. */
json_t *
ph_tokenizer_files_load_lines (const char *folder, const char *name, GError **error);

/* What @config, an object, has for @role, such as "bos_token": a string, or an object
 * with the string as `content`.  Borrowed; NULL if there is neither. */
const char *ph_tokenizer_files_get_role (const json_t *config, const char *role);

/* The list `added_tokens`: from tokenizer_config.json, or from what came before it,
 * added_tokens.json and special_tokens_map.json.  Those without an id there have it from
 * @vocab, an object {token: id}. */
json_t *ph_tokenizer_files_describe_added (const char *folder,
                                           const json_t *vocab,
                                           GError **error);

/* Adds those of @tokens (NULL at the end) to the list @added that are in @vocab and not
 * yet in the list: for tokens that are added without any file saying so. */
void ph_tokenizer_files_add (json_t *added,
                             const json_t *vocab,
                             const char *const *tokens,
                             bool special);

/* The `post_processor` that puts @before in front of a text and @after behind it; each
 * may be NULL.  Their ids are those in the list @added, else in @vocab. */
json_t *ph_tokenizer_files_describe_template (const json_t *vocab,
                                              const json_t *added,
                                              const char *before,
                                              const char *after,
                                              GError **error);

/* Where @document has ByteLevel for a post-processor, which adds nothing, the
 * `add_bos_token` of tokenizer_config.json counts: so older OPT folders have it. */
bool ph_tokenizer_files_honour_bos (const char *folder, json_t *document, GError **error);

G_END_DECLS
