#include "core/engine/keep.h"
#include "ui/look-private.h"

#include <gdk-pixbuf/gdk-pixbuf.h>

#define SMALL 160 /* pixels of the longer side */

static GdkTexture *
make_texture (PhPicture *picture)
{
  return gdk_memory_texture_new (picture->width, picture->height, GDK_MEMORY_R8G8B8,
                                 picture->rgb, 3 * (gsize) picture->width);
}

/* The picture, or the square that the model saw where that is wished and known. */
static PhPicture *
dup_shown (PhLook *self)
{
  PhPicture *sight = self->sight && ph_look_has_sight (self)
                         ? ph_record_dup_sight (self->record, self->picture)
                         : NULL;

  return sight != NULL ? sight : ph_picture_ref (self->picture);
}

void
ph_look_make_texture (PhLook *self)
{
  g_clear_object (&self->texture);
  g_clear_object (&self->small_texture);
  if (self->picture != NULL) {
    g_autoptr (PhPicture) shown = dup_shown (self);

    self->texture = make_texture (shown);
  }
}

GdkTexture *
ph_look_get_texture (PhLook *self)
{
  return self->texture;
}

/* A hundred small maps would else scale the whole picture down a hundred times. */
static GdkTexture *
shrink (GdkTexture *texture)
{
  int width = gdk_texture_get_width (texture);
  int height = gdk_texture_get_height (texture);
  int longer = MAX (width, height);
  g_autoptr (GdkPixbuf) whole = NULL;
  g_autoptr (GdkPixbuf) small = NULL;

  if (longer <= SMALL)
    return g_object_ref (texture);

  whole = gdk_pixbuf_get_from_texture (texture);
  small = gdk_pixbuf_scale_simple (whole, MAX (width * SMALL / longer, 1),
                                   MAX (height * SMALL / longer, 1), GDK_INTERP_BILINEAR);
  return gdk_texture_new_for_pixbuf (small);
}

GdkTexture *
ph_look_get_small_texture (PhLook *self)
{
  if (self->small_texture == NULL && self->texture != NULL)
    self->small_texture = shrink (self->texture);
  return self->small_texture;
}

gboolean
ph_look_has_sight (PhLook *self)
{
  return self->picture != NULL && self->record != NULL &&
         ph_record_get_side (self->record) > 0;
}

gboolean
ph_look_get_sight (PhLook *self)
{
  return self->sight;
}
