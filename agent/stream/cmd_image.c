/* SPDX-License-Identifier: MIT */
/*
 * Packets that tell of images, the programs that the firmware loads. What they say may change from
 * one to the next: so each begins with how often it has.
 */
#include "line/packet.h"
#include "probe/image.h"
#include "stream/build_id.h"

#if TL_IMAGES

enum { AT_ONCE = 2 }; /* segments that fit the packet of an image */

/* The image that a field names; interrupts locked out, since an interrupt may unload it. */
static int image_arg(struct tl_args *in, struct tl_frame_tx *out, uintptr_t *number)
{
	if (!tl_arg(in, number) || !*number)
		return -TL_EINVAL;
	if (*number > TL_IMAGES)
		return -TL_ENOENT;
	tl_field(out, tl_image_changes);
	return 0;
}

static void tell_segment(const struct tl_segment *s, struct tl_frame_tx *out)
{
	tl_field(out, s->link);
	tl_field(out, s->base);
	tl_field(out, s->size);
}

int tl_packet_image(struct tl_args *in, struct tl_frame_tx *out)
{
	uintptr_t number, lock = tl_arch_lock();
	int err = image_arg(in, out, &number);

	if (!err) {
		const struct tl_image *image = tl_image_of((unsigned)number);
		const char *name = tl_image_name((unsigned)number);
		unsigned n = 0;

		while (name[n])
			n++;
		tl_frame_put(out, ',');
		tl_frame_bytes(out, (const uint8_t *)name, n);
		tl_field(out, image ? image->count : 0);
		tl_field_build_id(out, image ? image->build_id : 0);
		for (unsigned i = 0; image && i < image->count && i < AT_ONCE; i++)
			tell_segment(&image->segments[i], out);
	}
	tl_arch_unlock(lock);
	return err;
}

int tl_packet_segment(struct tl_args *in, struct tl_frame_tx *out)
{
	uintptr_t number, index, lock = tl_arch_lock();
	int err = image_arg(in, out, &number);

	if (!err) {
		const struct tl_image *image = tl_image_of((unsigned)number);

		if (!tl_arg(in, &index)) {
			err = -TL_EINVAL;
		} else if (!image || index >= image->count) {
			err = -TL_ENOENT;
		} else {
			tell_segment(&image->segments[index], out);
		}
	}
	tl_arch_unlock(lock);
	return err;
}

#endif
