/* look-private.h - what the files of the look share */
#pragma once

#include "ui/look.h"

struct _PhLook {
  GObject parent_instance;

  int layer, head, query;
  GArray *queries; /* of int, ascending: those chosen together, or the one, or none */
  PhCombine combine;
  int patch, word;
  gboolean pinned, word_pinned;
  PhSnapshotShape shape; /* of the last record: what was chosen outlives it */

  /* Shared */
  PhPicture *picture;
  PhTurn *turn;
  PhRecord *record;

  /* Borrowed */
  PhSnapshot *snapshot; /* of the record */

  /* Owned */
  PhAppearance *appearance;
  gboolean sight;
  GdkTexture *texture;       /* of the picture, or of what the model saw of it */
  GdkTexture *small_texture; /* NULL until it is asked for */
  PhHeatMap *map;            /* the chosen one */
  PhHeatMap *own_map;        /* what is shown in its place, or NULL */
  char *own_title;
  bool *artefacts; /* NULL until they are asked for */
  size_t n_artefacts;
  struct {
    int layer, head;
    float top; /* below 0: not known */
  } shared;    /* the scale that all queries share */
};

/* look-maps.c */

/* The map of what is chosen. */
PhHeatMap *ph_look_make_chosen_map (PhLook *self);
/* Puts the own map on the scale of the appearance. */
void ph_look_scale_own_map (PhLook *self);
/* The query whose mean map has the highest peak. */
int ph_look_find_sharpest_query (PhLook *self);
/* Forgets what was found out about the last record, or about its maps with artefacts. */
void ph_look_forget_record (PhLook *self);
void ph_look_forget_scale (PhLook *self);

/* look-picture.c */

void ph_look_make_texture (PhLook *self);
