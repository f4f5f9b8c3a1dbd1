#include "core/text/protobuf.h"

#include "core/base/error.h"
#include "core/formats/bytes.h"

#include <string.h>

static bool
fail_at (const PhProtobuf *self, const uint8_t *at, const char *what, GError **error)
{
  return ph_fail (error, PH_ERROR_FORMAT, "%s at byte %zu", what,
                  (size_t) (at - self->file));
}

/* Seven bits a byte, the lowest first; the eighth says that more follow. */
static bool
take_varint (PhProtobuf *self, uint64_t *value, GError **error)
{
  const uint8_t *begin = self->at;

  *value = 0;
  for (int shift = 0; shift < 64 && self->at < self->end; shift += 7) {
    uint8_t byte = *self->at++;

    *value |= (uint64_t) (byte & 0x7f) << shift;
    if (byte < 0x80)
      return true;
  }
  return fail_at (self, begin, "a number has no end", error);
}

static bool
take_fixed (PhProtobuf *self, int n_bytes, uint64_t *value, GError **error)
{
  if (self->end - self->at < n_bytes)
    return fail_at (self, self->at, "a number runs past the end of its message", error);
  *value = ph_bytes_number (self->at, n_bytes);
  self->at += n_bytes;
  return true;
}

static bool
take_bytes (PhProtobuf *self, PhProtobuf *bytes, GError **error)
{
  uint64_t n_bytes;

  if (!take_varint (self, &n_bytes, error))
    return false;
  if (n_bytes > (uint64_t) (self->end - self->at))
    return fail_at (self, self->at, "a field runs past the end of its message", error);
  *bytes = (PhProtobuf){ self->file, self->at, self->at + n_bytes };
  self->at += n_bytes;
  return true;
}

bool
ph_protobuf_next (PhProtobuf *self, PhProtobufField *field, GError **error)
{
  const uint8_t *begin = self->at;
  uint64_t key;

  if (!take_varint (self, &key, error))
    return false;

  *field = (PhProtobufField){ .number = key >> 3, .type = key & 7 };
  field->bytes.file = self->file;
  switch (field->type) {
  case PH_PROTOBUF_VARINT:
    return take_varint (self, &field->value, error);
  case PH_PROTOBUF_64_BITS:
    return take_fixed (self, 8, &field->value, error);
  case PH_PROTOBUF_BYTES:
    return take_bytes (self, &field->bytes, error);
  case PH_PROTOBUF_32_BITS:
    return take_fixed (self, 4, &field->value, error);
  default:
    return fail_at (self, begin, "a field of no known type", error);
  }
}

bool
ph_protobuf_expect (const PhProtobufField *field, PhProtobufType type, GError **error)
{
  return field->type == type ||
         ph_fail (error, PH_ERROR_FORMAT,
                  "field %" G_GUINT64_FORMAT " is of the wire type %d, not %d",
                  field->number, (int) field->type, (int) type);
}

float
ph_protobuf_get_float (const PhProtobufField *field)
{
  uint32_t bits = (uint32_t) field->value;
  float value;

  memcpy (&value, &bits, sizeof value);
  return value;
}
