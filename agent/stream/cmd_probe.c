/* SPDX-License-Identifier: MIT */
/*
 * Packets that add, change and list a host's probes. SPEC.md has the fields.
 */
#include "base/util.h"
#include "line/packet.h"
#include "probe/arm.h"
#include "probe/decode.h"
#include "probe/guard.h"
#include "probe/image.h"
#include "stream/sampler.h"
#include "stream/stream.h"

/* The next field as a number in [0, max]; false: missing or larger. */
static bool number(struct tl_args *in, uintptr_t max, uintptr_t *v)
{
	return tl_arg(in, v) && *v <= max;
}

int tl_arg_remote(struct tl_args *in, struct tl_remote **r)
{
	uintptr_t id;

	if (!number(in, TL_PROBE_MAX, &id))
		return -TL_EINVAL;
	*r = tl_remote_find((unsigned)id);
	return *r ? 0 : -TL_ENOENT;
}

static inline bool is_watch(uintptr_t kind)
{
	return TL_WATCHES && kind & TL_KIND_WATCH;
}

/* The kind of a probe that is added: of a place in text, its return, or data. */
static bool kind_arg(struct tl_args *in, uintptr_t *kind)
{
	enum { TEXT = TL_KIND_SNAPSHOT | TL_KIND_RETURN, DATA = TL_KIND_SNAPSHOT | TL_KIND_WATCH };

	return number(in, TL_WATCHES ? DATA : TEXT, kind) &&
	       (!TL_WATCHES || *kind <= TEXT || !(*kind & ~(uintptr_t)DATA));
}

static uintptr_t core_mask(void)
{
	return ((uintptr_t)2 << (tl_arch_isa->ncore - 1)) - 1;
}

#if TL_DECODE
static int add(const struct tl_remote *want, struct tl_args *in, struct tl_remote **out)
{
	(void)in;
	return tl_remote_add(want, out);
}
#else
/* Bytes as a number, the first lowest. */
static bool bytes(struct tl_args *in, unsigned most, uint8_t *n, void *to)
{
	uintptr_t len, value;

	if (!number(in, most, &len) || !len || !number(in, UINT32_MAX, &value))
		return false;
	*n = (uint8_t)len;
	tl_copy(to, &value, sizeof(uint32_t));
	return true;
}

enum {
	BOOSTED = 0x80,
	REWRITTEN = 0x40, /* beside enum tl_insn_flag; of those the ones that may be given: */
	FLAGS = TL_INSN_LEAVES | TL_INSN_LOADS | TL_INSN_PREDICATED | TL_INSN_NO_TRAP,
};

/* What the host has made of the instruction. False: it cannot be that. */
static bool given(struct tl_args *in, struct tl_given *g)
{
	uintptr_t flags;

	tl_zero(g, sizeof *g);
	if (!tl_arg(in, &g->slot) || !number(in, BOOSTED | REWRITTEN | FLAGS, &flags) ||
	    !bytes(in, sizeof g->text, &g->insn.len, g->text) ||
	    !bytes(in, g->insn.len, &g->insn.op, &g->insn.bits) ||
	    tl_arg_bytes(in, g->code, sizeof g->code) > sizeof g->code)
		return false;
	g->insn.verdict = flags & REWRITTEN ? TL_SIMULATE : TL_SLOT;
	g->insn.flags = (uint8_t)(flags & FLAGS);
	g->boosted = flags & BOOSTED;
	return !(flags & ~(uintptr_t)(BOOSTED | REWRITTEN | FLAGS)) &&
	       (tl_arch_isa->skip || !(flags & TL_INSN_PREDICATED));
}

static int add(const struct tl_remote *want, struct tl_args *in, struct tl_remote **out)
{
	struct tl_given g;
	int err;

	if (!given(in, &g))
		return -TL_EINVAL;
	g.addr = tl_code_address(want->addr);
	tl_given = &g;
	err = tl_remote_add(want, out);
	tl_given = 0;
	return err;
}
#endif

