/* decode-limits.h - what the decoder process may do to the machine
 *
 * A sanitizer needs memory and files of its own, so a build with one has no limits.
 */
#pragma once

/* Bounds memory, processor time, the size of written files and the number of open ones. */
void limit_resources (void);

/* From here on no file can be opened, no socket made and no program started: the files
 * that are open are all there will be. */
void close_the_door (void);
