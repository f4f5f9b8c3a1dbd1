#include "ui/canvas.h"
#include "ui/views/view.h"

const PhViewClass ph_view_map = {
  .name = "map",
  .title = "Map",
  .hint = "One map over the picture",
  .create = ph_canvas_new,
};