/* The last field of QTl.add that has to be there. */
enum {
	STAY = 1,
	DISABLED = 2,
	FLASH = 4,
	IMAGE = 8,
	FIXED = 16,
	STATES = STAY | DISABLED | (TL_FLASH ? FLASH : 0) | (TL_IMAGES ? IMAGE | FIXED : 0),
};

#if TL_IMAGES
TL_RAM(".bss");

/* Where an image must be, if that is said, and its name, if one is. */
static bool image_arg(struct tl_args *in, uintptr_t said, struct tl_remote *want)
{
	static char name[TL_IMAGE_NAME + 1];
	unsigned n;

	want->in.fixed = said & FIXED;
	if (want->in.fixed && (!(said & IMAGE) || !tl_arg(in, &want->in.bases)))
		return false;
	if (!(said & IMAGE))
		return true;
	n = tl_arg_bytes(in, (uint8_t *)name, TL_IMAGE_NAME);
	name[n <= TL_IMAGE_NAME ? n : 0] = 0;
	want->in.name = name;
	return n <= TL_IMAGE_NAME;
}

/* Its address as it is told, and by which it is asked for. */
static uintptr_t address(const struct tl_remote *r, const struct tl_point *pt)
{
	return r->in.image ? tl_code_address(r->addr) : pt ? pt->addr : 0;
}

static void tell_image(const struct tl_remote *r, struct tl_frame_tx *out)
{
	const char *name = r->in.image ? tl_image_name(r->in.image) : "";
	unsigned n = 0;

	while (name[n])
		n++;
	if (!n)
		return;
	tl_frame_put(out, ',');
	tl_frame_bytes(out, (const uint8_t *)name, n);
	tl_field(out, (uintptr_t)-r->in.error);
}
#else
static bool image_arg(struct tl_args *in, uintptr_t said, struct tl_remote *want)
{
	(void)in, (void)said, (void)want;
	return true;
}

static uintptr_t address(const struct tl_remote *r, const struct tl_point *pt)
{
	(void)r;
	return pt ? pt->addr : 0;
}

static void tell_image(const struct tl_remote *r, struct tl_frame_tx *out)
{
	(void)r, (void)out;
}
#endif

int tl_packet_add(struct tl_args *in, struct tl_frame_tx *out)
{
	uintptr_t id, addr, kind, select, every, limit, stay, active = 0;
	struct tl_remote want, *r;
	const struct tl_point *pt;
	int err;

	tl_zero(&want, sizeof want);
	if (!number(in, TL_PROBE_MAX, &id) || !id || !tl_arg(in, &addr) || !kind_arg(in, &kind) ||
	    !number(in, core_mask(), &select) || !number(in, UINT32_MAX, &every) ||
	    !number(in, UINT32_MAX, &limit) || !number(in, STATES, &stay) ||
	    (in->at < in->end && !tl_arg(in, &active)) || !image_arg(in, stay, &want))
		return -TL_EINVAL;
	if (!TL_RETURN && kind & TL_KIND_RETURN)
		return -TL_ENOSUP;
	if (is_watch(kind) && (active > sizeof addr || (TL_IMAGES && stay & IMAGE)))
		return -TL_EINVAL;
	if (active > TL_RETURNS && !is_watch(kind))
		return -TL_EACTIVE;
	want.id = (uint8_t)id;
	want.addr = addr;
	want.kind = (uint8_t)kind;
	want.select = select ? select : core_mask();
	want.every = every ? (uint32_t)every : 1;
	want.limit = (uint32_t)limit;
	want.stay = stay & STAY;
	want.disabled = stay & DISABLED;
	if (TL_FLASH)
		want.flash = stay & FLASH;
	want.active = active || is_watch(kind) ? (uint8_t)active : TL_RETURN_ACTIVE;
	err = add(&want, in, &r);
	if (err)
		return err;
	pt = TL_IMAGES ? tl_remote_point(r) : tl_point_of(&r->probe);
	tl_field(out, !TL_IMAGES || pt ? tl_point_how(pt) : TL_STEP_WAITS);
	tl_field(out, is_watch(kind) ? active : !TL_IMAGES || pt ? pt->insn.len : 0);
	tl_field(out, tl_points_used());
	return 0;
}

