#include "core/formats/pickle.h"

#include "core/base/error.h"
#include "core/formats/bytes.h"

#include <string.h>

#define MIN_PROTOCOL 2
#define MAX_PROTOCOL 5

struct _PhPickle {
  GPtrArray *values; /* all that were made; owned */
  GStringChunk *texts;
  const PhPickled *root;
};

typedef struct {
  PhPickle *pickle;
  const uint8_t *bytes;
  size_t n_bytes, at;
  bool (*knows) (const char *global);
  GPtrArray *stack; /* of PhPickled, with &mark between */
  GPtrArray *memo;  /* of PhPickled; NULL where nothing was put */
  bool stopped;
} Machine;

/* Lies on the stack where a tuple or a batch of items begins. */
static PhPickled mark;

typedef bool (*Opcode) (Machine *machine, GError **error);

/* --- the program --- */

/* The next @n_bytes, which are passed over; NULL if there are fewer. */
static const uint8_t *
take (Machine *machine, uint64_t n_bytes, GError **error)
{
  const uint8_t *bytes = machine->bytes + machine->at;

  if (n_bytes > machine->n_bytes - machine->at) {
    ph_fail (error, PH_ERROR_FORMAT, "runs past the end of the pickle");
    return NULL;
  }
  machine->at += n_bytes;
  return bytes;
}

static bool
take_number (Machine *machine, int n_bytes, uint64_t *number, GError **error)
{
  const uint8_t *bytes = take (machine, (uint64_t) n_bytes, error);

  if (bytes == NULL)
    return false;
  *number = ph_bytes_number (bytes, n_bytes);
  return true;
}

/* --- the stack --- */

static bool
push (Machine *machine, PhPickled *value, GError **error)
{
  if (machine->stack->len >= PH_PICKLE_MAX_STACK)
    return ph_fail (error, PH_ERROR_RANGE, "stack of more than %zu values",
                    PH_PICKLE_MAX_STACK);
  g_ptr_array_add (machine->stack, value);
  return true;
}

/* Takes the topmost value, which must not be a mark. */
static bool
pop (Machine *machine, PhPickled **value, GError **error)
{
  GPtrArray *stack = machine->stack;

  if (stack->len == 0 || stack->pdata[stack->len - 1] == &mark)
    return ph_fail (error, PH_ERROR_FORMAT, "takes a value where there is none");
  *value = g_ptr_array_steal_index (stack, stack->len - 1);
  return true;
}

static bool
peek (Machine *machine, PhPickled **value, GError **error)
{
  if (!pop (machine, value, error))
    return false;
  g_ptr_array_add (machine->stack, *value);
  return true;
}

/* Where the values above the topmost mark begin. */
static bool
find_mark (Machine *machine, size_t *first, GError **error)
{
  for (size_t i = machine->stack->len; i-- > 0;) {
    if (machine->stack->pdata[i] == &mark) {
      *first = i + 1;
      return true;
    }
  }
  return ph_fail (error, PH_ERROR_FORMAT,
                  "takes values down to a mark that is not there");
}

/* --- making values --- */

static void
value_free (gpointer data)
{
  PhPickled *value = data;

  g_clear_pointer (&value->items, g_ptr_array_unref);
  g_free (value);
}

/* Pushes @model as a value of its own. */
static bool
push_new (Machine *machine, PhPickled model, GError **error)
{
  PhPickled *value;

  if (machine->pickle->values->len >= PH_PICKLE_MAX_VALUES)
    return ph_fail (error, PH_ERROR_RANGE, "more than %zu values", PH_PICKLE_MAX_VALUES);

  value = g_new (PhPickled, 1);
  *value = model;
  g_ptr_array_add (machine->pickle->values, value);
  return push (machine, value, error);
}

static bool
push_kind (Machine *machine, PhPickledKind kind, GError **error)
{
  return push_new (machine, (PhPickled){ kind }, error);
}

static bool
push_int (Machine *machine, int64_t number, GError **error)
{
  return push_new (machine, (PhPickled){ PH_PICKLED_INT, { number } }, error);
}

static bool
push_bool (Machine *machine, bool is_true, GError **error)
{
  return push_new (machine, (PhPickled){ PH_PICKLED_BOOL, { is_true } }, error);
}

/* Moves the values from @first on into @into. */
static void
move_items (Machine *machine, size_t first, PhPickled *into)
{
  GPtrArray *stack = machine->stack;

  if (into->items == NULL && stack->len > first)
    into->items = g_ptr_array_new ();
  for (size_t i = first; i < stack->len; i++)
    g_ptr_array_add (into->items, stack->pdata[i]);
  g_ptr_array_set_size (stack, (int) first);
}

