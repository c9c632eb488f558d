/* SPDX-License-Identifier: MIT */
/*
 * Follows code from its start: see layout.h. No recursion: places yet to be seen are kept in a
 * list, each at most once.
 */
#include "program/layout.h"

#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "program/elf.h"
#include "program/isas.h"

enum { BUCKETS = 1024, TARGETS = 4096, PASSES = 16, INSN_MAX = 8, BEFORE = 32 };

/* What a unit, the smallest instruction's bytes, is. */
enum unit {
	NOTHING, /* known of it yet */
	INSN,    /* an instruction begins */
	REST,    /* of that instruction */
	DATA,
	UNKNOWN, /* and will not be */
};

struct layout {
	struct layout *next; /* of its bucket */
	uint64_t start, end;
	unsigned align; /* bytes of a unit */
	uint8_t unit[]; /* enum unit */
};

struct layouts {
	const struct elf *elf;
	struct layout *buckets[BUCKETS];
};

struct range {
	uint64_t addr, bytes; /* 0 bytes: it need not be data */
	uint64_t from;        /* the instruction that refers to it */
	bool kept;            /* it takes the address */
};

struct ranges {
	struct range *at;
	size_t n;
};

struct tables {
	struct tl_flow_table *at;
	size_t n;
};

/* One piece being worked out. */
struct study {
	const struct elf *elf;
	const struct elf_section *section;
	struct layout *to;
	bool strict;   /* no mapping symbols: what is not known to be code is not taken for it */
	bool computed; /* somewhere it jumps to where a register says */
	struct ranges ahead;   /* places to follow the code from */
	struct ranges refers;  /* what it refers to */
	struct ranges fixed;   /* data for sure */
	struct tables tables;  /* of jumps, as instructions tell of them */
	struct ranges targets; /* of computed jumps, as tables elsewhere have them */
};

struct layouts *layouts_open(const struct elf *elf)
{
	struct layouts *l = grow(NULL, 1, sizeof *l);

	*l = (struct layouts){.elf = elf};
	return l;
}

void layouts_close(struct layouts *l)
{
	for (unsigned i = 0; l && i < BUCKETS; i++)
		for (struct layout *at = l->buckets[i], *next; at; at = next) {
			next = at->next;
			free(at);
		}
	free(l);
}

static void push(struct ranges *r, uint64_t addr, uint64_t bytes, uint64_t from)
{
	if (r->n % 64 == 0)
		r->at = grow(r->at, r->n + 64, sizeof *r->at);
	r->at[r->n++] = (struct range){.addr = addr, .bytes = bytes, .from = from};
}

static void push_table(struct study *s, const struct tl_flow_table *table)
{
	if (s->tables.n % 16 == 0)
		s->tables.at = grow(s->tables.at, s->tables.n + 16, sizeof *s->tables.at);
	s->tables.at[s->tables.n++] = *table;
}

static bool inside(const struct study *s, uint64_t addr)
{
	return addr >= s->to->start && addr < s->to->end;
}

static uint8_t *unit(const struct study *s, uint64_t addr)
{
	return &s->to->unit[(addr - s->to->start) / s->to->align];
}

/* The end of the units like the one at `addr`. */
static uint64_t run(const struct study *s, uint64_t addr)
{
	uint8_t kind = *unit(s, addr);

	while (inside(s, addr) && *unit(s, addr) == kind)
		addr += s->to->align;
	return inside(s, addr) ? addr : s->to->end;
}

/* Data, where nothing has been found to be code. */
static void set_data(const struct study *s, uint64_t addr, uint64_t bytes)
{
	uint64_t align = s->to->align, end = addr + bytes;

	for (addr -= addr % align; addr < end; addr += align)
		if (inside(s, addr) && *unit(s, addr) == NOTHING)
			*unit(s, addr) = DATA;
}