int tl_packet_del(struct tl_args *in, struct tl_frame_tx *out)
{
	struct tl_remote *r;
	int err = tl_arg_remote(in, &r);
	bool none = !err && (tl_is_sampler(r) || tl_probe_waits(&r->probe));

	if (!err)
		err = tl_remote_del(r);
	if (!err)
		tl_field(out, none || tl_point_of(&r->probe)->state != TL_POINT_LIVE);
	return err;
}

static int set(struct tl_remote *r, bool on)
{
	return tl_is_sampler(r) ? tl_sampler_enable(r, on) : tl_probe_enable(&r->probe, on);
}

/* Every probe that is named, or none. False: one is not there, or the packet is malformed, as *err
 * says. */
static bool all_there(struct tl_args in, int *err)
{
	struct tl_remote *r;

	for (*err = 0; !*err && in.at < in.end;)
		*err = tl_arg_remote(&in, &r);
	return !*err;
}

/* Several at once, interrupts locked out: so they begin, and end, to count at one moment. */
int tl_packet_enable(struct tl_args *in, struct tl_frame_tx *out)
{
	struct tl_remote *r, *first;
	struct tl_args again;
	uintptr_t on, lock;
	int err = tl_arg_remote(in, &first);

	(void)out;
	if (err)
		return err;
	if (!number(in, 1, &on))
		return -TL_EINVAL;
	again = *in;
	if (!all_there(*in, &err))
		return err;
	lock = tl_arch_lock();
	err = set(first, on);
	while (!err && in->at < in->end && !tl_arg_remote(in, &r))
		err = set(r, on);
	if (err &&
	    on) { /* that one is disabled still, or could not be restored, which is said, too */
		set(first, false);
		while (again.at < in->at && !tl_arg_remote(&again, &r))
			set(r, false);
	}
	tl_arch_unlock(lock);
	return err;
}

int tl_packet_arm(struct tl_args *in, struct tl_frame_tx *out)
{
	uintptr_t on;

	(void)out;
	if (!number(in, 1, &on))
		return -TL_EINVAL;
	if (on)
		tl_arm_all();
	else
		tl_disarm_all();
	return 0;
}

enum { NAME_MAX = 64 }; /* bytes of a name that a host gives */
_Static_assert(TL_NAME <= NAME_MAX, "TL_NAME");

/* What does not fit is cut off. */
int tl_packet_set_name(struct tl_args *in, struct tl_frame_tx *out)
{
	uint8_t name[NAME_MAX];
	struct tl_remote *r;
	int err = tl_arg_remote(in, &r);
	unsigned n;

	if (err)
		return err;
	n = tl_arg_bytes(in, name, sizeof name);
	if (n > sizeof name)
		return -TL_EINVAL;
	n = n > TL_NAME ? TL_NAME : n;
#if TL_NAME
	tl_zero(r->name, TL_NAME);
	tl_copy(r->name, name, n);
#endif
	tl_field(out, n);
	return 0;
}

int tl_packet_name(struct tl_args *in, struct tl_frame_tx *out)
{
	struct tl_remote *r;
	int err = tl_arg_remote(in, &r);

	if (err)
		return err;
	tl_frame_put(out, ',');
#if TL_NAME
	unsigned n = 0;

	while (n < TL_NAME && r->name[n])
		n++;
	tl_frame_bytes(out, r->name, n);
#endif
	return 0;
}

