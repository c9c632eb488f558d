/* SPDX-License-Identifier: MIT */
/*
 * Lists of ranges and of locations: see relocate_parts.h. Follows DWARF 5, 2.17.3, 2.6.2 and 7.7.3,
 * and DWARF 4, 2.17.3 and 2.6.2. A list may be referred to more than once, or from within: of each
 * entry is noted that it has been patched.
 */
#include "program/relocate_parts.h"

#include <dwarf.h>
#include <stdlib.h>

#include "base/util.h"

/* Entries of DWARF 5, of both kinds of lists. */
enum entry {
	UNKNOWN,
	END,
	BASE_X,
	START_END_X,
	START_LENGTH_X,
	PAIR,
	DEFAULT,
	BASE,
	START_END,
	START_LENGTH,
	VIEW
};
enum { VIEW_PAIR = 9 }; /* DW_LLE_GNU_view_pair */

static const uint8_t range_entries[256] = {
        [DW_RLE_end_of_list] = END,         [DW_RLE_base_addressx] = BASE_X,
        [DW_RLE_startx_endx] = START_END_X, [DW_RLE_startx_length] = START_LENGTH_X,
        [DW_RLE_offset_pair] = PAIR,        [DW_RLE_base_address] = BASE,
        [DW_RLE_start_end] = START_END,     [DW_RLE_start_length] = START_LENGTH,
};
static const uint8_t location_entries[256] = {
        [DW_LLE_end_of_list] = END,           [DW_LLE_base_addressx] = BASE_X,
        [DW_LLE_startx_endx] = START_END_X,   [DW_LLE_startx_length] = START_LENGTH_X,
        [DW_LLE_offset_pair] = PAIR,          [DW_LLE_default_location] = DEFAULT,
        [DW_LLE_base_address] = BASE,         [DW_LLE_start_end] = START_END,
        [DW_LLE_start_length] = START_LENGTH, [VIEW_PAIR] = VIEW,
};

/* -- .debug_addr -- */

/* Where an address stands in the section, if it does. */
static bool find_indexed(const struct relocation *r, const struct list_unit *unit, uint64_t index,
                         size_t *at)
{
	const struct section_bytes *section = &r->debug[DEBUG_ADDR];
	unsigned n = unit->coding.address;

	if (!section->bytes || unit->addr_base > section->n ||
	    index >= (section->n - unit->addr_base) / n)
		return false;
	*at = (size_t)(unit->addr_base + index * n);
	return true;
}

uint64_t indexed_address(const struct relocation *r, const struct list_unit *unit, uint64_t index)
{
	size_t at;

	return find_indexed(r, unit, index, &at)
	               ? number_at(r->debug[DEBUG_ADDR].bytes + at, unit->coding.address)
	               : 0;
}

void relocate_indexed_dead(struct relocation *r, const struct list_unit *unit, uint64_t index)
{
	struct section_bytes *section = &r->debug[DEBUG_ADDR];
	size_t at;

	if (!section->seen)
		section->seen = calloc(section->n / 8 + 1, 1);
	if (section->seen && find_indexed(r, unit, index, &at))
		section->seen[at / 8] |= (uint8_t)(1 << at % 8);
}

/* -- the way through a list -- */

/* One list on the way through it. */
struct walk {
	struct relocation *r;
	const struct list_unit *unit;
	struct section_bytes *section;
	struct list_base base;
	struct cursor c;
	bool locations;
	bool chosen; /* the list has said what its base is */
};

static bool damaged(const struct walk *w)
{
	return relocate_damaged(w->r, w->section->name, w->c.at);
}

/* Has the entry that comes next been patched? From now on it has. */
static bool seen(struct walk *w)
{
	uint8_t *byte = &w->section->seen[w->c.at / 8], bit = (uint8_t)(1 << w->c.at % 8);
	bool was = *byte & bit;

	*byte |= bit;
	return was;
}

/* -- addresses -- */

static const struct elf_segment *segment_from(const struct walk *w, uint64_t start, uint64_t end)
{
	if (!start && w->unit->judge_zero)
		return segment_of_code(w->r, start, end - start);
	if (!start && !w->unit->zero_lives)
		return NULL;
	return start == end ? segment_near(w->r, NULL, start) : segment_at(w->r, start);
}

static void choose_base(struct walk *w, uint64_t addr)
{
	/* As long as it takes: what is thrown away and what is not are bases of like lists. */
	bool zero = !addr && !w->unit->zero_lives && !w->unit->judge_zero;
	const struct elf_segment *s = zero ? NULL : segment_near(w->r, NULL, addr);

	w->base = (struct list_base){addr, shift_of(s), !s};
	w->chosen = true;
}

/* By how much an entry from the base moves beside it. */
static uint64_t move_beside(const struct walk *w, uint64_t start, uint64_t end)
{
	uint64_t mask = mask_of(w->unit->coding.address), from = (w->base.addr + start) & mask;
	const struct elf_segment *s = segment_from(w, from, (w->base.addr + end) & mask);

	return w->base.dead ? 0 : shift_of(s) - w->base.shift;
}

