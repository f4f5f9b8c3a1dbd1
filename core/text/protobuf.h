/* protobuf.h - messages in the wire format of Protocol Buffers
 *
 * As much of it as SentencePiece's models need,
 * https://protobuf.dev/programming-guides/encoding/: a message is a row of fields, each a
 * number, a wire type and a value, which may be a message in turn.
 *
 *   while (message.at < message.end) {
 *     PhProtobufField field;
 *
 *     if (!ph_protobuf_next (&message, &field, error))
 *       return false;
 *     …
 *   }
 *
 * Nothing is copied: fields point into the bytes of the file.  Errors name the byte.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

G_BEGIN_DECLS

/* What is left of a message. */
typedef struct {
  const uint8_t *file; /* its first byte, for errors */
  const uint8_t *at, *end;
} PhProtobuf;

typedef enum {
  PH_PROTOBUF_VARINT = 0,
  PH_PROTOBUF_64_BITS = 1,
  PH_PROTOBUF_BYTES = 2, /* a text or a message too */
  PH_PROTOBUF_32_BITS = 5,
} PhProtobufType;

typedef struct {
  uint64_t number;
  PhProtobufType type;
  uint64_t value;   /* but of BYTES */
  PhProtobuf bytes; /* of BYTES */
} PhProtobufField;

/* Takes the next field off a message that has bytes left. */
bool ph_protobuf_next (PhProtobuf *self, PhProtobufField *field, GError **error);
/* Fails if @field is of another type than @type. */
bool
ph_protobuf_expect (const PhProtobufField *field, PhProtobufType type, GError **error);

/* The value of a field of 32 bits that holds a float. */
float ph_protobuf_get_float (const PhProtobufField *field);

G_END_DECLS