/* Replaces the values from @first on by a tuple of them. */
static bool
make_tuple (Machine *machine, size_t first, GError **error)
{
  PhPickled tuple = { PH_PICKLED_TUPLE };

  move_items (machine, first, &tuple);
  if (push_new (machine, tuple, error))
    return true;
  g_clear_pointer (&tuple.items, g_ptr_array_unref);
  return false;
}

/* The same for the @n topmost, none of them a mark. */
static bool
make_tuple_of (Machine *machine, size_t n, GError **error)
{
  GPtrArray *stack = machine->stack;

  for (size_t i = 1; i <= n; i++)
    if (stack->len < i || stack->pdata[stack->len - i] == &mark)
      return ph_fail (error, PH_ERROR_FORMAT, "makes a tuple of %zu values of too few",
                      n);
  return make_tuple (machine, stack->len - n, error);
}

static bool
holds_pairs (const PhPickled *value)
{
  return value->kind == PH_PICKLED_DICT || value->kind == PH_PICKLED_CALL;
}

static bool
refuse_container (const PhPickled *into, GError **error)
{
  g_autofree char *found = ph_pickled_describe (into);

  return ph_fail (error, PH_ERROR_FORMAT, "puts items into %s", found);
}

/* Puts the values from @first on into the container that lies below them, and below the
 * mark if @n_marks is 1. */
static bool
put_items (Machine *machine, size_t first, size_t n_marks, bool in_pairs, GError **error)
{
  GPtrArray *stack = machine->stack;
  PhPickled *into = first > n_marks ? stack->pdata[first - n_marks - 1] : &mark;

  if (into == &mark)
    return ph_fail (error, PH_ERROR_FORMAT, "puts items where there is no container");
  if (in_pairs ? !holds_pairs (into) : into->kind != PH_PICKLED_LIST)
    return refuse_container (into, error);
  if (in_pairs && (stack->len - first) % 2 != 0)
    return ph_fail (error, PH_ERROR_FORMAT, "puts in a key without a value");

  move_items (machine, first, into);
  g_ptr_array_set_size (stack, (int) (first - n_marks));
  return true;
}

static bool
put_topmost (Machine *machine, size_t n, bool in_pairs, GError **error)
{
  GPtrArray *stack = machine->stack;

  for (size_t i = 1; i <= n; i++)
    if (stack->len < i || stack->pdata[stack->len - i] == &mark)
      return ph_fail (error, PH_ERROR_FORMAT, "takes an item where there is none");
  return put_items (machine, stack->len - n, 0, in_pairs, error);
}

static bool
put_marked (Machine *machine, bool in_pairs, GError **error)
{
  size_t first = 0;

  return find_mark (machine, &first, error) &&
         put_items (machine, first, 1, in_pairs, error);
}

/* --- text and names --- */

/* A copy that ends with a zero; text with a zero inside is none. */
static bool
keep_text (Machine *machine,
           const uint8_t *bytes,
           size_t n_bytes,
           const char **text,
           GError **error)
{
  if (!g_utf8_validate_len ((const char *) bytes, n_bytes, NULL))
    return ph_fail (error, PH_ERROR_FORMAT, "text is not UTF-8");
  *text = g_string_chunk_insert_len (machine->pickle->texts, (const char *) bytes,
                                     (gssize) n_bytes);
  return true;
}

static bool
push_text (Machine *machine, int n_length_bytes, GError **error)
{
  PhPickled value = { PH_PICKLED_TEXT };
  const uint8_t *bytes;
  uint64_t length = 0;

  if (!take_number (machine, n_length_bytes, &length, error))
    return false;
  bytes = take (machine, length, error);
  return bytes != NULL && keep_text (machine, bytes, length, &value.text, error) &&
         push_new (machine, value, error);
}

/* Up to the end of the line, which is passed over. */
static bool
take_line (Machine *machine, const char **text, GError **error)
{
  const uint8_t *begin = machine->bytes + machine->at;
  const uint8_t *end = memchr (begin, '\n', machine->n_bytes - machine->at);

  if (end == NULL)
    return ph_fail (error, PH_ERROR_FORMAT, "a name runs past the end of the pickle");
  machine->at += (size_t) (end - begin) + 1;
  return keep_text (machine, begin, (size_t) (end - begin), text, error);
}

