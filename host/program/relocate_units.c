/* SPDX-License-Identifier: MIT */
/*
 * .debug_info and .debug_types: see relocate_parts.h. Follows DWARF 5, 7.5, and the earlier
 * versions.
 *
 * The end of a range moves with its start, whatever lies behind it. What else may be an end (where
 * a call returns to) moves by preference with the function that was begun last.
 */
#include <dwarf.h>
#include <stdlib.h>
#include <string.h>

#include "program/abbrevs.h"
#include "program/relocate_parts.h"

/* -- forms -- */

/* What a value is, as far as it matters here. */
enum value_kind { OTHER, ADDRESS, ADDRESS_X, BLOCK, EXPRESSION, NUMBER, OFFSET, LIST_X };
struct value {
	enum value_kind kind;
	size_t at, n; /* its bytes */
	uint64_t number;
};

/*
 * Of each form what it is and how long. 0 1 2 3 4 8 g (16): so many bytes; a: an address; o: an
 * offset; r: an offset, in DWARF 2 an address; u: a LEB128; s: a text; b c d e: a LEB128 or 1, 2, 4
 * bytes, and so many more.
 */
struct form {
	char length;
	enum value_kind kind;
};
static const struct form forms[DW_FORM_addrx4 + 1] = {
        [DW_FORM_addr] = {'a', ADDRESS},         [DW_FORM_block2] = {'d', BLOCK},
        [DW_FORM_block4] = {'e', BLOCK},         [DW_FORM_data2] = {'2', NUMBER},
        [DW_FORM_data4] = {'4', NUMBER},         [DW_FORM_data8] = {'8', NUMBER},
        [DW_FORM_string] = {'s', OTHER},         [DW_FORM_block] = {'b', BLOCK},
        [DW_FORM_block1] = {'c', BLOCK},         [DW_FORM_data1] = {'1', NUMBER},
        [DW_FORM_flag] = {'1', OTHER},           [DW_FORM_sdata] = {'u', OTHER},
        [DW_FORM_strp] = {'o', OTHER},           [DW_FORM_udata] = {'u', NUMBER},
        [DW_FORM_ref_addr] = {'r', OTHER},       [DW_FORM_ref1] = {'1', OTHER},
        [DW_FORM_ref2] = {'2', OTHER},           [DW_FORM_ref4] = {'4', OTHER},
        [DW_FORM_ref8] = {'8', OTHER},           [DW_FORM_ref_udata] = {'u', OTHER},
        [DW_FORM_sec_offset] = {'o', OFFSET},    [DW_FORM_exprloc] = {'b', EXPRESSION},
        [DW_FORM_flag_present] = {'0', OTHER},   [DW_FORM_strx] = {'u', OTHER},
        [DW_FORM_addrx] = {'u', ADDRESS_X},      [DW_FORM_ref_sup4] = {'4', OTHER},
        [DW_FORM_strp_sup] = {'o', OTHER},       [DW_FORM_data16] = {'g', OTHER},
        [DW_FORM_line_strp] = {'o', OTHER},      [DW_FORM_ref_sig8] = {'8', OTHER},
        [DW_FORM_implicit_const] = {'0', OTHER}, [DW_FORM_loclistx] = {'u', LIST_X},
        [DW_FORM_rnglistx] = {'u', LIST_X},      [DW_FORM_ref_sup8] = {'8', OTHER},
        [DW_FORM_strx1] = {'1', OTHER},          [DW_FORM_strx2] = {'2', OTHER},
        [DW_FORM_strx3] = {'3', OTHER},          [DW_FORM_strx4] = {'4', OTHER},
        [DW_FORM_addrx1] = {'1', ADDRESS_X},     [DW_FORM_addrx2] = {'2', ADDRESS_X},
        [DW_FORM_addrx3] = {'3', ADDRESS_X},     [DW_FORM_addrx4] = {'4', ADDRESS_X},
};

static struct form form_of(uint32_t form)
{
	if (form == DW_FORM_GNU_addr_index)
		return (struct form){'u', ADDRESS_X};
	if (form == DW_FORM_GNU_str_index)
		return (struct form){'u', OTHER};
	if (form == DW_FORM_GNU_ref_alt || form == DW_FORM_GNU_strp_alt)
		return (struct form){'o', OTHER};
	return form < sizeof forms / sizeof *forms ? forms[form] : (struct form){0};
}

