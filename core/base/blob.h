/* blob.h - numbers, texts and lengths in the bytes of a record
 *
 * Little endian, aligned to nothing, texts with a 0 behind them.  What is written by the
 * calls of one half is read by those of the other; a reader takes from the front of what
 * is left and never goes beyond it, so that a record of a stranger can be read with them.
 * A call that returns false took nothing, and the caller says what was missing.
 *
 * Any thread.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

G_BEGIN_DECLS

/* --- writing --- */

void ph_blob_add_u32 (GByteArray *out, uint32_t value);
void ph_blob_add_float (GByteArray *out, float value);
void ph_blob_add_text (GByteArray *out, const char *text);

/* --- reading --- */

typedef struct {
  const uint8_t *bytes; /* borrowed, as is what is taken */
  size_t n_left;
} PhBlob;

bool ph_blob_take (PhBlob *self, size_t n_bytes, const uint8_t **bytes);
bool ph_blob_take_u32 (PhBlob *self, uint32_t *value);
/* The same, and only what is from @least to @most. */
bool ph_blob_take_int (PhBlob *self, int least, int most, int *value);
/* The number in four bytes, whatever it is. */
float ph_blob_float (const uint8_t *bytes);
/* Only what is a finite number. */
bool ph_blob_take_float (PhBlob *self, float *value);
/* Only what is UTF-8. */
bool ph_blob_take_text (PhBlob *self, const char **text);

G_END_DECLS
