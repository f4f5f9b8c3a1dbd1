/* colormap.h - shares as colours
 *
 * Perceptual scales: lightness rises in even steps, so that the order of values survives
 * print in grey and every common form of colour blindness.  The same in the window, in
 * what it exports and in the terminal.
 *
 * To add one: a line in the table of colormap.c.
 *
 * Any thread.
 */
#pragma once

#include <stdint.h>

typedef struct {
  uint8_t red, green, blue;
} PhColormapColor;

typedef enum {
  PH_COLORMAP_VIOLET_YELLOW, /* by blue and green: the most colours to tell apart */
  PH_COLORMAP_BLUE_YELLOW,   /* by grey: the same with and without red and green */
  PH_COLORMAP_SIGNED, /* differences: blue below 0, which is white at 0.5, brown above */
  PH_COLORMAP_N,
} PhColormap;

/* @value from 0 to 1; what lies outside is clamped, and what is no number is 0. */
PhColormapColor ph_colormap_color (PhColormap map, double value);
