#include "ui/views/view.h"

const PhViewClass *const ph_views[] = {
  &ph_view_board,
  &ph_view_heads,
  &ph_view_words,
  &ph_view_instruction,
  &ph_view_panes,
  &ph_view_doubt,
  &ph_view_kept,
  NULL,
};
