#include "core/base/colormap.h"

#include <math.h>
#include <pthread.h>
#include <stdbool.h>

/* The path is drawn in OKLCh (Björn Ottosson, "A perceptual color space for image
 * processing", 2020): lightness and hue run in straight lines, and chroma is as high as
 * a screen can show, up to a limit that keeps the scale from glaring. */
#define N_COLORS 256
#define DARKEST 0.24
#define LIGHTEST 0.94
#define FIRST_HUE 305.0 /* degrees: violet */
#define LAST_HUE 105.0  /* yellow */
#define MOST_CHROMA 0.17

static PhColormapColor table[N_COLORS];
static pthread_once_t once = PTHREAD_ONCE_INIT;

typedef struct {
  double red, green, blue; /* linear light */
} Linear;

static Linear
linear_of_oklch (double lightness, double chroma, double hue)
{
  double a = chroma * cos (hue);
  double b = chroma * sin (hue);
  double l = pow (lightness + 0.3963377774 * a + 0.2158037573 * b, 3);
  double m = pow (lightness - 0.1055613458 * a - 0.0638541728 * b, 3);
  double s = pow (lightness - 0.0894841775 * a - 1.2914855480 * b, 3);

  return (Linear){ 4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
                   -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
                   -0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s };
}

static bool
is_shown (Linear c)
{
  return fmin (fmin (c.red, c.green), c.blue) >= 0 &&
         fmax (fmax (c.red, c.green), c.blue) <= 1;
}

static uint8_t
encode (double linear)
{
  double value =
      linear <= 0.0031308 ? 12.92 * linear : 1.055 * pow (linear, 1 / 2.4) - 0.055;

  return (uint8_t) lround (value * 255);
}

static PhColormapColor
make_color (double value)
{
  double lightness = DARKEST + (LIGHTEST - DARKEST) * value;
  double hue = (FIRST_HUE + (LAST_HUE - FIRST_HUE) * value) * M_PI / 180;
  double chroma = MOST_CHROMA;
  Linear c = linear_of_oklch (lightness, chroma, hue);

  while (!is_shown (c)) {
    chroma *= 0.99;
    c = linear_of_oklch (lightness, chroma, hue);
  }
  return (PhColormapColor){ encode (c.red), encode (c.green), encode (c.blue) };
}

static void
make_table (void)
{
  for (int i = 0; i < N_COLORS; i++)
    table[i] = make_color (i / (N_COLORS - 1.0));
}

PhColormapColor
ph_colormap_color (double value)
{
  double share = value > 0 ? fmin (value, 1) : 0;

  pthread_once (&once, make_table);
  return table[lround (share * (N_COLORS - 1))];
}
