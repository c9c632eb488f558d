/* SPDX-License-Identifier: MIT */
/*
 * Images: see image.h. An image has a number as long as anybody knows it by name. Its probes are in
 * one list, waiting or not.
 */
#include "probe/image.h"

#include "base/util.h"
#include "probe/text.h"

TL_RAM(".bss");

#if TL_IMAGES

_Static_assert(TL_IMAGES <= 64 && TL_DECODE, "TL_IMAGES");

static struct known {
	const struct tl_image *image; /* NULL: it is not there */
	char name[TL_IMAGE_NAME + 1];
} known[TL_IMAGES];
static struct tl_in_image *probes;
uint32_t tl_image_changes;

/* ---- names ---- */

static bool may_name(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       c == '_' || c == '-' || c == '.';
}

/* How long a name is; 0: it will not do. */
static unsigned length(const char *name)
{
	unsigned n = 0;

	if (name)
		while (n <= TL_IMAGE_NAME && may_name(name[n]))
			n++;
	return name && n <= TL_IMAGE_NAME && !name[n] ? n : 0;
}

static bool is_wanted(unsigned number)
{
	for (const struct tl_in_image *in = probes; in; in = in->next)
		if (in->image == number)
			return true;
	return known[number - 1].image;
}

const char *tl_image_name(unsigned number)
{
	return is_wanted(number) ? known[number - 1].name : "";
}

const struct tl_image *tl_image_of(unsigned number)
{
	return known[number - 1].image;
}

unsigned tl_image_number(const char *name)
{
	unsigned n = length(name);

	for (unsigned i = 1; n && i <= TL_IMAGES; i++)
		if (tl_same(known[i - 1].name, name, n + 1) && is_wanted(i))
			return i;
	return 0;
}

/* The number that it has, or that nobody asks for. */
static int take(const char *name)
{
	unsigned number = tl_image_number(name), n = length(name);

	if (!n)
		return -TL_EINVAL;
	for (unsigned i = 1; !number && i <= TL_IMAGES; i++)
		if (!is_wanted(i)) {
			tl_zero(known[i - 1].name, sizeof known->name);
			tl_copy(known[i - 1].name, name, n);
			number = i;
		}
	return number ? (int)number : -TL_EIMAGES;
}

/* ---- places ---- */

uintptr_t tl_image_place(const struct tl_image *image, uintptr_t link)
{
	for (unsigned i = 0; i < image->count; i++) {
		const struct tl_segment *s = &image->segments[i];

		if (link - s->link < s->size)
			return s->base + (link - s->link);
	}
	return 0;
}

uintptr_t tl_image_bases(const struct tl_image *image)
{
	uintptr_t sum = 0;

	for (unsigned i = 0; i < image->count; i++)
		sum += (i + 1) * (image->segments[i].base - image->segments[i].link);
	return sum;
}

static bool overlap(uintptr_t a, uintptr_t an, uintptr_t b, uintptr_t bn)
{
	return a - b < bn || b - a < an;
}

static bool overlaps_any(const struct tl_segment *s, const struct tl_image *image, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		const struct tl_segment *t = &image->segments[i];

		if (overlap(s->base, s->size, t->base, t->size))
			return true;
	}
	return false;
}

static bool overlaps_another(const struct tl_segment *s)
{
	for (unsigned i = 0; i < TL_IMAGES; i++)
		if (known[i].image && overlaps_any(s, known[i].image, known[i].image->count))
			return true;
	return tl_agents_own(s->base) || tl_agents_own(s->base + (s->size - 1)) ||
	       tl_agents_ram(s->base, (unsigned)s->size);
}

static bool will_do(const struct tl_image *image)
{
	if (!image->segments || !image->count || image->count > TL_SEGMENTS)
		return false;
	for (unsigned i = 0; i < image->count; i++) {
		const struct tl_segment *s = &image->segments[i];

		if (!s->size || s->base + (s->size - 1) < s->base ||
		    s->link + (s->size - 1) < s->link || overlaps_any(s, image, i) ||
		    overlaps_another(s))
			return false;
		for (unsigned j = 0; j < i; j++)
			if (overlap(s->link, s->size, image->segments[j].link,
			            image->segments[j].size))
				return false;
	}
	return true;
}

/* ---- probes ---- */

enum { DUE = 1 }; /* in place of an error: it is to be armed */

/* With what it has counted so far. */
static int arm(struct tl_in_image *in, const struct tl_image *image)
{
	enum { WHERE = TL_PROBE_REGISTERED | TL_PROBE_WAITS | TL_PROBE_ENABLED };
	uintptr_t at = tl_image_place(image, in->link);
	struct tl_probe *p = in->probe;
	uint32_t hits = p->hits;
	uint8_t state = p->state;
	int err = -TL_EIMAGE;

	if (in->fixed && tl_image_bases(image) != in->bases)
		return in->error = -TL_EELSEWHERE;
	p->state = 0;
	p->hits = 0;
	if (at)
		err = tl_probe_add(p, p->front, at, state & ~(unsigned)WHERE,
		                   !(state & TL_PROBE_ENABLED));
	p->hits += hits;
	if (err)
		p->state = state;
	in->error = (int16_t)err;
	return err;
}