/* Can what is `offset` from the base be told by an offset, still? */
static bool is_ahead(const struct walk *w, uint64_t offset, uint64_t by)
{
	uint64_t mask = mask_of(w->unit->coding.address);
	uint64_t base = (w->base.addr + w->base.shift) & mask;

	return !by || mask == UINT64_MAX || !(w->base.addr || w->base.shift) ||
	       ((w->base.addr + w->base.shift + offset + by) & mask) >= base;
}

/* An address and, of a range, the end, which moves with it. */
static void move_start(struct walk *w, size_t at, size_t end_at, uint64_t length)
{
	unsigned n = w->unit->coding.address;
	uint64_t start = number_at(w->c.bytes + at, n), end = start + length;
	const struct elf_segment *s;

	if (end_at)
		end = number_at(w->c.bytes + end_at, n);
	s = segment_from(w, start, end);
	put_number(w->c.bytes + at, n, start + shift_of(s));
	if (end_at)
		put_number(w->c.bytes + end_at, n, end + shift_of(s));
}

/* -- before DWARF 5 -- */

static void take_location(struct walk *w, uint64_t length)
{
	struct cursor expression = take_part(&w->c, length);

	/* Entries of a damaged list may lie across each other. */
	if (!expression.bad && relocate_step(w->r, length))
		relocate_expression(w->r, &w->unit->coding, expression);
	else
		w->c.bad = true;
}

static bool move_old_pair(struct walk *w, size_t at, uint64_t start, uint64_t end)
{
	unsigned n = w->unit->coding.address;
	uint64_t by;

	if (start == 1 &&
	    end == 1) /* the linker's for what it threw away, as 0 0 would be an end */
		return true;
	by = move_beside(w, start, end);
	if (!is_ahead(w, start, by))
		return relocate_apart(w->r, w->section->name, at);
	put_number(w->c.bytes + at, n, start + by);
	put_number(w->c.bytes + at + n, n, end + by);
	return true;
}

/* False: the list is over, or `ok` is false, too. */
static bool walk_old_entry(struct walk *w, bool *ok)
{
	unsigned n = w->unit->coding.address;
	size_t at = w->c.at;
	uint64_t start = take(&w->c, n), end = take(&w->c, n);

	if (w->c.bad) {
		*ok = damaged(w);
		return false;
	}
	if (!start && !end)
		return false;
	if (start == mask_of(n)) {
		choose_base(w, end);
		put_number(w->c.bytes + at + n, n, end + w->base.shift);
		return true;
	}
	if (w->locations)
		take_location(w, take(&w->c, 2));
	*ok = w->c.bad ? damaged(w) : move_old_pair(w, at, start, end);
	return *ok;
}

/* -- DWARF 5 -- */

/* Where it stands, in as many bytes. */
static bool put_uleb(uint8_t *to, size_t n, uint64_t value)
{
	for (size_t i = 0; i < n; i++, value >>= 7)
		to[i] = (uint8_t)((value & 0x7f) | (i + 1 < n ? 0x80 : 0));
	return !value;
}

static bool move_pair(struct walk *w)
{
	size_t at = w->c.at, middle;
	uint64_t start = take_uleb(&w->c), end, by, mask = mask_of(w->unit->coding.address);

	middle = w->c.at;
	end = take_uleb(&w->c);
	if (w->c.bad)
		return damaged(w);
	by = move_beside(w, start, end);
	if (!by)
		return true;
	if (is_ahead(w, start, by) && put_uleb(w->c.bytes + at, middle - at, (start + by) & mask) &&
	    put_uleb(w->c.bytes + middle, w->c.at - middle, (end + by) & mask))
		return true;
	return relocate_apart(w->r, w->section->name, at);
}

/* The addresses of an entry. */
static bool move_entry(struct walk *w, enum entry entry)
{
	unsigned n = w->unit->coding.address;
	size_t at = w->c.at, second = 0;
	uint64_t first, length = 0;

	switch (entry) {
	case BASE_X:
		choose_base(w, indexed_address(w->r, w->unit, take_uleb(&w->c)));
		return true;
	case START_LENGTH_X:
		first = take_uleb(&w->c);
		length = take_uleb(&w->c);
		if (w->r->at_zero && !indexed_address(w->r, w->unit, first) &&
		    !segment_from(w, 0, length))
			relocate_indexed_dead(w->r, w->unit, first);
		return true;
	case START_END_X:
	case VIEW:
		take_uleb(&w->c);
		take_uleb(&w->c);
		return true;
	case PAIR:
		return move_pair(w);
	case BASE:
		choose_base(w, take(&w->c, n));
		if (!w->c.bad)
			put_number(w->c.bytes + at, n, w->base.addr + w->base.shift);
		return true;
	case START_END:
		take_bytes(&w->c, n);
		second = w->c.at;
		take_bytes(&w->c, n);
		break;
	case START_LENGTH:
		take_bytes(&w->c, n);
		length = take_uleb(&w->c);
		break;
	default:
		return true;
	}
	if (!w->c.bad)
		move_start(w, at, second, length);
	return true;
}

