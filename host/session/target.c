/* SPDX-License-Identifier: MIT */
/*
 * Native and GDB packets as functions: see target.h, and protocol/SPEC.md for every field.
 */
#include "session/target.h"

#include <stdio.h>
#include <string.h>

#include "base/say.h"
#include "base/util.h"
#include "error.h"
#include "expr/fetch.h"
#include "program/danger.h"
#include "record.h"
#include "session/thin.h"

enum {
	ROOTS_MAX = 16,
	NAME_MAX_SENT = 64,
	LONG = 60, /* attempts: the firmware may stand for seconds */
};

const char *step_name(unsigned step)
{
	static const char *const names[] = {
	        [STEP_BOOSTED] = "boosted slot",
	        [STEP_SLOT] = "slot",
	        [STEP_SIMULATED] = "simulated",
	        [STEP_WATCH] = "watchpoint",
	        [STEP_COMPARATOR | STEP_BOOSTED] = "comparator",
	        [STEP_COMPARATOR | STEP_SLOT] = "comparator+slot",
	        [STEP_COMPARATOR | STEP_SIMULATED] = "comparator+simulated",
	        [STEP_FLASH | STEP_BOOSTED] = "flash",
	        [STEP_FLASH | STEP_SLOT] = "flash+slot",
	        [STEP_FLASH | STEP_SIMULATED] = "flash+simulated",
	};

	if (step & STEP_PENDING)
		return "flash (not written)";
	if (step & STEP_WAITS)
		return "waits";
	step &= ~(unsigned)STEP_OVER;
	return step < sizeof names / sizeof *names && names[step] ? names[step] : "?";
}

/* A number that fits, and 0 where the reply ends early. */
static unsigned next(struct reply *r)
{
	uint64_t v = 0;

	reply_number(r, &v);
	return (unsigned)v;
}

/* 0, or why the agent cannot do what it would be asked for. */
static int cannot(const struct session *s, unsigned kind)
{
	if (kind & KIND_WATCH && thin_is(s))
		return E_NO_WATCHES;
	return kind & KIND_RETURN && !(s->target.features & TL_FEATURE_RETURNS) ? E_NO_RETURNS : 0;
}

int target_of_watch(unsigned kind, int result)
{
	if (!(kind & KIND_WATCH))
		return result;
	/* whether it can be, the host has seen before; older agents know no such kind */
	if (result == TL_ENOSUP || result == TL_EINVAL)
		return E_NO_WATCHES;
	return result == TL_EFULL ? E_WATCHES_USED : result == TL_EBUSY ? E_WATCHES_TAKEN : result;
}

static unsigned flash_field(const struct remote_probe *p)
{
	return p->flash ? 4 : 0;
}

/* With what a thin agent needs besides. What it was built for may be taken meanwhile. */
static int ask_to_add(struct session *s, const struct elf *elf, const struct remote_probe *p,
                      struct reply *r)
{
	enum { TRIES = 3, DISABLED = 2, IMAGE = 8, FIXED = 16 };
	char more[16 + THIN_FIELDS] = "";
	int result = TL_EMOVED, at = 0;

	if (p->maxactive || thin_is(s) || *p->image) /* an older agent takes no such field */
		at = snprintf(more, sizeof more, ",%x", p->maxactive);
	if (*p->image && p->fixed)
		at += snprintf(more + at, sizeof more - (size_t)at, ",%llx",
		               (unsigned long long)p->bases);
	if (*p->image) {
		more[at++] = ',';
		format_hex(more + at, (const uint8_t *)p->image, strlen(p->image));
	}
	for (unsigned i = 0; i < TRIES && result == TL_EMOVED; i++) {
		struct thin t;

		result = thin_is(s) ? thin_prepare(s, elf, p->addr, p->kind, &t) : 0;
		if (result)
			return result;
		if (thin_is(s))
			thin_fields(&t, more + at);
		result = session_ask(s, r, "QTl.add", ",%x,%llx,%x,%llx,%x,%x,%x%s", p->id,
		                     (unsigned long long)(*p->image ? p->link : p->addr), p->kind,
		                     (unsigned long long)p->mask, p->every, p->limit,
		                     p->stay | (p->enabled ? 0 : DISABLED) | flash_field(p) |
		                             (*p->image ? IMAGE | (p->fixed ? FIXED : 0) : 0),
		                     more);
	}
	return result;
}

