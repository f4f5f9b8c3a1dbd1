/* json.h - JSON from files that nobody vouches for
 *
 * Jansson reads it, but only after a scan that needs no memory has bounded how deep it
 * nests and how many values it holds: a megabyte of brackets must not reach a parser
 * that recurses.  Duplicate keys are refused, since readers differ in which one counts.
 * A whole number too large for 64 bits is read as a real one.
 *
 * Numbers are then fetched by a table, so that no field of a config goes unchecked:
 *
 *   static const PhJsonField fields[] = {
 *     { "layers", PH_JSON_SIZE, offsetof (Config, n_layers), 1, 256, .standard = 12 },
 *     { "heads", PH_JSON_SIZE, offsetof (Config, n_heads), 1, 1024, .required = true },
 *   };
 *   ph_json_read (object, "text_config", fields, G_N_ELEMENTS (fields), &config, error);
 *
 * which fails with "text_config.heads is 0, not 1 to 1024".  `null` means the same as not
 * there, as it does to those who write these files.
 *
 * A @where is the path of the object inside its file ("" for the file itself); whoever
 * knows the file puts its name in front.  Any thread; one document, one thread.
 */
#pragma once

#include <glib.h>
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

G_BEGIN_DECLS

#define PH_JSON_MAX_DEPTH 64
#define PH_JSON_MAX_BYTES ((size_t) 64 << 20)
#define PH_JSON_MAX_VALUES ((size_t) 4 << 20)

/* --- documents --- */

/* Reads the file at @path, of up to PH_JSON_MAX_BYTES, which must hold an object.
 * Errors name @path.  The caller gives up the result with json_decref(). */
json_t *ph_json_load (const char *path, GError **error);

/* The same for @n_bytes at @text, with no more than @max_values values. */
json_t *
ph_json_parse (const char *text, size_t n_bytes, size_t max_values, GError **error);

/* --- members --- */

/* The object or array called @name, borrowed; fails if it is not there. */
json_t *ph_json_get_object (const json_t *object,
                            const char *where,
                            const char *name,
                            GError **error);
json_t *ph_json_get_array (const json_t *object,
                           const char *where,
                           const char *name,
                           GError **error);

typedef enum {
  PH_JSON_SIZE, /* size_t */
  PH_JSON_INT,  /* int64_t */
  PH_JSON_REAL, /* double; finite */
  PH_JSON_BOOL, /* bool */
  PH_JSON_TEXT, /* const char *, borrowed from the document */
} PhJsonKind;

typedef struct {
  const char *name;
  PhJsonKind kind;
  size_t field;    /* offset in the struct that is filled */
  double min, max; /* of numbers, both allowed; up to 2^53 */
  double standard; /* what an absent number or bool is; an absent text is NULL */
  bool required;   /* absent is an error instead */
} PhJsonField;

/* Fills the fields of the struct at @values from the members of @object. */
bool ph_json_read (const json_t *object,
                   const char *where,
                   const PhJsonField *fields,
                   size_t n_fields,
                   void *values,
                   GError **error);

/* "config" and "size" make "config.size"; "" and "size" make "size". */
char *ph_json_path (const char *where, const char *name);

/* How a value is called in a message: "a string", "an array", the number itself. */
char *ph_json_describe (const json_t *value);

/* So that a document can be a g_autoptr (PhJson). */
typedef json_t PhJson;
G_DEFINE_AUTOPTR_CLEANUP_FUNC (PhJson, json_decref)

G_END_DECLS
