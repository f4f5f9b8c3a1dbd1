#include "ui/views/view.h"

const PhViewClass *const ph_views[] = {
  &ph_view_board,
  &ph_view_words,
  NULL,
};
