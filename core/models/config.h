/* config.h - what the configs of several families say in the same words
 *
 * A config.json may state only what differs from the defaults of its class, so every
 * number comes with the default that its family has.  Errors name the field.  Any thread.
 */
#pragma once

#include "core/formats/json.h"
#include "core/models/vit.h"

G_BEGIN_DECLS

/* Fills @values from the part of @config called @name; one that is left out has all its
 * defaults. */
bool ph_config_read_part (const json_t *config,
                          const char *name,
                          const PhJsonField *fields,
                          size_t n_fields,
                          void *values,
                          GError **error);

/* Refuses heads that do not divide @width, and an @activation (NULL: the default) other
 * than the exact GELU. */
bool ph_config_check_layers (const char *where,
                             size_t width,
                             size_t n_heads,
                             const char *activation,
                             GError **error);

/* vision_config, with @standard for what it does not state. */
bool ph_config_read_vision (const json_t *config,
                            const PhVitConfig *standard,
                            PhVitConfig *vision,
                            GError **error);

G_END_DECLS