static bool
push_global (Machine *machine, const char *module, const char *name, GError **error)
{
  g_autofree char *whole = g_strdup_printf ("%s.%s", module, name);
  g_autofree char *shown = NULL;
  PhPickled value = { PH_PICKLED_GLOBAL };

  if (machine->knows (whole)) {
    value.text = g_string_chunk_insert (machine->pickle->texts, whole);
    return push_new (machine, value, error);
  }

  shown = ph_printable (whole);
  return ph_fail (error, PH_ERROR_UNSUPPORTED,
                  "asks for \"%s\", which weights have no need of; nothing was run",
                  shown);
}

/* --- opcodes, each by the name it has in pickletools --- */

static bool
op_proto (Machine *machine, GError **error)
{
  uint64_t protocol = 0;

  if (!take_number (machine, 1, &protocol, error))
    return false;
  return (protocol >= MIN_PROTOCOL && protocol <= MAX_PROTOCOL) ||
         ph_fail (error, PH_ERROR_UNSUPPORTED, "protocol %u, not %d to %d",
                  (unsigned) protocol, MIN_PROTOCOL, MAX_PROTOCOL);
}

/* Says how many bytes come next, for those who read in pieces. */
static bool
op_frame (Machine *machine, GError **error)
{
  uint64_t length;

  return take_number (machine, 8, &length, error);
}

static bool
op_stop (Machine *machine, GError **error)
{
  PhPickled *root = NULL;

  if (!pop (machine, &root, error))
    return false;
  machine->pickle->root = root;
  machine->stopped = true;
  return true;
}

static bool
op_mark (Machine *machine, GError **error)
{
  return push (machine, &mark, error);
}

static bool
op_none (Machine *machine, GError **error)
{
  return push_kind (machine, PH_PICKLED_NONE, error);
}

static bool
op_newtrue (Machine *machine, GError **error)
{
  return push_bool (machine, true, error);
}

static bool
op_newfalse (Machine *machine, GError **error)
{
  return push_bool (machine, false, error);
}

static bool
op_binint (Machine *machine, GError **error)
{
  uint64_t number = 0;

  return take_number (machine, 4, &number, error) &&
         push_int (machine, (int32_t) (uint32_t) number, error);
}

static bool
op_binint1 (Machine *machine, GError **error)
{
  uint64_t number = 0;

  return take_number (machine, 1, &number, error) &&
         push_int (machine, (int64_t) number, error);
}

static bool
op_binint2 (Machine *machine, GError **error)
{
  uint64_t number = 0;

  return take_number (machine, 2, &number, error) &&
         push_int (machine, (int64_t) number, error);
}

/* A number of any length, of which 64 bits are kept. */
static bool
op_long1 (Machine *machine, GError **error)
{
  uint64_t length = 0, number = 0;
  int n_bytes;

  if (!take_number (machine, 1, &length, error))
    return false;
  if (length > 8)
    return ph_fail (error, PH_ERROR_RANGE, "a number of %u bytes, not up to 8",
                    (unsigned) length);
  n_bytes = (int) length;
  if (!take_number (machine, n_bytes, &number, error))
    return false;
  if (n_bytes > 0 && n_bytes < 8 && number >> (8 * n_bytes - 1) != 0)
    number |= UINT64_MAX << 8 * n_bytes;
  return push_int (machine, (int64_t) number, error);
}

/* The one number that is big endian. */
static bool
op_binfloat (Machine *machine, GError **error)
{
  PhPickled value = { PH_PICKLED_REAL };
  uint64_t bits = 0;

  if (!take_number (machine, 8, &bits, error))
    return false;
  bits = GUINT64_SWAP_LE_BE (bits);
  memcpy (&value.real, &bits, sizeof value.real);
  return push_new (machine, value, error);
}

static bool
op_short_binunicode (Machine *machine, GError **error)
{
  return push_text (machine, 1, error);
}

static bool
op_binunicode (Machine *machine, GError **error)
{
  return push_text (machine, 4, error);
}

static bool
op_empty_tuple (Machine *machine, GError **error)
{
  return make_tuple_of (machine, 0, error);
}

static bool
op_tuple1 (Machine *machine, GError **error)
{
  return make_tuple_of (machine, 1, error);
}

static bool
op_tuple2 (Machine *machine, GError **error)
{
  return make_tuple_of (machine, 2, error);
}

static bool
op_tuple3 (Machine *machine, GError **error)
{
  return make_tuple_of (machine, 3, error);
}

static bool
op_tuple (Machine *machine, GError **error)
{
  size_t first = 0;

  if (!find_mark (machine, &first, error) || !make_tuple (machine, first, error))
    return false;
  g_ptr_array_remove_index (machine->stack, (guint) first - 1);
  return true;
}

static bool
op_empty_list (Machine *machine, GError **error)
{
  return push_kind (machine, PH_PICKLED_LIST, error);
}

