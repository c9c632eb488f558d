/* SPDX-License-Identifier: MIT */
/*
 * .debug_frame and .eh_frame: see relocate_parts.h. Follows DWARF 5, 6.4, and the Linux Standard
 * Base 5.0, 10.6. What is relative to where it stands changes only if the two move apart.
 */
#include <dwarf.h>

#include "program/relocate_parts.h"

/* How pointers are coded (DW_EH_PE_*). */
enum encoding { ABSOLUTE = 0x00, PCREL = 0x10, BASES = 0x70, OMIT = 0xff };

/* What entries (FDE) take from the one that they refer to (CIE). */
struct common {
	size_t at;
	bool known, eh_data; /* eh_data: of GCC 2, not told by letters */
	bool augmented;      /* entries have data of their own, with their length */
	unsigned address;
	uint8_t encoding, lsda;
	size_t personality; /* where it stands; 0: there is none */
	uint8_t personality_encoding;
	struct cursor rest;
};

struct frames {
	struct relocation *r;
	struct section_bytes *section;
	bool eh;
	struct common common;
};

/* -- pointers -- */

/* Bytes of a pointer; 0: nobody knows. */
static unsigned size_of(uint8_t encoding, unsigned address)
{
	static const uint8_t sizes[16] = {[2] = 2, [3] = 4, [4] = 8, [10] = 2, [11] = 4, [12] = 8};
	unsigned base = encoding & BASES;

	if (base != ABSOLUTE && base != PCREL)
		return 0;
	return (encoding & 15) == 0 ? address : sizes[encoding & 15];
}

static uint64_t extended(uint64_t value, unsigned n, bool is_signed)
{
	unsigned spare = 64 - 8 * n;

	return is_signed ? (uint64_t)((int64_t)(value << spare) >> spare) : value;
}

/* The address that a pointer is. */
static uint64_t target_of(const struct frames *f, size_t at, uint8_t encoding, unsigned n)
{
	uint64_t value = extended(number_at(f->section->bytes + at, n), n, encoding & 8);

	if (encoding & PCREL)
		value += f->section->addr + at;
	return value & mask_of(f->r->word);
}

/* To where the segment of its target is. */
static bool move_pointer(const struct frames *f, size_t at, uint8_t encoding, unsigned n,
                         const struct elf_segment *segment)
{
	uint8_t *bytes = f->section->bytes + at;
	uint64_t by = shift_of(segment), value = extended(number_at(bytes, n), n, encoding & 8);

	if (encoding & PCREL)
		by -= shift_of(f->section->segment);
	if (!by)
		return true;
	value += by;
	if (n < f->r->word && extended(value, n, encoding & 8) != value &&
	    !(n == 4 && f->r->word == 4))
		return relocate_apart(f->r, f->section->name, at);
	put_number(bytes, n, value);
	return true;
}

/* One that stands alone; 0 is none. */
static bool move_lone(const struct frames *f, size_t at, uint8_t encoding, unsigned address)
{
	unsigned n = size_of(encoding, address);

	if (encoding == OMIT || !n || !number_at(f->section->bytes + at, n))
		return true;
	return move_pointer(f, at, encoding, n,
	                    segment_near(f->r, NULL, target_of(f, at, encoding, n)));
}

/* -- instructions -- */

/*
 * Of each instruction its operands. 1 2 4 8: so many bytes; u: a LEB128; p: a pointer; e: an
 * expression with its length. NULL: nobody knows. Those with an operand in the opcode are not here.
 */