/* A place in a program is told by the program's name, as it was linked. */
static void name_image(const struct session *s, const struct elf *elf, struct remote_probe *p)
{
	const struct elf_file *image =
	        elf && !(p->kind & (KIND_WATCH | KIND_LIVE)) ? elf_image_at(elf, p->addr) : NULL;

	*p->image = 0;
	if (!image || !elf_image_link(image, p->addr, &p->link))
		return;
	p->bases = elf_image_bases(image);
	if (s->target.isa->word == 4)
		p->bases = (uint32_t)p->bases;
	snprintf(p->image, sizeof p->image, "%s", image->image);
}

int target_add(struct session *s, const struct elf *elf, struct remote_probe *p, unsigned *length,
               unsigned *points)
{
	struct reply r;
	int result = cannot(s, p->kind);

	name_image(s, elf, p);
	if (!result)
		result = target_of_watch(p->kind, ask_to_add(s, elf, p, &r));
	if (result)
		return result;
	p->step = next(&r);
	*length = next(&r);
	*points = next(&r);
	return 0;
}

int target_live(struct session *s, unsigned id, uint32_t period_ms)
{
	struct reply r;

	return session_ask(s, &r, "QTl.live", ",%x,%x", id, period_ms);
}

int target_delete(struct session *s, unsigned id, bool *restored)
{
	struct reply r;
	int result = session_ask(s, &r, "QTl.del", ",%x", id);

	*restored = true;
	if (result == TL_ENOENT)
		return 0;
	if (!result)
		*restored = next(&r) != 0;
	return result;
}

int target_enable(struct session *s, unsigned id, bool on)
{
	struct reply r;

	return session_ask(s, &r, "QTl.enable", ",%x,%x", id, on);
}

int target_enable_set(struct session *s, const uint8_t *ids, size_t n, bool on)
{
	unsigned room = (s->target.packet > 64 ? s->target.packet - 40 : 24) /
	                3; /* two digits and a comma each */
	char more[3 * TL_PROBE_MAX + 1];

	for (size_t at = 0; at < n;) {
		size_t end = n - at <= room ? n : at + room;
		unsigned first = ids[at++], length = 0;
		struct reply r;
		int result;

		more[0] = 0;
		for (; at < end; at++)
			length += (unsigned)snprintf(more + length, sizeof more - length, ",%x",
			                             ids[at]);
		result = session_ask(s, &r, "QTl.enable", ",%x,%x%s", first, on, more);
		if (result)
			return result;
	}
	return 0;
}

int target_fetch(struct session *s, unsigned id, const struct fetch *fetch, const char *text)
{
	char hex[SESSION_FRAME_MAX / 2];
	struct reply r;
	unsigned n, more = text ? (unsigned)strlen(text) : 0;
	const uint8_t *code = fetch_code(fetch, &n);
	int result;

	/* name, TAG, id, length, CRC */
	if (2 * (n + more) + 40 > s->target.packet || 2 * (n + more) + 40 > SESSION_FRAME_MAX / 2)
		return E_NO_PROGRAM;
	format_hex(hex, code, n);
	if (more)
		format_hex(hex + 2 * n, (const uint8_t *)text, more);
	result = session_ask(s, &r, "QTl.fetch", ",%x,%x,%s", id, n + more, hex);
	if (!result && next(&r) != fetch_words(fetch))
		result = TL_EPACKET; /* what it makes is not what the host would read */
	return result == TL_EFULL ? E_NO_PROGRAM : result;
}

int target_program(struct session *s, unsigned id, uint8_t to[TARGET_PROGRAM], unsigned *n)
{
	struct reply r;
	int bytes, result = session_ask(s, &r, "qTl.fetch", ",%x", id);

	bytes = result ? 0 : reply_bytes(&r, to, TARGET_PROGRAM);
	*n = bytes > 0 ? (unsigned)bytes : 0;
	return bytes < 0 ? TL_EPACKET : result;
}

