/* pickle.h - pickles read as data
 *
 * A pickle is a program for a stack machine that may call anything Python has.  This
 * machine calls nothing: it writes down what the program says.  "Call
 * torch._utils._rebuild_tensor_v2 with these arguments" becomes a value that holds that
 * name and those arguments, and whoever reads the tree decides what it means.  A name
 * that the reader does not know ends the reading, as does an opcode that torch.save has
 * no use for (https://docs.python.org/3/library/pickletools.html lists them all).
 *
 * Nothing recurses, and all that grows is bounded: see the limits below.  The tree may
 * refer to itself, so a reader goes down it by a fixed number of steps.
 *
 * Any thread; what was read never changes.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

G_BEGIN_DECLS

#define PH_PICKLE_MAX_BYTES ((size_t) 16 << 20)
#define PH_PICKLE_MAX_VALUES ((size_t) 1 << 20)
#define PH_PICKLE_MAX_STACK ((size_t) 65536)

typedef enum {
  PH_PICKLED_NONE,
  PH_PICKLED_BOOL,
  PH_PICKLED_INT,
  PH_PICKLED_REAL,
  PH_PICKLED_TEXT,
  PH_PICKLED_TUPLE,
  PH_PICKLED_LIST,
  PH_PICKLED_DICT,
  PH_PICKLED_GLOBAL,     /* something Python finds by its name */
  PH_PICKLED_CALL,       /* a global called, and the pairs that were put in the result */
  PH_PICKLED_PERSISTENT, /* something that the file holds elsewhere */
} PhPickledKind;

typedef struct _PhPickled PhPickled;

struct _PhPickled {
  PhPickledKind kind;
  union {
    int64_t number; /* of BOOL and INT */
    double real;
  };
  const char *text;           /* of TEXT; the name of GLOBAL and CALL, "module.name" */
  const PhPickled *arguments; /* of CALL, a tuple; what PERSISTENT is known by */
  GPtrArray *items;           /* of PhPickled, NULL for none: of TUPLE and LIST; of DICT
                                 and CALL key, value, key, value, … */
};

typedef struct _PhPickle PhPickle;

/* Reads the pickle of @n_bytes at @bytes, which are not needed afterwards.  @knows tells
 * which globals it may mention.  Errors say at which byte. */
PhPickle *ph_pickle_read (const uint8_t *bytes,
                          size_t n_bytes,
                          bool (*knows) (const char *global),
                          GError **error);
void ph_pickle_free (PhPickle *self);

/* The value it makes; borrowed, with all below it. */
const PhPickled *ph_pickle_get_root (const PhPickle *self);

size_t ph_pickled_get_n_items (const PhPickled *value);
/* The item at @index; borrowed. */
const PhPickled *ph_pickled_get_item (const PhPickled *value, size_t index);

/* "a tuple", "an integer", "a call of torch._utils._rebuild_parameter": for messages. */
char *ph_pickled_describe (const PhPickled *value);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PhPickle, ph_pickle_free)

G_END_DECLS