static const char *const operands[0x40] = {
        [DW_CFA_nop] = "",
        [DW_CFA_set_loc] = "p",
        [DW_CFA_advance_loc1] = "1",
        [DW_CFA_advance_loc2] = "2",
        [DW_CFA_advance_loc4] = "4",
        [DW_CFA_offset_extended] = "uu",
        [DW_CFA_restore_extended] = "u",
        [DW_CFA_undefined] = "u",
        [DW_CFA_same_value] = "u",
        [DW_CFA_register] = "uu",
        [DW_CFA_remember_state] = "",
        [DW_CFA_restore_state] = "",
        [DW_CFA_def_cfa] = "uu",
        [DW_CFA_def_cfa_register] = "u",
        [DW_CFA_def_cfa_offset] = "u",
        [DW_CFA_def_cfa_expression] = "e",
        [DW_CFA_expression] = "ue",
        [DW_CFA_offset_extended_sf] = "uu",
        [DW_CFA_def_cfa_sf] = "uu",
        [DW_CFA_def_cfa_offset_sf] = "u",
        [DW_CFA_val_offset] = "uu",
        [DW_CFA_val_offset_sf] = "uu",
        [DW_CFA_val_expression] = "ue",
        [DW_CFA_MIPS_advance_loc8] = "8",
        [DW_CFA_GNU_window_save] = "", /* AArch64: negate_ra_state */
        [DW_CFA_GNU_args_size] = "u",
        [DW_CFA_GNU_negative_offset_extended] = "uu",
};

static bool move_operand(const struct frames *f, struct cursor *c, char kind,
                         const struct elf_segment *home)
{
	const struct common *common = &f->common;
	const struct coding coding = {4, common->address, 4};
	unsigned n = size_of(common->encoding, common->address);
	size_t at;

	if (kind == 'u') {
		take_uleb(c);
	} else if (kind == 'e') {
		struct cursor expression = take_part(c, take_uleb(c));

		if (!expression.bad)
			relocate_expression(f->r, &coding, expression);
	} else if (kind == 'p') {
		at = take_bytes(c, n);
		return c->bad || move_pointer(f, at, common->encoding, n,
		                              segment_near(f->r, home,
		                                           target_of(f, at, common->encoding, n)));
	} else {
		take_bytes(c, (unsigned)(kind - '0'));
	}
	return true;
}

/* Those behind one that is unknown stay. */
static bool move_instructions(const struct frames *f, struct cursor c,
                              const struct elf_segment *home)
{
	while (c.at < c.end && !c.bad) {
		unsigned opcode = (unsigned)take(&c, 1);
		const char *kinds;

		if (opcode >= 0x40) {
			if ((opcode & 0xc0) == DW_CFA_offset)
				take_uleb(&c);
			continue;
		}
		kinds = operands[opcode];
		for (; kinds && *kinds; kinds++)
			if (!move_operand(f, &c, *kinds, home))
				return false;
		if (!kinds)
			return true;
	}
	return true;
}

/* -- entries -- */

/* The letters of an augmentation, each of which may have data. */
static void take_augmentation(struct common *common, struct cursor *c, const char *letters)
{
	struct cursor data = take_part(c, take_uleb(c));

	common->augmented = true;
	for (; *letters && !data.bad; letters++) {
		if (*letters == 'R') {
			common->encoding = (uint8_t)take(&data, 1);
		} else if (*letters == 'L') {
			common->lsda = (uint8_t)take(&data, 1);
		} else if (*letters == 'P') {
			common->personality_encoding = (uint8_t)take(&data, 1);
			common->personality = take_bytes(
			        &data, size_of(common->personality_encoding, common->address));
		} else if (*letters != 'S' && *letters != 'B' && *letters != 'G') {
			return;
		}
	}
	if (data.bad)
		c->bad = true;
}