int target_stacked(struct session *s, unsigned id, unsigned *bytes)
{
	struct reply r;
	int result = session_ask(s, &r, "qTl.stack", ",%x", id);

	*bytes = result ? 0 : next(&r);
	return result;
}

int target_stack(struct session *s, unsigned id, unsigned bytes)
{
	struct reply r;

	return session_ask(s, &r, "QTl.stack", ",%x,%x", id, bytes);
}

int target_windows(struct session *s, struct window at[WINDOWS_MAX], size_t *n)
{
	char more[WINDOWS_MAX * 34 + 1] = "";
	unsigned length = 0;
	struct reply r;
	int result;

	for (size_t i = 0; i < *n; i++)
		length += (unsigned)snprintf(more + length, sizeof more - length, ",%llx,%llx",
		                             (unsigned long long)at[i].base,
		                             (unsigned long long)at[i].size);
	result = session_ask(s, &r, "QTl.windows", "%s", more);
	*n = 0;
	while (!result && *n < WINDOWS_MAX && reply_number(&r, &at[*n].base) &&
	       reply_number(&r, &at[*n].size))
		++*n;
	return result;
}

int target_set_name(struct session *s, unsigned id, const char *name, unsigned *kept)
{
	char hex[2 * NAME_MAX_SENT + 1] = "";
	struct reply r;
	int result;

	for (unsigned i = 0; i < NAME_MAX_SENT && name[i]; i++)
		snprintf(hex + 2 * i, 3, "%02x", (uint8_t)name[i]);
	result = session_ask(s, &r, "QTl.name", ",%x,%s", id, hex);
	*kept = result ? 0 : next(&r);
	return result;
}

int target_name(struct session *s, unsigned id, char *name, size_t size)
{
	struct reply r;
	int n, result = session_ask(s, &r, "qTl.name", ",%x", id);

	n = result ? 0 : reply_bytes(&r, (uint8_t *)name, size - 1);
	name[n < 0 ? 0 : n] = 0;
	return result;
}

/* The last fields, of a probe in a program. */
static void read_image(const struct elf *elf, struct reply *r, struct remote_probe *p)
{
	const struct elf_file *image;

	if (reply_bytes(r, (uint8_t *)p->image, IMAGE_NAME) <= 0)
		return;
	p->error = (int)next(r);
	p->link = p->addr;
	image = elf ? elf_image(elf, p->image) : NULL;
	if (!image || !elf_image_addr(image, p->link, &p->addr))
		p->addr = 0;
}

int target_next(struct session *s, const struct elf *elf, unsigned after, struct remote_probe *p)
{
	struct reply r;
	uint64_t wide = 0, id;
	int result = session_ask(s, &r, "qTl.next", ",%x", after);

	*p = (struct remote_probe){0};
	if (result)
		return result;
	if (!reply_number(&r, &id) || id > TL_PROBE_MAX || (id && id <= after))
		return TL_EPACKET; /* lists advance, or they would have no end */
	p->id = (unsigned)id;
	if (!p->id)
		return 0;
	reply_number(&r, &p->addr);
	p->kind = next(&r);
	reply_number(&r, &wide);
	p->mask = (uintptr_t)wide;
	p->every = next(&r);
	p->limit = next(&r);
	p->stay = next(&r) != 0;
	p->enabled = next(&r) != 0;
	p->step = next(&r);
	p->counters.hits = next(&r);
	p->counters.recorded = next(&r);
	p->counters.filtered = next(&r);
	p->counters.missed = next(&r);
	p->counters.dropped = next(&r);
	p->maxactive = next(&r);
	read_image(elf, &r, p);
	return 0;
}

/* What a thin agent leaves to the host. */
static int check_thin(struct session *s, const struct elf *elf, struct remote_probe *p,
                      unsigned *length)
{
	struct thin t;
	int result = thin_prepare(s, elf, p->addr, p->kind, &t);

	if (result)
		return result;
	p->step = t.given.boosted ? STEP_BOOSTED : STEP_SLOT;
	*length = t.given.insn.len;
	return 0;
}

