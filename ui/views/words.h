/* words.h - the answer word by word, and each word's way to the picture
 *
 * A word that is pointed at, pinned or walked to shows what it had of each query; a patch
 * that is pointed at shows what each word had of it.
 */
#pragma once

#include "ui/look.h"

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define PH_TYPE_WORDS (ph_words_get_type ())
G_DECLARE_FINAL_TYPE (PhWords, ph_words, PH, WORDS, GtkBox)

GtkWidget *ph_words_new (PhLook *look);

G_END_DECLS
