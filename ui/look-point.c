#include "ui/look-private.h"

/* What is pointed at: a number, and whether it stays. */

static void
set_mark (PhLook *self, const char *property, int *number, int value)
{
  if (*number == value)
    return;

  *number = value;
  g_object_notify (G_OBJECT (self), property);
}

static void
set_pin (PhLook *self, const char *property, gboolean *pin, gboolean value)
{
  if (*pin == value)
    return;

  *pin = value;
  g_object_notify (G_OBJECT (self), property);
}

static void
set_patch (PhLook *self, int patch, gboolean pinned)
{
  set_mark (self, "patch", &self->patch, patch);
  set_pin (self, "pinned", &self->pinned, pinned);
}

static void
set_word (PhLook *self, int word, gboolean pinned)
{
  set_mark (self, "word", &self->word, word);
  set_pin (self, "word-pinned", &self->word_pinned, pinned);
}

int
ph_look_get_patch (PhLook *self)
{
  return self->patch;
}

gboolean
ph_look_is_pinned (PhLook *self)
{
  return self->pinned;
}

static int
checked_patch (PhLook *self, int patch)
{
  const PhHeatMap *map = ph_look_get_map (self);

  return map != NULL && patch < map->n_rows * map->n_columns ? patch : -1;
}

void
ph_look_point_at (PhLook *self, int patch)
{
  if (!self->pinned)
    set_patch (self, checked_patch (self, patch), FALSE);
}

void
ph_look_pin (PhLook *self, int patch)
{
  patch = checked_patch (self, patch);
  set_patch (self, patch, patch >= 0);
}

int
ph_look_get_word (PhLook *self)
{
  return self->word;
}

gboolean
ph_look_is_word_pinned (PhLook *self)
{
  return self->word_pinned;
}

static int
checked_word (PhLook *self, int word)
{
  int n = self->record != NULL ? (int) ph_record_get_n_tokens (self->record) : 0;

  return word >= 0 && word < n ? word : -1;
}

void
ph_look_point_at_word (PhLook *self, int word)
{
  if (!self->word_pinned)
    set_word (self, checked_word (self, word), FALSE);
}

void
ph_look_pin_word (PhLook *self, int word)
{
  word = checked_word (self, word);
  set_word (self, word, word >= 0);
}

gboolean
ph_look_release (PhLook *self)
{
  gboolean pointed = self->patch >= 0 || self->word >= 0;

  set_patch (self, -1, FALSE);
  set_word (self, -1, FALSE);
  return pointed;
}
