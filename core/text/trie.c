#include "core/text/trie.h"

#define NONE (-1)

struct _PhTrie {
  GHashTable *edges; /* (node, byte) → node; no edge leads to the root */
  GArray *values;    /* of int32_t, by node; NONE where no string ends */
};

static gpointer
edge (uint32_t node, char byte)
{
  return GSIZE_TO_POINTER ((gsize) node << 8 | (unsigned char) byte);
}

uint32_t
ph_trie_step (const PhTrie *self, uint32_t node, char byte)
{
  return GPOINTER_TO_UINT (g_hash_table_lookup (self->edges, edge (node, byte)));
}

int32_t
ph_trie_get (const PhTrie *self, uint32_t node)
{
  return g_array_index (self->values, int32_t, node);
}

static uint32_t
add_node (PhTrie *self)
{
  int32_t none = NONE;

  g_array_append_val (self->values, none);
  return self->values->len - 1;
}

PhTrie *
ph_trie_new (void)
{
  PhTrie *self = g_new0 (PhTrie, 1);

  self->edges = g_hash_table_new (NULL, NULL);
  self->values = g_array_new (FALSE, FALSE, sizeof (int32_t));
  add_node (self);
  return self;
}

void
ph_trie_free (PhTrie *self)
{
  g_hash_table_destroy (self->edges);
  g_array_unref (self->values);
  g_free (self);
}

void
ph_trie_add (PhTrie *self, const char *string, int32_t value)
{
  uint32_t node = PH_TRIE_ROOT;

  for (; *string != '\0'; string++) {
    uint32_t next = ph_trie_step (self, node, *string);

    if (next == PH_TRIE_ROOT) {
      next = add_node (self);
      g_hash_table_insert (self->edges, edge (node, *string), GUINT_TO_POINTER (next));
    }
    node = next;
  }
  g_array_index (self->values, int32_t, node) = value;
}

size_t
ph_trie_longest (const PhTrie *self, const char *prefix, const char *text, int32_t *value)
{
  uint32_t node = PH_TRIE_ROOT;
  size_t longest = 0;

  for (; *prefix != '\0'; prefix++)
    if ((node = ph_trie_step (self, node, *prefix)) == PH_TRIE_ROOT)
      return 0;

  for (size_t i = 0;
       text[i] != '\0' && (node = ph_trie_step (self, node, text[i])) != PH_TRIE_ROOT;
       i++) {
    int32_t here = ph_trie_get (self, node);

    if (here != NONE) {
      *value = here;
      longest = i + 1;
    }
  }
  return longest;
}
