/* SPDX-License-Identifier: MIT */
/*
 * .debug_line, .debug_aranges and .debug_addr: see relocate_parts.h. Follows DWARF 5, 6.2, 6.1.2
 * and 7.27, and the earlier versions.
 */
#include <dwarf.h>

#include "program/relocate_parts.h"

/* -- .debug_line -- */

/* A line number program on its way. */
struct program {
	struct relocation *r;
	struct cursor c;
	unsigned step, range, opcode_base; /* bytes of an instruction; of the header */
	const uint8_t *lengths;            /* operands of the standard opcodes, from 1 on */
	uint64_t addr;
	bool begun;                     /* the sequence has an address */
	const struct elf_segment *home; /* where it began */
};
enum event { NOTHING, SET_ADDRESS, END_SEQUENCE };

static void advance(struct program *p, uint64_t operations)
{
	p->addr += operations * p->step;
}

static void advance_special(struct program *p, unsigned opcode)
{
	if (p->range)
		advance(p, (opcode - p->opcode_base) / p->range);
}

static enum event take_extended(struct program *p, struct cursor *addr)
{
	struct cursor c = take_part(&p->c, take_uleb(&p->c));
	uint64_t opcode = take(&c, 1);

	if (c.bad)
		return NOTHING;
	if (opcode == DW_LNE_end_sequence)
		return END_SEQUENCE;
	if (opcode != DW_LNE_set_address || (c.end - c.at != 4 && c.end - c.at != 8))
		return NOTHING;
	*addr = c;
	p->addr = take(&c, (unsigned)(c.end - c.at));
	return SET_ADDRESS;
}

/* One instruction; `addr` is where the operand of DW_LNE_set_address stands. */
static enum event take_instruction(struct program *p, struct cursor *addr)
{
	unsigned opcode = (unsigned)take(&p->c, 1);

	if (opcode >= p->opcode_base) {
		advance_special(p, opcode);
	} else if (!opcode) {
		return take_extended(p, addr);
	} else if (opcode == DW_LNS_fixed_advance_pc) {
		p->addr += take(&p->c, 2);
	} else if (opcode == DW_LNS_advance_pc) {
		advance(p, take_uleb(&p->c));
	} else {
		if (opcode == DW_LNS_const_add_pc)
			advance_special(p, 255);
		for (unsigned n = p->lengths[opcode - 1]; n; n--)
			take_uleb(&p->c);
	}
	return NOTHING;
}

/* Of the sequence that has just got its first address. */
static uint64_t rest_of_sequence(struct program p)
{
	uint64_t start = p.addr;
	struct cursor addr;

	while (p.c.at < p.c.end && take_instruction(&p, &addr) != END_SEQUENCE)
		;
	return p.addr - start;
}

static bool move_address(struct program *p, const struct cursor *at)
{
	const struct elf_segment *segment;
	uint64_t addr = p->addr;

	if (p->begun)
		segment = segment_near(p->r, p->home, addr);
	else if (addr || !p->r->at_zero)
		segment = segment_at(p->r, addr);
	else {
		/* What is thrown away may begin there often. */
		struct program ahead = *p;
		uint64_t length = rest_of_sequence(ahead);

		segment = segment_of_code(p->r, 0, length);
	}
	if (!p->begun)
		p->home = segment;
	if (segment && (addr || p->home))
		put_number(at->bytes + at->at, (unsigned)(at->end - at->at),
		           addr + shift_of(segment));
	p->begun = true;
	return true;
}

static bool run(struct program *p)
{
	struct cursor at = {0};

	while (p->c.at < p->c.end && !p->c.bad) {
		enum event event = take_instruction(p, &at);

		if (event == SET_ADDRESS)
			move_address(p, &at);
		if (event == END_SEQUENCE)
			p->begun = false;
	}
	return !p->c.bad;
}

