/* SPDX-License-Identifier: MIT */
/*
 * What firmware runs besides itself: tasks without privileges, and programs that it loads. A part
 * of trapline.h, which includes it.
 */
#ifndef TL_USER_H
#define TL_USER_H

#include "trapline.h"

/*
 * Images: programs that the firmware loads and unloads as it runs, each from an ELF file of its
 * own, maybe elsewhere than that was linked for. The firmware tells the agent of them. Then a host
 * shows their names, and probes may be asked for in an image that is not there yet: they are armed
 * when it is loaded, before its first instruction runs.
 *
 * An overlay is an image as well: it is loaded and unloaded at each swap. All images are in one
 * address space, the agent's. With TL_IMAGES only.
 */
struct tl_segment {
	uintptr_t link; /* the address that it was linked for */
	uintptr_t base; /* the address where it is */
	uintptr_t size; /* bytes, not 0 */
};
enum { TL_SEGMENTS = 16, TL_IMAGE_NAME = 15 };
struct tl_image {
	/* As hosts and uprobes call it: 1 to TL_IMAGE_NAME characters, which are letters, digits,
	   '_', '-' or '.'; no two that are there have the same. */
	const char *name;
	const void *build_id; /* its section .note.gnu.build-id, or NULL: not known */
	/* Code and data, in any order, none over another. */
	const struct tl_segment *segments;
	unsigned count; /* of them, 1 to TL_SEGMENTS */
};
/*
 * The image is where it says, its text is written, and none of it has run: probes that wait for it
 * are armed. The object and what it leads to belong to the agent until tl_image_unloading().
 * TL_EINVAL: no name or one that will not do, no segment, too many, an empty one, or such as
 * overlap each other's, another image's or the agent's own; TL_EBUSY: an image of that name is
 * there; TL_EIMAGES: more names than TL_IMAGES; TL_ENOSUP: the agent was built with TL_IMAGES=0.
 * Context: any, privileged, but within a trap; text is patched.
 */
#if TL_IMAGES
int tl_image_loaded(const struct tl_image *image);
#else
static inline int tl_image_loaded(const struct tl_image *image)
{
	(void)image;
	return -TL_ENOSUP;
}
#endif
/*
 * The image is about to go, and nobody is in it or comes back to it. All that is probed in it is
 * forgotten, and its text not written. Probes that were asked for by its name wait for it again;
 * others are gone, as tl_unregister_kprobe() leaves them. TL_ENOENT: it is not there. Context: as
 * above.
 */
#if TL_IMAGES
int tl_image_unloading(const struct tl_image *image);
#else
static inline int tl_image_unloading(const struct tl_image *image)
{
	(void)image;
	return -TL_ENOSUP;
}
#endif

/* Private: a probe's place in an image, which may not be there. */
struct tl_in_image {
	struct tl_in_image *next;
	struct tl_probe *probe;
	const char *name; /* the image's, as a packet asks for it */
	uintptr_t link;
	uintptr_t bases; /* where its segments must be, as one number, if: */
	bool fixed;      /* it has addresses of the image, and is of no use if that is elsewhere */
	uint8_t image;   /* its number, 0: none */
	int16_t error;   /* it was loaded, and the probe was refused: -TL_E… */
};

/*
 * A uprobe: a kprobe that fires in unprivileged code only, and there in one task, if that is said.
 * Its address may be that of code which others run as well. `kp` is as in a kprobe, and its
 * handlers run as those do: privileged, on the stack that the trap was taken on, with the
 * registers of the user. What is not to fire is stepped, and counted; it costs what a hit does.
 */
struct tl_uprobe {
	struct tl_kprobe kp; /* kp.hits: all, whoever was there */
	uintptr_t task;      /* as tl_tasks.id and .current have it, 0: any. `current` is called in
	                        the interrupted context, interrupts as they were */
	uint32_t nfiltered;  /* of kp.hits those for which handlers did not run: in privileged code,
	                        or in another task */
	/* NULL: none is asked for. Else kp.addr and kp.offset are such as the image was linked
	   for, and the probe waits while the image is not there. It fires in privileged code as
	   well if `privileged` says so: not all programs run without privileges. */
	const char *image;
	bool privileged;
	struct tl_in_image in; /* private */
};
/* As tl_register_kprobe(), with its errors, and TL_EINVAL: a task, and tl_set_tasks() has not been
 * called; TL_EIMAGE: the image is there, and has no such address; TL_EIMAGES, TL_ENOSUP: as
 * tl_image_loaded(). Of one that waits only TL_EINVAL, TL_EBUSY, TL_EIMAGES are found now; others
 * when its image is loaded: TL_EVENT_REFUSED, and tl_uprobe_error().
 * tl_enable_kprobe(&up->kp) and tl_disable_kprobe(&up->kp) work. Context: the same. */
int tl_register_uprobe(struct tl_uprobe *up);
/* As tl_unregister_kprobe(). */
int tl_unregister_uprobe(struct tl_uprobe *up);
/* 0: it is where it should be; -TL_EWAITS: its image is not there; -TL_ENOENT: it is not
 * registered; else why it was refused when its image was loaded. Context: any. */
#if TL_IMAGES
int tl_uprobe_error(const struct tl_uprobe *up);
#else
static inline int tl_uprobe_error(const struct tl_uprobe *up)
{
	return up->kp.probe.state ? 0 : -TL_ENOENT;
}
#endif

#endif