/* False: the list is over, or `ok` is false, too. */
static bool walk_entry(struct walk *w, bool *ok)
{
	uint8_t kind = (uint8_t)take(&w->c, 1);
	enum entry entry = w->locations ? location_entries[kind] : range_entries[kind];

	if (entry == END && !w->c.bad)
		return false;
	*ok = entry == UNKNOWN ? damaged(w) : move_entry(w, entry);
	if (*ok && w->locations && entry != BASE && entry != BASE_X && entry != VIEW)
		take_location(w, take_uleb(&w->c));
	if (*ok && w->c.bad)
		*ok = damaged(w);
	return *ok;
}

/* -- lists -- */

static struct section_bytes *section_of(struct relocation *r, const struct list_unit *unit,
                                        enum list_kind kind)
{
	static const enum debug_section sections[][2] = {
	        [LIST_RANGES] = {DEBUG_RANGES, DEBUG_RNGLISTS},
	        [LIST_LOCATIONS] = {DEBUG_LOC, DEBUG_LOCLISTS},
	};

	return &r->debug[sections[kind][unit->coding.version >= 5]];
}

/* Where the list ends, or what has been patched begins. */
static bool walk_list(struct relocation *r, const struct list_unit *unit, enum list_kind kind,
                      size_t *at)
{
	struct section_bytes *section = section_of(r, unit, kind);
	struct walk w = {.r = r,
	                 .unit = unit,
	                 .section = section,
	                 .base = unit->base,
	                 .c = {.bytes = section->bytes, .at = *at, .end = section->n},
	                 .locations = kind == LIST_LOCATIONS};
	bool ok = true, more = true;

	if (!section->seen)
		section->seen = calloc(section->n / 8 + 1, 1);
	while (more && section->seen && w.c.at < w.c.end && !seen(&w))
		more = unit->coding.version >= 5 ? walk_entry(&w, &ok) : walk_old_entry(&w, &ok);
	*at = w.c.at;
	return ok;
}

bool relocate_list(struct relocation *r, const struct list_unit *unit, enum list_kind kind,
                   uint64_t at)
{
	const struct section_bytes *section = section_of(r, unit, kind);
	size_t from = (size_t)at;

	if (!section->bytes) /* of a file that was split or stripped */
		return true;
	if (at >= section->n)
		return relocate_damaged(r, section->name, section->n);
	return walk_list(r, unit, kind, &from);
}

bool relocate_list_x(struct relocation *r, const struct list_unit *unit, enum list_kind kind,
                     uint64_t index)
{
	const struct section_bytes *section = section_of(r, unit, kind);
	uint64_t base = kind == LIST_RANGES ? unit->rnglists_base : unit->loclists_base;
	unsigned n = unit->coding.offset;

	if (!section->bytes)
		return true;
	if (base > section->n || index >= (section->n - base) / n)
		return relocate_damaged(r, section->name, section->n);
	return relocate_list(r, unit, kind, base + number_at(section->bytes + base + index * n, n));
}

/* -- lists that only a .dwo file refers to -- */

struct open_lists {
	struct list_unit unit;
	uint64_t at;
};

void relocate_lists_from(struct relocation *r, const struct list_unit *unit, uint64_t at)
{
	if (r->nopen % 64 == 0)
		r->open = grow(r->open, r->nopen + 64, sizeof *r->open);
	r->open[r->nopen++] = (struct open_lists){*unit, at};
}

static int by_start(const void *a, const void *b)
{
	const struct open_lists *x = a, *y = b;

	return x->at < y->at ? -1 : x->at > y->at;
}

/* Those up to the next unit's. */
static bool walk_open(struct relocation *r, const struct open_lists *open, uint64_t end)
{
	size_t at = (size_t)open->at, from;

	while (at < end) {
		from = at;
		if (!walk_list(r, &open->unit, LIST_RANGES, &at))
			return false;
		if (at == from) /* patched already: on to the next entry */
			at += (size_t)open->unit.coding.address * 2;
	}
	return true;
}

bool relocate_open_lists(struct relocation *r)
{
	size_t n = r->debug[DEBUG_RANGES].n;

	if (r->nopen)
		qsort(r->open, r->nopen, sizeof *r->open, by_start);
	for (size_t i = 0; i < r->nopen; i++) {
		uint64_t end = i + 1 < r->nopen && r->open[i + 1].at < n ? r->open[i + 1].at : n;

		if (!walk_open(r, &r->open[i], end))
			return false;
	}
	return true;
}