static uint32_t word(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static const uint8_t *fetch(void *ctx, uint64_t addr, unsigned n)
{
	const struct elf_section *section = elf_section_at(ctx, addr);

	if (!section || !section->bytes || section->size - (addr - section->addr) < n)
		return NULL;
	return section->bytes + (addr - section->addr);
}

/* The target of a table's entry; false if that is not in this piece, or no place for an
 * instruction. */
static bool entry(const struct study *s, const uint8_t *bytes, const struct tl_flow_table *t,
                  uint64_t *target)
{
	uint64_t mask = s->elf->isa->word == 4 ? UINT32_MAX : UINT64_MAX, value = 0;

	for (unsigned i = 0; i < t->bytes; i++)
		value |= (uint64_t)bytes[i] << 8 * i;
	if (t->is_signed && value >> (8 * t->bytes - 1))
		value |= ~(uint64_t)0 << 8 * t->bytes;
	*target = isa_code_address(s->elf->isa, (t->base + value * t->scale) & mask);
	return *target != t->addr && inside(s, *target) && *target % s->to->align == 0;
}

/* So many entries: each leads to a place in this piece, or it is no such table. */
static void take_entries(struct study *s, const struct tl_flow_table *t)
{
	const uint8_t *bytes = fetch((void *)(uintptr_t)s->elf, t->addr, t->entries * t->bytes);
	uint64_t target;

	for (unsigned i = 0; i < t->entries; i++)
		if (!bytes || !entry(s, bytes + i * t->bytes, t, &target))
			return;
	for (unsigned i = 0; i < t->entries; i++) {
		entry(s, bytes + i * t->bytes, t, &target);
		push(&s->ahead, target, 0, t->addr);
	}
	set_data(s, t->addr, t->entries * t->bytes);
}

/* One of those that the code takes the address of. */
static void find_entries(struct study *s, struct tl_flow_table t)
{
	for (size_t i = 0; i < s->refers.n; i++)
		if (s->refers.at[i].kept) {
			t.addr = s->refers.at[i].addr;
			take_entries(s, &t);
		}
}

/* A table in the text. Nothing says how long it is: it ends where the first code begins that it
 * leads to, at the latest. */
static void take_unbounded(struct study *s, const struct tl_flow_table *t)
{
	uint64_t at = t->addr, end = s->to->end;

	while (at + t->bytes <= end && inside(s, at) &&
	       (*unit(s, at) == NOTHING || *unit(s, at) == DATA)) {
		const uint8_t *bytes = fetch((void *)(uintptr_t)s->elf, at, t->bytes);
		uint64_t target;

		if (!bytes || !entry(s, bytes, t, &target))
			break;
		push(&s->ahead, target, 0, at);
		at += t->bytes;
		if (target >= at && target < end)
			end = target;
	}
	set_data(s, t->addr, at - t->addr);
}

static void take_table(struct study *s, const struct tl_flow_table *t)
{
	if (!t->entries)
		take_unbounded(s, t);
	else if (t->addr)
		take_entries(s, t);
	else
		find_entries(s, *t);
}

/*
 * The bytes before an instruction, for decode(), as far as they are known to be instructions, and
 * of those only where they begin: the rest of one may look like another.
 */
static unsigned before(const struct study *s, uint64_t addr, uint8_t *to)
{
	unsigned align = s->to->align, n = 0;

	while (n + align <= s->elf->isa->text_before && n + align <= BEFORE &&
	       inside(s, addr - n - align)) {
		uint8_t kind = *unit(s, addr - n - align);

		if (kind != INSN && kind != REST)
			break;
		n += align;
		if (kind == INSN)
			memcpy(to - n, s->section->bytes + (addr - n - s->section->addr), align);
		else
			memset(to - n, 0, align);
	}
	return n;
}

/* What the decoder says of an instruction alone: what follows is not known to be code. */
static void decode(const struct study *s, uint64_t addr, unsigned len, struct tl_insn *insn)
{
	uint8_t bytes[BEFORE + INSN_MAX];
	struct tl_text text = {.bytes = bytes + BEFORE, .addr = (uintptr_t)addr, .after = len};

	memcpy(bytes + BEFORE, s->section->bytes + (addr - s->section->addr), len);
	text.before = before(s, addr, bytes + BEFORE);
	s->elf->isa->decode(s->elf->isa, &text, insn);
}

/* One instruction; false: the code does not go on behind it, or there is none. */
static bool take_insn(struct study *s, uint64_t addr, unsigned *len)
{
	const struct tl_isa *isa = s->elf->isa;
	uint64_t left = s->to->end - addr;
	struct tl_text text = {.bytes = s->section->bytes + (addr - s->section->addr),
	                       .addr = (uintptr_t)addr};
	struct tl_flow flow = {0};
	struct tl_insn insn = {0};

	*len = isa->insn_len(text.bytes, left < isa->insn_max ? (unsigned)left : isa->insn_max);
	if (!*len || *len > left || *len > INSN_MAX)
		return false;
	for (unsigned at = isa->insn_align; at < *len; at += isa->insn_align)
		if (*unit(s, addr + at) != NOTHING)
			return false;
	decode(s, addr, *len, &insn);
	text.after = left < UINT16_MAX ? (unsigned)left : UINT16_MAX;
	isa_flow(isa)(&text, &insn, fetch, (void *)(uintptr_t)s->elf, &flow);
	*unit(s, addr) = INSN;
	for (unsigned at = isa->insn_align; at < *len; at += isa->insn_align)
		*unit(s, addr + at) = REST;
	if (flow.goes)
		push(&s->ahead, addr + (uint64_t)flow.goes, 0, addr);
	if (flow.refers && (s->strict || flow.refers != TL_REFERS_KEEPS)) {
		push(&s->refers, flow.addr & (isa->word == 4 ? UINT32_MAX : UINT64_MAX), 0, addr);
		s->refers.at[s->refers.n - 1].bytes =
		        flow.refers == TL_REFERS_KEEPS ? 0 : flow.bytes;
		s->refers.at[s->refers.n - 1].kept = flow.refers != TL_REFERS_READS;
	}
	s->computed |= flow.computed;
	if (flow.table.bytes)
		push_table(s, &flow.table);
	return !flow.stops;
}

static void follow_ahead(struct study *s)
{
	while (s->ahead.n) {
		uint64_t addr = s->ahead.at[--s->ahead.n].addr;
		unsigned len = 0;

		while (inside(s, addr) && addr % s->to->align == 0 && *unit(s, addr) == NOTHING &&
		       !elf_is_data(s->elf, addr) && take_insn(s, addr, &len))
			addr += len;
	}
}

/* Tables come last, since code that is known bounds them. */
static void follow(struct study *s, uint64_t from)
{
	push(&s->ahead, from, 0, from);
	follow_ahead(s);
	while (s->tables.n) {
		const struct tl_flow_table t = s->tables.at[--s->tables.n];

		take_table(s, &t);
		follow_ahead(s);
	}
}

/* What the code reads is data. */
static void take_reads(struct study *s)
{
	for (size_t i = 0; i < s->refers.n; i++)
		if (s->refers.at[i].bytes)
			set_data(s, s->refers.at[i].addr, s->refers.at[i].bytes);
}

/*
 * A table that a computed jump may take its way from: addresses, or distances from the table, of 4
 * bytes. If it lies in this text and ends right where the first code begins that it leads to, then
 * it is one; else what it says must fit.
 */
static void look_for_table(struct study *s, uint64_t addr)
{
	struct tl_flow_table t = {.addr = addr, .bytes = 4, .scale = 1, .is_signed = true};
	const uint8_t *bytes = fetch((void *)(uintptr_t)s->elf, addr, 4);
	uint64_t target, at = addr, end = inside(s, addr) ? s->to->end : UINT64_MAX;
	size_t first = s->targets.n;

	if (!bytes || addr % 4)
		return;
	if (!entry(s, bytes, &t, &target))
		t.base = addr;
	while (s->targets.n < TARGETS && at < end && bytes && entry(s, bytes, &t, &target)) {
		push(&s->targets, target, 0, addr);
		at += 4;
		if (target >= at && target < end)
			end = target;
		bytes = fetch((void *)(uintptr_t)s->elf, at, 4);
	}
	if (at != end || !inside(s, addr))
		return;
	set_data(s, addr, at - addr);
	for (size_t i = first; i < s->targets.n; i++)
		follow(s, s->targets.at[i].addr);
}

static void look_for_tables(struct study *s)
{
	for (size_t i = 0; s->computed && i < s->refers.n; i++) {
		const struct range r = s->refers.at[i];
		const uint8_t *bytes =
		        r.bytes == 4 ? fetch((void *)(uintptr_t)s->elf, r.addr, 4) : NULL;

		if (r.kept)
			look_for_table(s, r.addr);
		else if (bytes)
			look_for_table(s, word(bytes));
	}
	take_reads(s);
}

/* Where `target` lies, nothing is known yet: would it be an instruction, if all of that were
   code? */
static bool fits(const struct study *s, uint64_t target)
{
	const struct tl_isa *isa = s->elf->isa;
	uint64_t at = target, end = run(s, target);
	bool met = false;

	while (at > s->to->start && *unit(s, at - isa->insn_align) == NOTHING)
		at -= isa->insn_align;
	while (at < end) {
		unsigned left = end - at < isa->insn_max ? (unsigned)(end - at) : isa->insn_max;
		unsigned len = isa->insn_len(s->section->bytes + (at - s->section->addr), left);

		met |= at == target;
		if (!len || len > left)
			return false;
		at += len;
	}
	return met;
}

/* Nothing says how long such a table is, so what it leads to is taken only where it fits all that
 * is known. */
static void follow_targets(struct study *s)
{
	bool more = true;

	for (unsigned pass = 0; more && pass < PASSES; pass++) {
		more = false;
		for (size_t i = 0; i < s->targets.n; i++) {
			uint64_t target = s->targets.at[i].addr;

			if (*unit(s, target) != NOTHING || !fits(s, target))
				continue;
			follow(s, target);
			take_reads(s);
			more = true;
		}
	}
}

/* What is left: padding, dead code, data that something else reads or whose address is kept. Nobody
 * knows. */
static void settle(struct study *s)
{
	for (uint64_t at = s->to->start; inside(s, at); at += s->to->align)
		if (*unit(s, at) == NOTHING)
			*unit(s, at) = UNKNOWN;
}

static bool is_code(const struct study *s, const struct range *r)
{
	for (uint64_t at = r->addr; at < r->addr + r->bytes; at += s->to->align)
		if (inside(s, at) && (*unit(s, at) == INSN || *unit(s, at) == REST))
			return true;
	return false;
}

/* What is read and was taken for code: behind a call that does not return there is no code. True if
 * there is more of that. */
static bool find_conflicts(struct study *s)
{
	size_t before = s->fixed.n,
	       units = (size_t)((s->to->end - s->to->start) / s->to->align + 1);
	uint8_t *read = grow(NULL, units, 1);

	memset(read, 0, units);
	for (size_t i = 0; i < s->refers.n; i++)
		for (uint64_t n = 0, at = s->refers.at[i].addr; n < s->refers.at[i].bytes;
		     n += s->to->align)
			if (inside(s, at + n))
				read[(at + n - s->to->start) / s->to->align] = true;
	for (size_t i = 0; i < s->refers.n; i++) {
		const struct range *r = &s->refers.at[i];

		if (r->bytes && is_code(s, r) && !read[(r->from - s->to->start) / s->to->align])
			push(&s->fixed, r->addr, r->bytes, r->from);
	}
	free(read);
	return s->fixed.n > before;
}

static void start_again(struct study *s)
{
	memset(s->to->unit, NOTHING, (s->to->end - s->to->start + s->to->align - 1) / s->to->align);
	for (size_t i = 0; i < s->fixed.n; i++)
		set_data(s, s->fixed.at[i].addr, s->fixed.at[i].bytes);
	s->refers.n = s->targets.n = 0;
	s->computed = false;
}

static void follow_all(struct study *s)
{
	const struct elf_symbol *f;

	follow(s, s->to->start);
	for (f = elf_func_after(s->elf, s->to->start); f && f->addr < s->to->end;
	     f = elf_func_after(s->elf, f->addr))
		follow(s, f->addr);
}

static void study(struct study *s)
{
	follow_all(s);
	for (unsigned pass = 0; pass < PASSES && find_conflicts(s); pass++) {
		start_again(s);
		follow_all(s);
	}
	take_reads(s);
	if (!s->strict)
		return;
	look_for_tables(s);
	follow_targets(s);
	settle(s);
}

const struct layout *layout_of(struct layouts *l, uint64_t start, uint64_t end)
{
	unsigned align = l->elf->isa->insn_align;
	size_t units = (size_t)((end - start + align - 1) / align);
	struct layout **bucket = &l->buckets[start / align % BUCKETS], *found;
	struct study s = {.elf = l->elf, .section = elf_section_at(l->elf, start)};

	for (found = *bucket; found; found = found->next)
		if (found->start == start && found->end == end)
			return found;
	found = grow(NULL, 1, sizeof *found + units);
	*found = (struct layout){.next = *bucket, .start = start, .end = end, .align = align};
	memset(found->unit, NOTHING, units);
	*bucket = s.to = found;
	s.strict = !elf_has_marks(l->elf, s.section);
	study(&s);
	free(s.ahead.at);
	free(s.tables.at);
	free(s.refers.at);
	free(s.fixed.at);
	free(s.targets.at);
	return found;
}

static enum layout_kind kind(uint8_t unit)
{
	if (unit == DATA)
		return LAYOUT_DATA;
	return unit == UNKNOWN ? LAYOUT_UNKNOWN : LAYOUT_CODE;
}

enum layout_kind layout_at(const struct layout *l, uint64_t addr, uint64_t limit, uint64_t *until)
{
	size_t first = (size_t)((addr - l->start) / l->align), n = first;

	/* Code is asked for an instruction at a time. */
	if (kind(l->unit[n]) == LAYOUT_CODE && limit - addr > INSN_MAX)
		limit = addr + INSN_MAX;
	while (l->start + n * l->align < limit && kind(l->unit[n]) == kind(l->unit[first]))
		n++;
	*until = l->start + n * l->align < limit ? l->start + n * l->align : limit;
	return kind(l->unit[first]);
}