static struct value take_value(const struct coding *coding, struct cursor *c, uint32_t form)
{
	struct form f = form_of(form == DW_FORM_indirect ? (uint32_t)take_uleb(c) : form);
	struct value v = {.kind = f.kind, .at = c->at};
	unsigned bytes = 0;

	switch (f.length) {
	case 'a':
		bytes = coding->address;
		break;
	case 'o':
		bytes = coding->offset;
		break;
	case 'r':
		bytes = coding->version == 2 ? coding->address : coding->offset;
		break;
	case 'g':
		take_bytes(c, 16);
		return v;
	case 'u':
		v.number = take_uleb(c);
		return v;
	case 's':
		take_text(c);
		return v;
	case 'b':
	case 'c':
	case 'd':
	case 'e':
		v.number = f.length == 'b' ? take_uleb(c) : take(c, 1U << (f.length - 'c'));
		v.at = take_bytes(c, v.number);
		v.n = c->at - v.at;
		return v;
	case 0: /* unknown */
		c->bad = true;
		return v;
	default:
		bytes = (unsigned)(f.length - '0');
	}
	v.number = take(c, bytes);
	v.n = bytes;
	return v;
}

/* -- attributes -- */

/* Those that have a location: as a block an expression, else a list. */
static bool is_location(uint32_t name)
{
	static const uint16_t names[] = {DW_AT_location,
	                                 DW_AT_string_length,
	                                 DW_AT_return_addr,
	                                 DW_AT_frame_base,
	                                 DW_AT_segment,
	                                 DW_AT_static_link,
	                                 DW_AT_use_location,
	                                 DW_AT_vtable_elem_location,
	                                 DW_AT_call_value,
	                                 DW_AT_call_target,
	                                 DW_AT_call_data_location,
	                                 DW_AT_call_data_value,
	                                 DW_AT_call_target_clobbered,
	                                 DW_AT_GNU_call_site_value,
	                                 DW_AT_GNU_call_site_data_value,
	                                 DW_AT_GNU_call_site_target,
	                                 DW_AT_GNU_call_site_target_clobbered};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (names[i] == name)
			return true;
	return false;
}

/* What of a DIE must be known before it is patched. */
struct bounds {
	struct value low, high;
	bool ranges;
	uint64_t addr_base, rnglists_base, loclists_base, open_ranges;
	bool open; /* open_ranges is there */
};

/* A unit on the way through its DIEs. */
struct unit {
	struct relocation *r;
	const char *section;
	struct list_unit lists;
	struct cursor c;
	const struct abbrevs *abbrevs;
	const struct elf_segment *home; /* of the function that was begun last */
	size_t depth;
	/* Below a function at address 0 what is at 0 lives if the function does. */
	size_t judged_at;
	bool judged, unit_lives;
};

static bool damaged(const struct unit *u)
{
	return relocate_damaged(u->r, u->section, u->c.at);
}

static void note_bounds(struct bounds *b, uint32_t name, struct value v)
{
	switch (name) {
	case DW_AT_low_pc:
		b->low = v;
		break;
	case DW_AT_high_pc:
		b->high = v;
		break;
	case DW_AT_ranges:
		b->ranges = true;
		break;
	case DW_AT_addr_base:
	case DW_AT_GNU_addr_base:
		b->addr_base = v.number;
		break;
	case DW_AT_rnglists_base:
		b->rnglists_base = v.number;
		break;
	case DW_AT_loclists_base:
		b->loclists_base = v.number;
		break;
	case DW_AT_GNU_ranges_base:
		b->open_ranges = v.number;
		b->open = v.kind == OFFSET || v.kind == NUMBER;
		break;
	default:
		break;
	}
}

/* Without moving on. */
static struct bounds look_ahead(const struct unit *u, const struct abbrev *abbrev)
{
	const struct abbrev_attribute *attributes = u->abbrevs->attributes + abbrev->first;
	struct cursor c = u->c;
	struct bounds b = {0};

	for (size_t i = 0; i < abbrev->n && !c.bad; i++)
		note_bounds(&b, attributes[i].name,
		            take_value(&u->lists.coding, &c, attributes[i].form));
	return b;
}

static uint64_t low_of(const struct unit *u, const struct bounds *b)
{
	return b->low.kind == ADDRESS_X ? indexed_address(u->r, &u->lists, b->low.number)
	                                : b->low.number;
}

