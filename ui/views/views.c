#include "ui/views/view.h"

const PhViewClass *const ph_views[] = {
  &ph_view_board,
  NULL,
};
