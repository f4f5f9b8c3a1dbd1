/* colormap.h - shares as colours
 *
 * One perceptual scale from deep violet by blue and green to yellow, the same in the
 * window and in the terminal.  Lightness rises in even steps, so that the order of
 * values survives print in grey and every common form of colour blindness.
 *
 * Any thread.
 */
#pragma once

#include <stdint.h>

typedef struct {
  uint8_t red, green, blue;
} PhColormapColor;

/* @value from 0 to 1; what lies outside is clamped, and what is no number is 0. */
PhColormapColor ph_colormap_color (double value);