static void wait(struct tl_probe *p, unsigned state)
{
	p->state = (uint8_t)(state | TL_PROBE_REGISTERED | TL_PROBE_WAITS);
}

static int add(struct tl_in_image *in, struct tl_probe *p, const char *image)
{
	int number = take(image), err = 0;

	if (number < 0)
		return number;
	in->probe = p;
	in->image = (uint8_t)number;
	in->error = 0;
	in->next = probes;
	if (known[number - 1].image)
		err = arm(in, known[number - 1].image);
	if (err)
		in->image = 0;
	else
		probes = in;
	return err;
}

int tl_image_probe_add(struct tl_in_image *in, struct tl_probe *p, const struct tl_front *front,
                       const char *image, uintptr_t link, unsigned state, bool disabled)
{
	uintptr_t lock;
	int err;

	if (p->state & TL_PROBE_REGISTERED)
		return -TL_EBUSY;
	lock = tl_arch_lock();
	p->front = front;
	p->hits = 0;
	wait(p, state | (disabled ? 0 : TL_PROBE_ENABLED));
	in->link = link;
	err = add(in, p, image);
	if (err)
		p->state = 0;
	tl_arch_unlock(lock);
	return err;
}

int tl_image_probe_remove(struct tl_in_image *in, struct tl_probe *p)
{
	uintptr_t lock = tl_arch_lock();
	struct tl_in_image **at = &probes;
	int err;

	while (*at && *at != in)
		at = &(*at)->next;
	if (*at)
		*at = in->next;
	in->image = 0;
	err = tl_probe_remove(p);
	tl_arch_unlock(lock);
	return err;
}

static bool is_in_image(const struct tl_probe *p)
{
	const struct tl_in_image *in = probes;

	while (in && in->probe != p)
		in = in->next;
	return in;
}

/* Its text stays as it is, and nobody is in its slot. */
static void abandon(struct tl_point *pt)
{
	pt->bared = true; /* so that nothing arms it while its probes leave */
	if (pt->armed == TL_ARMED_BREAK || pt->armed == TL_ARMED_JUMP)
		pt->armed = TL_ARMED_NOT;
	while (pt->probes) {
		struct tl_probe *p = pt->probes;
		uint8_t state = p->state;

		tl_probe_remove(p);
		if (is_in_image(p))
			wait(p, state);
	}
	tl_point_free(pt);
}

static void abandon_all(const struct tl_segment *s)
{
	for (struct tl_point *pt = tl_table.points; pt < tl_table.points + TL_POINTS; pt++) {
		uintptr_t lock = tl_arch_lock();

		if (pt->state != TL_POINT_FREE && pt->addr - s->base < s->size)
			abandon(pt);
		tl_arch_unlock(lock);
	}
}

/* ---- what the firmware tells ---- */

static int take_loaded(const struct tl_image *image)
{
	int number = will_do(image) ? take(image->name) : -TL_EINVAL;

	if (number < 0)
		return number;
	if (known[number - 1].image)
		return -TL_EBUSY;
	known[number - 1].image = image;
	tl_image_changes++;
	for (struct tl_in_image *in = probes; in; in = in->next)
		if (in->image == number)
			in->error = DUE;
	return number;
}

/* One by one, so that interrupts are let in between. */
static bool arm_next(int number, const struct tl_image *image)
{
	uintptr_t lock = tl_arch_lock();
	struct tl_in_image *in = probes;

	while (in && (in->image != number || in->error != DUE))
		in = in->next;
	if (in)
		arm(in, image);
	tl_arch_unlock(lock);
	return in;
}

int tl_image_loaded(const struct tl_image *image)
{
	uintptr_t lock = tl_arch_lock();
	int number = take_loaded(image);

	tl_arch_unlock(lock);
	if (number < 0)
		return number;
	while (arm_next(number, image))
		;
	return 0;
}

int tl_image_unloading(const struct tl_image *image)
{
	unsigned number = tl_image_number(image->name);
	uintptr_t lock;

	if (!number || known[number - 1].image != image)
		return -TL_ENOENT;
	for (unsigned i = 0; i < image->count; i++)
		abandon_all(&image->segments[i]);
	lock = tl_arch_lock();
	known[number - 1].image = 0;
	tl_image_changes++;
	for (struct tl_in_image *in = probes; in; in = in->next)
		if (in->image == number)
			in->error = 0;
	tl_arch_unlock(lock);
	return 0;
}

#endif