int target_check(struct session *s, const struct elf *elf, struct remote_probe *p, unsigned *length)
{
	char more[16] = "";
	struct reply r;
	int result = cannot(s, p->kind);

	if (p->kind & KIND_WATCH)
		snprintf(more, sizeof more, ",%x", p->maxactive);
	else if (p->flash)
		snprintf(more, sizeof more, ",%x", flash_field(p));
	if (!result && elf && elf_is_absent(elf, p->addr)) {
		p->step = STEP_WAITS;
		*length = 0;
		return 0;
	}
	if (!result && thin_is(s))
		return check_thin(s, elf, p, length);
	if (!result)
		result = target_of_watch(p->kind,
		                         session_ask(s, &r, "qTl.check", ",%llx,%x%s",
		                                     (unsigned long long)p->addr, p->kind, more));
	if (result)
		return result;
	p->step = next(&r);
	*length = next(&r);
	return 0;
}

int target_roots(struct session *s, struct danger *danger)
{
	struct reply r;
	uint64_t addr, error;
	int result = session_ask(s, &r, "qTl.roots", "%s", "");

	if (result)
		return result;
	next(&r); /* opaque: the target's own business */
	for (unsigned n = 0; n < ROOTS_MAX && reply_number(&r, &addr) && reply_number(&r, &error);
	     n++)
		danger_root(danger, n, addr, (unsigned)error);
	return 0;
}

int target_comparators(struct session *s, struct target_comparators *c)
{
	struct reply r;
	int result = session_ask(s, &r, "qTl.comparators", "%s", "");

	*c = (struct target_comparators){0};
	if (result)
		return result;
	c->count = next(&r);
	c->used = next(&r);
	c->taken = next(&r) != 0;
	return 0;
}

int target_flash_write(struct session *s, bool add, struct target_flash_write *w)
{
	struct reply r;
	int result = session_try(s, &r, LONG, "QTl.flash", ",%x", add);

	*w = (struct target_flash_write){0};
	if (result)
		return result;
	w->pages = next(&r);
	w->left = next(&r);
	w->ticks = next(&r);
	return 0;
}

int target_flash(struct session *s, struct target_flash *f)
{
	struct reply r;
	int result = session_ask(s, &r, "qTl.flash", "%s", "");

	*f = (struct target_flash){0};
	if (result)
		return result;
	f->copies = next(&r);
	f->used = next(&r);
	f->left = next(&r);
	f->erases = next(&r);
	f->back = next(&r);
	return 0;
}

/* Why no comparator could do what the text did not, and what could. */
static void hint_comparators(const struct target_comparators *c, bool flash, bool is_kernel)
{
	const char *ram = flash ? "say --flash, for its page to be written if the board lets it"
	                        : "link the code to be probed into RAM";

	if (!c->count && !c->taken)
		hint("%s: no comparator of the core can trap there either%s", ram,
		     is_kernel ? "; a kernel's text that takes no writes needs tl_port.write_text"
		               : "");
	else if (c->taken)
		hint("end the debugger on the debug port, which has the core's comparators; or %s",
		     ram);
	else if (c->used >= c->count)
		hint("%u of %u comparators are in use: delete a probe that `trapline list` shows "
		     "with one, or %s",
		     c->used, c->count, ram);
	else
		hint("%s: the core's %u comparators do not reach there", ram, c->count);
}

int target_report(struct session *s, int result, const char *what)
{
	struct target_comparators c;
	struct target_flash f;
	bool flash = false;

	if (result == SESSION_LOST)
		return session_explain(s);
	if (result == SESSION_RESET) {
		fail(LINK, "%s", session_fate_text(s));
		return LINK;
	}
	if (result == TL_EROM) { /* before anything is said: it may take a while */
		target_comparators(s, &c);
		flash = s->target.features & TL_FEATURE_FLASH && !s->writes_flash &&
		        !target_flash(s, &f);
	}
	fail(REFUSED, "%s: %s%s", what, error_text((unsigned)result),
	     result < E_NO_START ? " (said by the target)" : "");
	if (result == TL_EROM)
		hint_comparators(&c, flash, s->target.isa->name[4] == 's');
	else
		hint("%s", error_hint((unsigned)result));
	return REFUSED;
}