static bool
op_append (Machine *machine, GError **error)
{
  return put_topmost (machine, 1, false, error);
}

static bool
op_appends (Machine *machine, GError **error)
{
  return put_marked (machine, false, error);
}

static bool
op_empty_dict (Machine *machine, GError **error)
{
  return push_kind (machine, PH_PICKLED_DICT, error);
}

static bool
op_setitem (Machine *machine, GError **error)
{
  return put_topmost (machine, 2, true, error);
}

static bool
op_setitems (Machine *machine, GError **error)
{
  return put_marked (machine, true, error);
}

static bool
op_global (Machine *machine, GError **error)
{
  const char *module = NULL, *name = NULL;

  return take_line (machine, &module, error) && take_line (machine, &name, error) &&
         push_global (machine, module, name, error);
}

static bool
op_stack_global (Machine *machine, GError **error)
{
  PhPickled *module = NULL, *name = NULL;

  if (!pop (machine, &name, error) || !pop (machine, &module, error))
    return false;
  if (module->kind != PH_PICKLED_TEXT || name->kind != PH_PICKLED_TEXT)
    return ph_fail (error, PH_ERROR_FORMAT, "asks for something whose name is no text");
  return push_global (machine, module->text, name->text, error);
}

static bool
op_reduce (Machine *machine, GError **error)
{
  PhPickled *callee = NULL, *arguments = NULL;

  if (!pop (machine, &arguments, error) || !pop (machine, &callee, error))
    return false;
  if (callee->kind != PH_PICKLED_GLOBAL || arguments->kind != PH_PICKLED_TUPLE)
    return ph_fail (error, PH_ERROR_FORMAT, "calls something that cannot be called");
  return push_new (
      machine,
      (PhPickled){ PH_PICKLED_CALL, .text = callee->text, .arguments = arguments },
      error);
}

/* Sets attributes of an object; those that torch writes say nothing about the arrays. */
static bool
op_build (Machine *machine, GError **error)
{
  PhPickled *attributes = NULL, *object = NULL;

  if (!pop (machine, &attributes, error) || !peek (machine, &object, error))
    return false;
  return object->kind == PH_PICKLED_CALL ||
         ph_fail (error, PH_ERROR_FORMAT, "sets attributes of what has none");
}

static bool
op_binpersid (Machine *machine, GError **error)
{
  PhPickled *arguments = NULL;

  return pop (machine, &arguments, error) &&
         push_new (machine, (PhPickled){ PH_PICKLED_PERSISTENT, .arguments = arguments },
                   error);
}

/* --- the memo --- */

/* Slots are counted up by those who write pickles, so none is beyond their number. */
static bool
memo_put (Machine *machine, uint64_t slot, GError **error)
{
  PhPickled *value = NULL;

  if (!peek (machine, &value, error))
    return false;
  if (slot > PH_PICKLE_MAX_VALUES)
    return ph_fail (error, PH_ERROR_RANGE,
                    "memo slot %" G_GUINT64_FORMAT ", not up to %zu", slot,
                    PH_PICKLE_MAX_VALUES);
  if (slot >= machine->memo->len)
    g_ptr_array_set_size (machine->memo, (int) slot + 1);
  machine->memo->pdata[slot] = value;
  return true;
}

static bool
memo_get (Machine *machine, uint64_t slot, GError **error)
{
  if (slot >= machine->memo->len || machine->memo->pdata[slot] == NULL)
    return ph_fail (error, PH_ERROR_FORMAT,
                    "memo slot %" G_GUINT64_FORMAT " was never filled", slot);
  return push (machine, machine->memo->pdata[slot], error);
}

static bool
op_binput (Machine *machine, GError **error)
{
  uint64_t slot = 0;

  return take_number (machine, 1, &slot, error) && memo_put (machine, slot, error);
}

static bool
op_long_binput (Machine *machine, GError **error)
{
  uint64_t slot = 0;

  return take_number (machine, 4, &slot, error) && memo_put (machine, slot, error);
}

static bool
op_memoize (Machine *machine, GError **error)
{
  return memo_put (machine, machine->memo->len, error);
}

static bool
op_binget (Machine *machine, GError **error)
{
  uint64_t slot = 0;

  return take_number (machine, 1, &slot, error) && memo_get (machine, slot, error);
}

static bool
op_long_binget (Machine *machine, GError **error)
{
  uint64_t slot = 0;

  return take_number (machine, 4, &slot, error) && memo_get (machine, slot, error);
}

