/* SPDX-License-Identifier: MIT */
/*
 * See images.h. An image may change while it is read: each answer says how often one has, and then
 * it is read again.
 */
#include "session/images.h"

#include <stdlib.h>
#include <string.h>

#include "base/say.h"
#include "base/util.h"
#include "error.h"
#include "expr/fetch.h"
#include "session/match.h"
#include "session/target.h"

enum { CHANGED = -100, TRIES = 20 }; /* in place of a result: read it again */

/* The answer's first field. */
static bool is_same(struct reply *r, uint32_t changes)
{
	uint64_t now;

	return reply_number(r, &now) && (uint32_t)now == changes;
}

static bool read_segment(struct reply *r, struct elf_segment *to)
{
	return reply_number(r, &to->link) && reply_number(r, &to->base) &&
	       reply_number(r, &to->size);
}

/* The first ones are in `r`, the others have packets of their own. */
static int read_segments(struct session *s, unsigned number, struct image *image, struct reply *r,
                         uint32_t changes)
{
	size_t i = 0;

	while (i < image->nsegments && read_segment(r, &image->segments[i]))
		i++;
	for (; i < image->nsegments; i++) {
		struct reply one;
		int result = session_ask(s, &one, "qTl.segment", ",%x,%x", number, (unsigned)i);

		if (result == TL_ENOENT)
			return CHANGED;
		if (result)
			return result;
		if (!is_same(&one, changes))
			return CHANGED;
		if (!read_segment(&one, &image->segments[i]))
			return TL_EPACKET;
	}
	return 0;
}

/* TL_ENOENT: there are no more. */
static int read_image(struct session *s, unsigned number, struct images *to)
{
	struct image *image = &to->at[to->n];
	struct reply r;
	uint64_t changes, segments;
	int n, result = session_ask(s, &r, "qTl.image", ",%x", number);

	if (result)
		return result;
	*image = (struct image){0};
	if (!reply_number(&r, &changes))
		return TL_EPACKET;
	to->changes = (uint32_t)changes;
	n = reply_bytes(&r, (uint8_t *)image->name, IMAGE_NAME);
	if (n < 0 || !reply_number(&r, &segments) || segments > SEGMENTS_MAX)
		return TL_EPACKET;
	image->nsegments = segments;
	image->there = segments;
	n = n ? reply_bytes(&r, image->build_id, sizeof image->build_id) : 0;
	image->build_id_len = n > 0 ? (unsigned)n : 0;
	if (!*image->name)
		return 0;
	to->n++;
	return read_segments(s, number, image, &r, to->changes);
}

int images_read(struct session *s, struct images *to)
{
	int result = 0;

	*to = (struct images){0};
	if (!(s->target.features & TL_FEATURE_IMAGES))
		return 0;
	for (unsigned number = 1; !result && number <= IMAGES_MAX; number++) {
		size_t n = to->n;

		result = CHANGED;
		for (unsigned i = 0; i < TRIES && result == CHANGED; i++) {
			to->n = n;
			result = read_image(s, number, to);
		}
		if (result == CHANGED) {
			to->n = n; /* it comes and goes: it is as little there as not */
			result = 0;
		}
	}
	return result == TL_ENOENT ? 0 : result;
}

const struct image *images_find(const struct images *images, const char *name)
{
	for (size_t i = 0; i < images->n; i++)
		if (images->at[i].there && strcmp(images->at[i].name, name) == 0)
			return &images->at[i];
	return NULL;
}

/* -- the user's files -- */

bool images_given(const struct options *o)
{
	for (size_t i = 0; i < o->nelfs; i++)
		if (o->elfs[i].image)
			return true;
	return false;
}

/* By build-id, where both have one. */
static int same_build(const struct options *o, const struct elf_input *input,
                      const struct image *image)
{
	char *ours, *theirs;
	struct elf_file file;
	int status = elf_file_open(&file, input, NULL);

	if (!status && file.build_id_len && image->build_id_len &&
	    (file.build_id_len != image->build_id_len ||
	     memcmp(file.build_id, image->build_id, file.build_id_len) != 0)) {
		theirs = short_id(image->build_id, image->build_id_len);
		ours = short_id(file.build_id, file.build_id_len);
		status = mismatch(o, format_string("the program that runs as %s is build-id %s, %s "
		                                   "is %s",
		                                   image->name, theirs, file.name, ours));
		free(theirs);
		free(ours);
	}
	elf_file_close(&file);
	return status;
}

int images_place(struct session *s, const struct options *o, struct elf_input inputs[ELFS_MAX])
{
	struct images images;
	int result = 0, status = DONE;

	memcpy(inputs, o->elfs, sizeof o->elfs);
	if (!images_given(o))
		return DONE;
	if (!(s->target.features & TL_FEATURE_IMAGES)) {
		fail(REFUSED, "the target tells of no programs that its firmware loads");
		hint("build the agent with -DTL_IMAGES=N, and let the firmware call "
		     "tl_image_loaded(): README, Programs that firmware loads");
		return REFUSED;
	}
	result = images_read(s, &images);
	if (result)
		return target_report(s, result, "reading the list of images");
	for (size_t i = 0; i < o->nelfs && !status; i++) {
		const struct image *image =
		        inputs[i].image ? images_find(&images, inputs[i].image) : NULL;

		inputs[i].offline = false;
		if (!image)
			continue;
		status = same_build(o, &inputs[i], image);
		inputs[i].there = true;
		inputs[i].nsegments = image->nsegments;
		memcpy(inputs[i].segments, image->segments, sizeof image->segments);
	}
	return status;
}

/* -- while a command runs -- */

static bool is_where_it_was(const struct elf_file *f, const struct image *image)
{
	if (!image || image->nsegments != f->nsegments)
		return false;
	for (size_t i = 0; i < f->nsegments; i++)
		if (image->segments[i].link != f->segments[i].link ||
		    image->segments[i].base != f->segments[i].base)
			return false;
	return true;
}

/* Those that were not there stay where their probes have put them. */
static void follow(struct elf_file *f, const struct image *image)
{
	bool gone = f->there && !is_where_it_was(f, image);
	unsigned long long at = image ? image->segments[0].base : 0;

	if (!image)
		chat("%s is unloaded", f->image);
	else if (gone && !f->gone)
		note("%s is loaded elsewhere, at 0x%08llx: its code is shown without names",
		     f->image, at);
	else
		chat("%s is loaded, at 0x%08llx", f->image, at);
	f->gone = gone;
}

int images_follow(struct session *s, struct elf *elf, uint32_t *changes)
{
	struct images images;
	int result;

	if (!elf || s->image_changes == *changes)
		return 0;
	result = images_read(s, &images);
	if (result)
		return result == SESSION_LOST ? result : 0; /* the next time */
	*changes = images.changes;
	for (size_t i = 0; i < elf->nfiles; i++)
		if (elf->files[i].image)
			follow(&elf->files[i], images_find(&images, elf->files[i].image));
	return 0;
}

int images_allow(const struct elf *elf, const char *probe, const struct fetch *fetch, bool *fixed)
{
	unsigned at = 0;
	uint64_t addr;

	*fixed = false;
	while (elf && fetch && fetch_next_constant(fetch, &at, &addr)) {
		const struct elf_file *image = elf_image_at(elf, addr);

		if (image && !image->there) {
			fail(REFUSED, "%s: it needs variables of %s, which have no address yet",
			     probe, image->image);
			hint("%s is not loaded: ask when it is, or only for parameters and local "
			     "variables",
			     image->image);
			return REFUSED;
		}
		*fixed |= image != NULL;
	}
	return DONE;
}
