/* SPDX-License-Identifier: MIT */
/*
 * Images, programs that the firmware loads: which are there, and the probes that are asked for by
 * their names. Such a probe has a place as it was linked. It is armed where its image is loaded,
 * and waits while that is not there. With TL_IMAGES.
 */
#ifndef TL_IMAGE_H
#define TL_IMAGE_H

#include "probe/table.h"

#if TL_IMAGES
extern uint32_t tl_image_changes; /* loads and unloads, modulo 2^32 */

/* The image of that number, 1 to TL_IMAGES; NULL: it is not there. */
const struct tl_image *tl_image_of(unsigned number);
/* Its name, also if it is not there; "": nobody asks for one. */
const char *tl_image_name(unsigned number);
/* The number that a name has while the image is there or a probe waits for it; 0: it has none. */
unsigned tl_image_number(const char *name);
/* Where the image has what was linked for an address; 0: nowhere. */
uintptr_t tl_image_place(const struct tl_image *image, uintptr_t link);

/* Where its segments are, as one number: each one's distance from where it was linked for, times
 * its place in the list, 1 to N, all added up. */
uintptr_t tl_image_bases(const struct tl_image *image);

/* As tl_probe_add(), of the address `link` in an image: if that is there, else the probe waits.
 * Before: in->fixed, and then in->bases. */
int tl_image_probe_add(struct tl_in_image *in, struct tl_probe *p, const struct tl_front *front,
                       const char *image, uintptr_t link, unsigned state, bool disabled);
/* As tl_probe_remove() of such a probe; of any other one as well. */
int tl_image_probe_remove(struct tl_in_image *in, struct tl_probe *p);
#endif

#endif