static bool move_program(struct relocation *r, struct cursor c, unsigned offset)
{
	struct program p = {.r = r};
	uint64_t version = take(&c, 2), length;

	if (version >= 5)
		take_bytes(&c, 2); /* bytes of an address and a segment selector */
	length = take(&c, offset);
	p.c = c;
	take_bytes(&p.c, length);
	p.step = (unsigned)take(&c, 1);
	take_bytes(&c, version >= 4 ? 3 : 2); /* operations, is_stmt, line_base */
	p.range = (unsigned)take(&c, 1);
	p.opcode_base = (unsigned)take(&c, 1);
	p.lengths = c.bytes + take_bytes(&c, p.opcode_base ? p.opcode_base - 1 : 0);
	return !c.bad && version >= 2 && version <= 5 && p.opcode_base && run(&p);
}

bool relocate_lines(struct relocation *r, struct section_bytes *s)
{
	struct cursor c = {.bytes = s->bytes, .end = s->n};

	while (c.at < c.end) {
		size_t at = c.at;
		unsigned offset;
		struct cursor unit = take_unit(&c, &offset);

		if (unit.at == unit.end && !unit.bad) /* padding */
			continue;
		if (unit.bad || !move_program(r, unit, offset))
			return relocate_damaged(r, s->name, at);
	}
	return true;
}

/* -- .debug_aranges -- */

static bool move_ranges(struct relocation *r, struct cursor c, size_t start, unsigned offset)
{
	uint64_t version = take(&c, 2);
	unsigned n, selector;

	take_bytes(&c, offset);
	n = (unsigned)take(&c, 1);
	selector = (unsigned)take(&c, 1);
	if (c.bad || version != 2 || (n != 4 && n != 8) || selector)
		return false;
	take_bytes(&c, (2 * n - (c.at - start) % (2 * n)) % (2 * n));
	while (c.end - c.at >= 2 * n) {
		size_t at = c.at;
		uint64_t addr = take(&c, n), length = take(&c, n);
		const struct elf_segment *segment = segment_of_code(r, addr, length);

		if (addr && !length)
			segment = segment_near(r, NULL, addr);
		put_number(c.bytes + at, n, addr + shift_of(segment));
		if (!addr && !length) /* the end of the list */
			put_number(c.bytes + at, n, 0);
	}
	return true;
}

bool relocate_aranges(struct relocation *r, struct section_bytes *s)
{
	struct cursor c = {.bytes = s->bytes, .end = s->n};

	while (c.at < c.end) {
		size_t at = c.at;
		unsigned offset;
		struct cursor unit = take_unit(&c, &offset);

		if (unit.at == unit.end && !unit.bad)
			continue;
		if (unit.bad || !move_ranges(r, unit, at, offset))
			return relocate_damaged(r, s->name, at);
	}
	return true;
}

/* -- .debug_addr -- */

/* Is the address 0 that of something? */
static bool is_something(const struct relocation *r, const struct cursor *c, size_t at)
{
	const struct section_bytes *s = &r->debug[DEBUG_ADDR];

	if (c->bytes == s->bytes && s->seen && s->seen[at / 8] & 1 << at % 8)
		return false;
	return r->code_at_zero || r->data_at_zero;
}

static void move_addresses(struct relocation *r, struct cursor c, unsigned n)
{
	while (c.end - c.at >= n) {
		size_t at = c.at;
		uint64_t addr = take(&c, n);
		const struct elf_segment *segment = segment_near(r, NULL, addr);

		if (segment && (addr || is_something(r, &c, at)))
			put_number(c.bytes + at, n, addr + shift_of(segment));
	}
}

/* Before DWARF 5 (-gsplit-dwarf of GNU) there is no header. */
bool relocate_addresses(struct relocation *r, struct section_bytes *s)
{
	struct cursor c = {.bytes = s->bytes, .end = s->n};

	while (r->five && c.at < c.end) {
		struct cursor next = c;
		unsigned offset;
		struct cursor unit = take_unit(&next, &offset);
		uint64_t version = take(&unit, 2);
		unsigned n = (unsigned)take(&unit, 1), selector = (unsigned)take(&unit, 1);

		if (unit.bad || version != 5 || (n != 4 && n != 8) || selector)
			break;
		move_addresses(r, unit, n);
		c = next;
	}
	move_addresses(r, c, r->word);
	return true;
}
