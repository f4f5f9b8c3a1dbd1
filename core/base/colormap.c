#include "core/base/colormap.h"

#include <math.h>
#include <pthread.h>
#include <stdbool.h>

/* Paths are drawn in OKLCh (Björn Ottosson, "A perceptual color space for image
 * processing", 2020): lightness, chroma and hue run in straight lines, and chroma is no
 * higher than a screen can show.  Opposite hues meet in grey: a path of two legs. */
#define N_COLORS 256
#define DARKEST 0.24
#define LIGHTEST 0.94
#define MIDDLE ((DARKEST + LIGHTEST) / 2)

typedef struct {
  double lightness, chroma, hue; /* hue in degrees */
} Point;

typedef struct {
  Point from, to;
} Leg;

/* Each leg is half of the scale. */
static const Leg paths[PH_COLORMAP_N][2] = {
  [PH_COLORMAP_VIOLET_YELLOW] = { { { DARKEST, 0.17, 305 }, { MIDDLE, 0.17, 205 } },
                                  { { MIDDLE, 0.17, 205 }, { LIGHTEST, 0.17, 105 } } },
  [PH_COLORMAP_BLUE_YELLOW] = { { { DARKEST, 0.13, 262 }, { MIDDLE, 0, 262 } },
                                { { MIDDLE, 0, 98 }, { LIGHTEST, 0.17, 98 } } },
  [PH_COLORMAP_SIGNED] = { { { 0.42, 0.15, 255 }, { 0.97, 0, 255 } },
                           { { 0.97, 0, 55 }, { 0.42, 0.15, 55 } } },
};

static PhColormapColor table[PH_COLORMAP_N][N_COLORS];
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

static double
between (double from, double to, double part)
{
  return from + (to - from) * part;
}

static PhColormapColor
make_color (const Leg *leg, double part)
{
  double lightness = between (leg->from.lightness, leg->to.lightness, part);
  double chroma = between (leg->from.chroma, leg->to.chroma, part);
  double hue = between (leg->from.hue, leg->to.hue, part) * M_PI / 180;
  Linear c = linear_of_oklch (lightness, chroma, hue);

  while (!is_shown (c)) {
    chroma *= 0.99;
    c = linear_of_oklch (lightness, chroma, hue);
  }
  return (PhColormapColor){ encode (c.red), encode (c.green), encode (c.blue) };
}

static void
make_tables (void)
{
  for (int map = 0; map < PH_COLORMAP_N; map++)
    for (int i = 0; i < N_COLORS; i++) {
      double at = 2 * i / (N_COLORS - 1.0);
      int leg = at > 1;

      table[map][i] = make_color (&paths[map][leg], at - leg);
    }
}

PhColormapColor
ph_colormap_color (PhColormap map, double value)
{
  double share = value > 0 ? fmin (value, 1) : 0;

  pthread_once (&once, make_tables);
  return table[map][lround (share * (N_COLORS - 1))];
}