int tl_packet_next(struct tl_args *in, struct tl_frame_tx *out)
{
	const struct tl_remote *r = 0;
	uintptr_t id;

	if (!number(in, TL_PROBE_MAX, &id))
		return -TL_EINVAL;
	while (!r && ++id <= TL_PROBE_MAX)
		r = tl_remote_find((unsigned)id);
	if (!r) {
		tl_field(out, 0);
		return 0;
	}
	const struct tl_point *pt = tl_remote_point(r);
	bool sampler = TL_IMAGES ? tl_is_sampler(r) : !pt;
	const uintptr_t fields[] = {
	        r->id,
	        address(r, pt),
	        r->kind,
	        sampler ? 0 : r->select,
	        r->every,
	        r->limit,
	        r->stay,
	        !!(r->probe.state & TL_PROBE_ENABLED),
	        pt                      ? tl_point_how(pt)
	        : !TL_IMAGES || sampler ? 0u
	                                : TL_STEP_WAITS,
	        tl_remote_hits(r),
	        r->probe.hits,
	        r->filtered,
	        r->missed,
	        r->dropped,
	        r->kind & TL_KIND_RETURN || is_watch(r->kind) ? r->active : 0,
	};
	for (unsigned i = 0; i < sizeof fields / sizeof fields[0]; i++)
		tl_field(out, fields[i]);
	tell_image(r, out);
	return 0;
}

#if TL_COMPARATORS
int tl_packet_comparators(struct tl_args *in, struct tl_frame_tx *out)
{
	struct tl_comparators c = tl_arch_comparators();

	(void)in;
	tl_field(out, c.count);
	tl_field(out, c.used);
	tl_field(out, c.taken);
	return 0;
}
#endif

int tl_packet_roots(struct tl_args *in, struct tl_frame_tx *out)
{
	(void)in;
	tl_guard_settle();
	tl_field(out, tl_ticks_opaque);
	for (unsigned i = 0; i < 1 + TL_ARCH_ROOTS; i++) {
		struct tl_root r = tl_guard_root(i);

		tl_field(out, r.entry);
		tl_field(out, r.error);
	}
	return 0;
}

#if TL_DECODE
#if TL_WATCHES
/* One that nobody hears of is added, and gone. */
static int check_watch(uintptr_t addr, uintptr_t kind, uintptr_t bytes, struct tl_frame_tx *out)
{
	struct tl_remote trial;
	int err;

	if (bytes > sizeof addr)
		return -TL_EINVAL;
	tl_zero(&trial, sizeof trial);
	trial.addr = addr;
	trial.kind = (uint8_t)kind;
	trial.active = (uint8_t)bytes;
	err = tl_remote_try(&trial);
	if (err)
		return err;
	tl_field(out, TL_STEP_WATCH);
	tl_field(out, bytes);
	return 0;
}
#else
static int check_watch(uintptr_t addr, uintptr_t kind, uintptr_t bytes, struct tl_frame_tx *out)
{
	(void)addr, (void)kind, (void)bytes, (void)out;
	return 0; /* not called */
}
#endif

int tl_packet_check(struct tl_args *in, struct tl_frame_tx *out)
{
	uintptr_t addr, kind = TL_KIND_COUNT, more = 0;
	struct tl_insn insn;
	int step;

	if (!tl_arg(in, &addr) || (in->at < in->end && !kind_arg(in, &kind)) ||
	    ((TL_FLASH || is_watch(kind)) &&
	     (in->at < in->end ? !tl_arg(in, &more) : is_watch(kind))))
		return -TL_EINVAL;
	if (is_watch(kind))
		return check_watch(addr, kind, more, out);
	step = tl_arm_check(tl_code_address(addr), kind & TL_KIND_RETURN, more & FLASH, &insn);
	if (step < 0)
		return step;
	tl_field(out, (uintptr_t)step);
	tl_field(out, insn.len);
	return 0;
}
#else
int tl_packet_slot(struct tl_args *in, struct tl_frame_tx *out)
{
	uintptr_t addr, slot;
	int err;

	if (!tl_arg(in, &addr))
		return -TL_EINVAL;
	err = tl_slot_for(tl_code_address(addr), &slot);
	if (!err)
		tl_field(out, slot);
	return err;
}
#endif