static uint64_t length_of(const struct unit *u, const struct bounds *b)
{
	if (b->high.kind == ADDRESS)
		return b->high.number - low_of(u, b);
	if (b->high.kind == ADDRESS_X)
		return indexed_address(u->r, &u->lists, b->high.number) - low_of(u, b);
	return b->high.number;
}

static const struct elf_segment *segment_of_low(const struct unit *u, uint64_t low)
{
	return low || u->lists.zero_lives ? segment_at(u->r, low) : NULL;
}

static void move_at(struct unit *u, struct value v, const struct elf_segment *segment)
{
	if (segment)
		put_number(u->c.bytes + v.at, u->lists.coding.address,
		           v.number + shift_of(segment));
}

static void move_alone(struct unit *u, struct value v)
{
	if (v.number || u->lists.zero_lives)
		move_at(u, v, segment_near(u->r, u->home, v.number));
}

static void move_bounds(struct unit *u, const struct bounds *b, uint32_t tag)
{
	const struct elf_segment *segment;
	uint64_t low = low_of(u, b);

	if (b->low.kind != ADDRESS && b->low.kind != ADDRESS_X) {
		if (b->high.kind == ADDRESS)
			move_alone(u, b->high);
		return;
	}
	if (tag == DW_TAG_call_site || tag == DW_TAG_GNU_call_site) { /* where it returns to */
		if (b->low.kind == ADDRESS)
			move_alone(u, b->low);
		return;
	}
	segment = segment_of_low(u, low);
	if (b->low.kind == ADDRESS)
		move_at(u, b->low, segment);
	if (b->high.kind == ADDRESS)
		move_at(u, b->high, segment);
	if (b->low.kind == ADDRESS_X && u->r->at_zero && !low && !segment)
		relocate_indexed_dead(u->r, &u->lists, b->low.number);
	if (segment)
		u->home = segment;
}

static bool move_list(struct unit *u, enum list_kind kind, struct value v)
{
	if (v.kind == LIST_X)
		return relocate_list_x(u->r, &u->lists, kind, v.number);
	if (v.kind == OFFSET || (v.kind == NUMBER && u->lists.coding.version < 4 && v.n >= 4))
		return relocate_list(u->r, &u->lists, kind, v.number);
	return true;
}

static bool move_value(struct unit *u, uint32_t name, struct value v)
{
	bool location = is_location(name);

	if (v.kind == ADDRESS)
		move_alone(u, v);
	else if (v.kind == EXPRESSION || (v.kind == BLOCK && location))
		relocate_expression(
		        u->r, &u->lists.coding,
		        (struct cursor){.bytes = u->c.bytes, .at = v.at, .end = v.at + v.n});
	else if (name == DW_AT_ranges)
		return move_list(u, LIST_RANGES, v);
	else if (location)
		return move_list(u, LIST_LOCATIONS, v);
	return true;
}

/* -- DIEs -- */

/* The base of the unit's lists. A unit with ranges says 0 for "none". */
static struct list_base base_of(const struct unit *u, const struct bounds *b)
{
	uint64_t low = low_of(u, b);
	const struct elf_segment *segment = segment_of_low(u, low);

	if (!low && (b->ranges || !b->low.kind))
		return (struct list_base){0};
	return (struct list_base){low, shift_of(segment), !segment};
}

/* What the unit's own DIE says of all of it. */
static void begin_unit(struct unit *u, const struct bounds *b)
{
	u->lists.addr_base = b->addr_base;
	u->lists.rnglists_base = b->rnglists_base;
	u->lists.loclists_base = b->loclists_base;
	u->unit_lives = b->ranges || !b->low.kind ? u->r->code_at_zero || !u->r->symbols
	                                          : lives_at_zero(u->r, length_of(u, b));
	u->lists.zero_lives = u->unit_lives && u->r->at_zero && b->low.kind && !b->ranges;
	u->lists.base = base_of(u, b);
	u->lists.judge_zero = b->ranges;
	if (b->open)
		relocate_lists_from(u->r, &u->lists, b->open_ranges);
}

/* Of what is at address 0: is it thrown away? */
static void judge(struct unit *u, const struct abbrev *abbrev)
{
	struct bounds b;

	u->lists.judge_zero = false;
	if (u->judged && u->depth <= u->judged_at) {
		u->judged = false;
		u->lists.zero_lives = u->unit_lives;
	}
	if (abbrev->tag != DW_TAG_subprogram)
		return;
	b = look_ahead(u, abbrev);
	u->judged_at = u->depth;
	u->judged = true;
	u->lists.zero_lives = b.low.kind && !low_of(u, &b) ? lives_at_zero(u->r, length_of(u, &b))
	                                                   : u->unit_lives;
}

