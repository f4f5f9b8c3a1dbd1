/* decode-turn.h - which way up a picture is to be shown
 *
 * GdkPixbuf reads the orientation of JPEG and TIFF; this reads that of the EXIF block in
 * PNG and WebP files.
 */
#pragma once

/* 1 to 8 as EXIF counts them, or 0 if the file at @fd does not say. */
int find_orientation (int fd);
