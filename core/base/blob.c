#include "core/base/blob.h"

#include <math.h>
#include <string.h>

void
ph_blob_add_u32 (GByteArray *out, uint32_t value)
{
  value = GUINT32_TO_LE (value);
  g_byte_array_append (out, (const guint8 *) &value, sizeof value);
}

void
ph_blob_add_float (GByteArray *out, float value)
{
  uint32_t bits;

  memcpy (&bits, &value, sizeof bits);
  ph_blob_add_u32 (out, bits);
}

void
ph_blob_add_text (GByteArray *out, const char *text)
{
  g_byte_array_append (out, (const guint8 *) text, (guint) strlen (text) + 1);
}

bool
ph_blob_take (PhBlob *self, size_t n_bytes, const uint8_t **bytes)
{
  if (n_bytes > self->n_left)
    return false;
  *bytes = self->bytes;
  self->bytes += n_bytes;
  self->n_left -= n_bytes;
  return true;
}

bool
ph_blob_take_u32 (PhBlob *self, uint32_t *value)
{
  const uint8_t *bytes;

  if (!ph_blob_take (self, sizeof *value, &bytes))
    return false;
  memcpy (value, bytes, sizeof *value);
  *value = GUINT32_FROM_LE (*value);
  return true;
}

bool
ph_blob_take_int (PhBlob *self, int least, int most, int *value)
{
  PhBlob rest = *self;
  uint32_t bits;
  int32_t number;

  if (!ph_blob_take_u32 (&rest, &bits))
    return false;
  number = (int32_t) bits;
  if (number < least || number > most)
    return false;
  *value = number;
  *self = rest;
  return true;
}

float
ph_blob_float (const uint8_t *bytes)
{
  uint32_t bits;
  float value;

  memcpy (&bits, bytes, sizeof bits);
  bits = GUINT32_FROM_LE (bits);
  memcpy (&value, &bits, sizeof value);
  return value;
}

bool
ph_blob_take_float (PhBlob *self, float *value)
{
  if (self->n_left < sizeof *value || !isfinite (ph_blob_float (self->bytes)))
    return false;
  *value = ph_blob_float (self->bytes);
  self->bytes += sizeof *value;
  self->n_left -= sizeof *value;
  return true;
}

bool
ph_blob_take_text (PhBlob *self, const char **text)
{
  const char *start = (const char *) self->bytes;
  const char *stop = self->n_left > 0 ? memchr (start, '\0', self->n_left) : NULL;

  if (stop == NULL || !g_utf8_validate (start, stop - start, NULL))
    return false;
  *text = start;
  self->bytes += stop + 1 - start;
  self->n_left -= (size_t) (stop + 1 - start);
  return true;
}
