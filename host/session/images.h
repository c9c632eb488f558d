/* SPDX-License-Identifier: MIT */
/*
 * Images: the programs that the firmware has loaded, as the target tells of them, and those that
 * the user has given an ELF of.
 */
#ifndef HOST_IMAGES_H
#define HOST_IMAGES_H

#include "session/attach.h"

struct fetch;

enum { IMAGES_MAX = 64 };

struct image {
	char name[IMAGE_NAME + 1];
	bool there; /* else a probe waits for it */
	uint8_t build_id[SESSION_ID_MAX];
	unsigned build_id_len; /* 0: the firmware does not tell it */
	struct elf_segment segments[SEGMENTS_MAX];
	size_t nsegments;
};
struct images {
	struct image at[IMAGES_MAX];
	size_t n;
	uint32_t changes; /* how often one was loaded or unloaded before */
};

/* All that the target knows of; none where the agent was built without them. 0, a target error or
 * SESSION_LOST. */
int images_read(struct session *, struct images *);
const struct image *images_find(const struct images *, const char *name); /* NULL: not there */

/* Were programs asked for, by NAME=FILE? */
bool images_given(const struct options *);
/* Says of each file of a program where that is. 0, or an exit status after saying why not: the
 * target has no images, or another build of one. */
int images_place(struct session *, const struct options *, struct elf_input inputs[ELFS_MAX]);
/*
 * What has become of programs since their ELFs were opened, if there were others than `*changes`:
 * those that are elsewhere, or not there any more, are marked `gone`, and it is said. `elf` may be
 * NULL. 0 or SESSION_LOST.
 */
int images_follow(struct session *, struct elf *, uint32_t *changes);
/* What a probe records may need addresses of a program's: that must be there, and the probe is of
 * use only while it is there, `*fixed`. DONE, or an exit status after saying why not. */
int images_allow(const struct elf *, const char *probe, const struct fetch *, bool *fixed);

#endif
