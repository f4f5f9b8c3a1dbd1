/* trie.h - the longest of many strings that a text begins with
 *
 * Walks byte by byte, so finding a match costs its length and not the number of strings.
 * Does not change once it is built; then any thread may search it.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

G_BEGIN_DECLS

typedef struct _PhTrie PhTrie;

PhTrie *ph_trie_new (void);
void ph_trie_free (PhTrie *self);

/* @value is 0 or more; a string that is added again has the last one. */
void ph_trie_add (PhTrie *self, const char *string, int32_t value);

/* The longest string that is @prefix and at least one byte of @text: returns how many
 * bytes of @text and sets @value, or 0. */
size_t ph_trie_longest (const PhTrie *self,
                        const char *prefix,
                        const char *text,
                        int32_t *value);

/* --- for those who want every match: a node at a time --- */

#define PH_TRIE_ROOT 0

/* Where @byte leads from @node, or PH_TRIE_ROOT if no string goes on so. */
uint32_t ph_trie_step (const PhTrie *self, uint32_t node, char byte);
/* The value of the string that ends at @node, or -1. */
int32_t ph_trie_get (const PhTrie *self, uint32_t node);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (PhTrie, ph_trie_free)

G_END_DECLS