static const Opcode opcodes[256] = {
  [0x80] = op_proto,        [0x95] = op_frame,
  ['.'] = op_stop,          ['('] = op_mark,
  ['N'] = op_none,          [0x88] = op_newtrue,
  [0x89] = op_newfalse,     ['J'] = op_binint,
  ['K'] = op_binint1,       ['M'] = op_binint2,
  [0x8a] = op_long1,        ['G'] = op_binfloat,
  ['X'] = op_binunicode,    [0x8c] = op_short_binunicode,
  [')'] = op_empty_tuple,   [0x85] = op_tuple1,
  [0x86] = op_tuple2,       [0x87] = op_tuple3,
  ['t'] = op_tuple,         [']'] = op_empty_list,
  ['a'] = op_append,        ['e'] = op_appends,
  ['}'] = op_empty_dict,    ['s'] = op_setitem,
  ['u'] = op_setitems,      ['c'] = op_global,
  [0x93] = op_stack_global, ['R'] = op_reduce,
  ['b'] = op_build,         ['Q'] = op_binpersid,
  ['q'] = op_binput,        ['r'] = op_long_binput,
  [0x94] = op_memoize,      ['h'] = op_binget,
  ['j'] = op_long_binget,
};

/* --- running --- */

static bool
step (Machine *machine, GError **error)
{
  size_t begin = machine->at;
  uint64_t code = 0;
  bool done = false;

  if (!take_number (machine, 1, &code, error))
    return false;
  if (opcodes[code] != NULL)
    done = opcodes[code](machine, error);
  else
    ph_fail (error, PH_ERROR_UNSUPPORTED,
             "opcode 0x%02x, which torch.save does not write for tensors",
             (unsigned) code);
  if (!done)
    g_prefix_error (error, "byte %zu: ", begin);
  return done;
}

static bool
run (Machine *machine, GError **error)
{
  if (machine->n_bytes > PH_PICKLE_MAX_BYTES)
    return ph_fail (error, PH_ERROR_RANGE, "is %zu bytes long, not up to %zu",
                    machine->n_bytes, PH_PICKLE_MAX_BYTES);
  while (!machine->stopped)
    if (!step (machine, error))
      return false;
  if (machine->at != machine->n_bytes)
    return ph_fail (error, PH_ERROR_FORMAT, "%zu bytes follow its end",
                    machine->n_bytes - machine->at);
  return true;
}

PhPickle *
ph_pickle_read (const uint8_t *bytes,
                size_t n_bytes,
                bool (*knows) (const char *global),
                GError **error)
{
  g_autoptr (PhPickle) self = g_new0 (PhPickle, 1);
  g_autoptr (GPtrArray) stack = g_ptr_array_new ();
  g_autoptr (GPtrArray) memo = g_ptr_array_new ();
  Machine machine = { .pickle = self,
                      .bytes = bytes,
                      .n_bytes = n_bytes,
                      .knows = knows,
                      .stack = stack,
                      .memo = memo };

  self->values = g_ptr_array_new_with_free_func (value_free);
  self->texts = g_string_chunk_new (4096);
  return run (&machine, error) ? g_steal_pointer (&self) : NULL;
}

void
ph_pickle_free (PhPickle *self)
{
  g_ptr_array_unref (self->values);
  g_string_chunk_free (self->texts);
  g_free (self);
}

const PhPickled *
ph_pickle_get_root (const PhPickle *self)
{
  return self->root;
}

size_t
ph_pickled_get_n_items (const PhPickled *value)
{
  return value->items != NULL ? value->items->len : 0;
}

const PhPickled *
ph_pickled_get_item (const PhPickled *value, size_t index)
{
  g_assert (index < ph_pickled_get_n_items (value));
  return value->items->pdata[index];
}

char *
ph_pickled_describe (const PhPickled *value)
{
  static const char *const kinds[] = {
    [PH_PICKLED_NONE] = "None",
    [PH_PICKLED_BOOL] = "true or false",
    [PH_PICKLED_INT] = "an integer",
    [PH_PICKLED_REAL] = "a number",
    [PH_PICKLED_TEXT] = "text",
    [PH_PICKLED_TUPLE] = "a tuple",
    [PH_PICKLED_LIST] = "a list",
    [PH_PICKLED_DICT] = "a dictionary",
    [PH_PICKLED_GLOBAL] = "the name",
    [PH_PICKLED_CALL] = "a call of",
    [PH_PICKLED_PERSISTENT] = "a storage",
  };
  bool named = value->kind == PH_PICKLED_GLOBAL || value->kind == PH_PICKLED_CALL;

  return named ? g_strdup_printf ("%s %s", kinds[value->kind], value->text)
               : g_strdup (kinds[value->kind]);
}
