/* encode.h - a PNG of a picture that never was a file */
#pragma once

#include "core/base/picture.h"

/* NULL where it cannot be encoded: sides over 32 767, or no memory for it. */
GBytes *ph_encode_png (const PhPicture *picture);
