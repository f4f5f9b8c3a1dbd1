/* words.h - putting names together as English does; for core/scenes only
 *
 * Everything is appended to a GString that the caller owns.
 */
#pragma once

#include "core/scenes/scene.h"

#include <glib.h>

/* "$1" and "$2" in @phrasing stand for @first and @second. */
char *ph_words_fill (const char *phrasing, const char *first, const char *second);

/* "a red star", "an orange star"; the size in front if @sized. */
void ph_words_append_thing (GString *text, const PhThing *thing, bool sized);

/* "a" or "an" and a space. */
void ph_words_append_article (GString *text, const char *word);

/* What stands between the items of a list: nothing, ", " or " and ". */
void ph_words_append_joint (GString *text, int i, int n);

/* Adds the lower-cased words and marks of @text to a set that owns its keys. */
void ph_words_collect (GHashTable *set, const char *text);
