#include "core/vision/preprocess.h"

#include "core/base/error.h"
#include "core/formats/json.h"

#define N_CHANNELS 3
#define N_LEVELS 256
#define BICUBIC 3 /* as Pillow counts its filters */

/* --- preprocessor_config.json --- */

typedef struct {
  bool resize, rescale, normalize, convert;
  size_t resample;
  double rescale_factor;
} Settings;

/* By Pillow's numbers. */
static const char *const filters[] = { "nearest", "Lanczos", "bilinear",
                                       "bicubic", "box",     "Hamming" };

/* What an absent member means is what the reference's class does without it. */
static const PhJsonField fields[] = {
  { "do_resize", PH_JSON_BOOL, offsetof (Settings, resize), .standard = true },
  { "do_rescale", PH_JSON_BOOL, offsetof (Settings, rescale), .standard = true },
  { "do_normalize", PH_JSON_BOOL, offsetof (Settings, normalize), .standard = true },
  { "do_convert_rgb", PH_JSON_BOOL, offsetof (Settings, convert), .standard = true },
  { "resample", PH_JSON_SIZE, offsetof (Settings, resample), 0,
    G_N_ELEMENTS (filters) - 1, .standard = BICUBIC },
  { "rescale_factor", PH_JSON_REAL, offsetof (Settings, rescale_factor), 1e-6, 1,
    .standard = 1 / 255.0 },
};

static bool
check_steps (const Settings *settings, GError **error)
{
  if (!settings->resize || !settings->rescale || !settings->normalize ||
      !settings->convert)
    return ph_fail (
        error, PH_ERROR_UNSUPPORTED,
        "do_resize, do_rescale, do_normalize and do_convert_rgb must all be true");
  if (settings->resample != BICUBIC)
    return ph_fail (error, PH_ERROR_UNSUPPORTED,
                    "resample is %zu (%s), not %d (bicubic), which the published models "
                    "were trained with",
                    settings->resample, filters[settings->resample], BICUBIC);
  return true;
}

/* {"height": 224, "width": 224} or, in old files, 224.  The reference refuses
 * {"shortest_edge": 224} too. */
static bool
read_side (const json_t *config, int *side, GError **error)
{
  size_t height, width;
  const PhJsonField bare = { "size", PH_JSON_SIZE,           0,
                             1,      PH_PREPROCESS_MAX_SIDE, .required = true };
  const PhJsonField tall = { "height", PH_JSON_SIZE,           0,
                             1,        PH_PREPROCESS_MAX_SIDE, .required = true };
  const PhJsonField wide = { "width", PH_JSON_SIZE,           0,
                             1,       PH_PREPROCESS_MAX_SIDE, .required = true };
  const json_t *size = json_object_get (config, "size");

  if (!json_is_object (size)) {
    if (!ph_json_read (config, "", &bare, 1, &height, error))
      return false;
    width = height;
  } else if (!ph_json_read (size, "size", &tall, 1, &height, error) ||
             !ph_json_read (size, "size", &wide, 1, &width, error)) {
    return false;
  }

  if (width != height)
    return ph_fail (error, PH_ERROR_UNSUPPORTED, "size is %zu by %zu, not a square",
                    width, height);
  *side = (int) width;
  return true;
}

/* Three numbers; @standard where the file has none. */
static bool
read_channels (const json_t *config,
               const char *name,
               double min,
               const float *standard,
               float *values,
               GError **error)
{
  const json_t *list = json_object_get (config, name);

  if (list != NULL && !json_is_null (list) && json_array_size (list) != N_CHANNELS)
    return ph_fail (error, PH_ERROR_FORMAT, "%s is not a list of %d numbers", name,
                    N_CHANNELS);

  for (size_t c = 0; c < N_CHANNELS; c++) {
    const json_t *number = json_array_get (list, c);
    double value = number != NULL ? json_number_value (number) : standard[c];

    if ((number != NULL && !json_is_number (number)) || !(value >= min && value <= 10))
      return ph_fail (error, PH_ERROR_RANGE, "%s[%zu] is not a number from %g to 10",
                      name, c, min);
    values[c] = (float) value;
  }
  return true;
}

static bool
read_config (PhPreprocess *self, const json_t *config, GError **error)
{
  static const float mean[] = { 0.48145466f, 0.4578275f, 0.40821073f };
  static const float std[] = { 0.26862954f, 0.26130258f, 0.27577711f };
  Settings settings;

  if (!ph_json_read (config, "", fields, G_N_ELEMENTS (fields), &settings, error) ||
      !check_steps (&settings, error))
    return false;
  self->rescale = settings.rescale_factor;
  return read_side (config, &self->side, error) &&
         read_channels (config, "image_mean", -10, mean, self->mean, error) &&
         read_channels (config, "image_std", 1e-6, std, self->std, error);
}

bool
ph_preprocess_load (PhPreprocess *self, const char *folder, GError **error)
{
  g_autofree char *path = g_build_filename (folder, "preprocessor_config.json", NULL);
  g_autoptr (PhJson) config = ph_json_load (path, error);

  if (config == NULL)
    return false;
  return read_config (self, config, error) || ph_prefix_path (error, path);
}

/* --- pixels --- */

/* What each grey level becomes: the product in double precision and the rest in single,
 * as the reference computes them. */
static void
make_table (const PhPreprocess *self, int channel, float table[N_LEVELS])
{
  for (int level = 0; level < N_LEVELS; level++)
    table[level] =
        ((float) (level * self->rescale) - self->mean[channel]) / self->std[channel];
}

PhPicture *
ph_preprocess_square (int side, const PhPicture *picture)
{
  return ph_resize (picture, side, side);
}

void
ph_preprocess (const PhPreprocess *self, const PhPicture *picture, float *pixels)
{
  g_autoptr (PhPicture) square = ph_preprocess_square (self->side, picture);
  const uint8_t *rgb = ph_picture_get_rgb (square);
  size_t n_pixels = (size_t) self->side * (size_t) self->side;

  for (int c = 0; c < N_CHANNELS; c++) {
    float table[N_LEVELS];

    make_table (self, c, table);
    for (size_t i = 0; i < n_pixels; i++)
      *pixels++ = table[rgb[i * N_CHANNELS + (size_t) c]];
  }
}