static bool move_die(struct unit *u, const struct abbrev *abbrev, bool root)
{
	const struct abbrev_attribute *attributes = u->abbrevs->attributes + abbrev->first;
	struct bounds b = {0};

	if (root) {
		b = look_ahead(u, abbrev);
		begin_unit(u, &b);
	} else if (u->r->at_zero) {
		judge(u, abbrev);
	}
	for (size_t i = 0; i < abbrev->n; i++) {
		struct value v = take_value(&u->lists.coding, &u->c, attributes[i].form);

		if (u->c.bad)
			return damaged(u);
		if (attributes[i].name == DW_AT_low_pc || attributes[i].name == DW_AT_high_pc)
			note_bounds(&b, attributes[i].name, v);
		else if (v.kind != OTHER && !move_value(u, attributes[i].name, v))
			return false;
	}
	move_bounds(u, &b, abbrev->tag);
	return true;
}

static bool move_dies(struct unit *u)
{
	bool root = true;

	while (u->c.at < u->c.end) {
		uint64_t code = take_uleb(&u->c);
		const struct abbrev *abbrev;

		if (!code && !u->c.bad) {
			u->depth -= u->depth > 0;
			continue;
		}
		abbrev = u->c.bad ? NULL : abbrevs_find(u->abbrevs, code);
		if (!abbrev || !relocate_step(u->r, abbrev->n))
			return damaged(u);
		if (!move_die(u, abbrev, root))
			return false;
		if (root) /* now its children count */
			u->lists.zero_lives = u->r->at_zero && u->unit_lives;
		root = false;
		u->depth += abbrev->children;
	}
	return true;
}

/* -- units -- */

static bool read_abbrevs(struct relocation *r, struct abbrevs *abbrevs, uint64_t at)
{
	const struct section_bytes *section = &r->debug[DEBUG_ABBREV];
	struct cursor c = {.bytes = section->bytes, .at = (size_t)at, .end = section->n};

	if (abbrevs->list && abbrevs->at == at)
		return true;
	if (at < section->n && abbrevs_read(abbrevs, &c) && relocate_step(r, c.at - at))
		return true;
	return relocate_damaged(r, ".debug_abbrev", c.at);
}

static bool move_unit(struct relocation *r, struct section_bytes *s, struct cursor c,
                      unsigned offset, bool types, struct abbrevs *abbrevs)
{
	struct unit u = {.r = r, .section = s->name, .lists.coding = {.offset = offset}};
	struct coding *coding = &u.lists.coding;
	uint64_t at, kind = types ? DW_UT_type : DW_UT_compile;

	coding->version = (unsigned)take(&c, 2);
	if (coding->version >= 5) {
		kind = take(&c, 1);
		coding->address = (unsigned)take(&c, 1);
	}
	at = take(&c, offset);
	if (coding->version < 5)
		coding->address = (unsigned)take(&c, 1);
	if (kind != DW_UT_compile && kind != DW_UT_partial)
		take_bytes(&c, 8);
	if (kind == DW_UT_type || kind == DW_UT_split_type)
		take_bytes(&c, offset);
	if (c.bad || coding->version < 2 || coding->version > 5 ||
	    (coding->address != 4 && coding->address != 8))
		return relocate_damaged(r, s->name, c.at);
	r->five |= coding->version == 5;
	if (!read_abbrevs(r, abbrevs, at))
		return false;
	u.c = c;
	u.abbrevs = abbrevs;
	return move_dies(&u);
}

bool relocate_units(struct relocation *r, struct section_bytes *s, bool types)
{
	struct cursor c = {.bytes = s->bytes, .end = s->n};
	struct abbrevs abbrevs = {0};
	bool ok = true;

	while (ok && c.at < c.end) {
		unsigned offset;
		struct cursor unit = take_unit(&c, &offset);

		if (unit.at == unit.end && !unit.bad) /* padding */
			continue;
		ok = unit.bad ? relocate_damaged(r, s->name, c.at)
		              : move_unit(r, s, unit, offset, types, &abbrevs);
	}
	abbrevs_free(&abbrevs);
	return ok;
}