/* A CIE, behind its length and what tells that it is one. */
static bool read_common(struct frames *f, struct cursor c, size_t at)
{
	struct common *common = &f->common;
	uint64_t version = take(&c, 1);
	const char *letters = (const char *)c.bytes + c.at;

	*common = (struct common){
	        .at = at, .address = f->r->word, .encoding = ABSOLUTE, .lsda = OMIT};
	take_text(&c);
	if (version >= 4 && !f->eh) {
		common->address = (unsigned)take(&c, 1);
		take_bytes(&c, 1);
	}
	if (c.bad || (common->address != 4 && common->address != 8) || !version || version > 5)
		return false;
	take_uleb(&c);
	take_uleb(&c);
	if (version == 1)
		take_bytes(&c, 1);
	else
		take_uleb(&c);
	if (*letters == 'z')
		take_augmentation(common, &c, letters + 1);
	common->known =
	        (*letters == 'z' || !*letters) && size_of(common->encoding, common->address);
	common->rest = c;
	return !c.bad;
}

static bool damaged(const struct frames *f, size_t at)
{
	return relocate_damaged(f->r, f->section->name, at);
}

static bool move_cie(struct frames *f, struct cursor c, size_t at)
{
	const struct common *common = &f->common;

	if (!read_common(f, c, at))
		return damaged(f, at);
	if (common->personality &&
	    !move_lone(f, common->personality, common->personality_encoding, common->address))
		return false;
	return !common->known || move_instructions(f, common->rest, NULL);
}

/* The CIE at an offset. Entries follow theirs, mostly. */
static bool find_common(struct frames *f, uint64_t at)
{
	struct cursor c = {.bytes = f->section->bytes, .at = (size_t)at, .end = f->section->n}, cie;
	unsigned offset;
	uint64_t id;

	if (f->common.address && f->common.at == at)
		return true;
	if (at >= c.end)
		return false;
	cie = take_unit(&c, &offset);
	id = take(&cie, f->eh ? 4 : offset);
	return !cie.bad && id == (f->eh ? 0 : mask_of(offset)) &&
	       relocate_step(f->r, cie.end - cie.at) && read_common(f, cie, (size_t)at);
}

static bool move_fde(struct frames *f, struct cursor c, size_t at)
{
	const struct common *common = &f->common;
	unsigned n = size_of(common->encoding, common->address);
	size_t start = take_bytes(&c, n);
	uint64_t length = take(&c, n), addr;
	const struct elf_segment *segment;

	if (c.bad)
		return damaged(f, at);
	addr = target_of(f, start, common->encoding, n);
	segment = segment_of_code(f->r, addr, length);
	if (!length)
		segment = segment_near(f->r, NULL, addr);
	/* What was thrown away is at 0; whether it is that or pcrel, it stays so. */
	if ((segment || addr) && !move_pointer(f, start, common->encoding, n, segment))
		return false;
	if (common->augmented) {
		struct cursor data = take_part(&c, take_uleb(&c));
		unsigned lsda = common->lsda == OMIT ? 0 : size_of(common->lsda, common->address);

		if (lsda && data.end - data.at >= lsda &&
		    !move_lone(f, data.at, common->lsda, common->address))
			return false;
	}
	return move_instructions(f, c, segment);
}

static bool move_frame(struct frames *f, struct cursor c, size_t at, unsigned offset)
{
	size_t id_at = c.at;
	uint64_t id = take(&c, f->eh ? 4 : offset);

	if (c.bad)
		return damaged(f, at);
	if (id == (f->eh ? 0 : mask_of(offset)))
		return move_cie(f, c, at);
	if (!find_common(f, f->eh ? id_at - id : id))
		return damaged(f, at);
	return !f->common.known || move_fde(f, c, at);
}

bool relocate_frames(struct relocation *r, struct section_bytes *s, bool eh)
{
	struct frames f = {.r = r, .section = s, .eh = eh};
	struct cursor c = {.bytes = s->bytes, .end = s->n};

	while (c.end - c.at >= 4) {
		size_t at = c.at;
		unsigned offset;
		struct cursor entry = take_unit(&c, &offset);

		if (entry.bad)
			return damaged(&f, at);
		/* An empty one ends what one file brought. */
		if (entry.at < entry.end && !move_frame(&f, entry, at, offset))
			return false;
	}
	return true;
}
