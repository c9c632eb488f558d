/* SPDX-License-Identifier: MIT */
/*
 * What the files of relocate.h share: the segments, the debug sections, and what moves what. Every
 * address is patched where it stands, once. What is false has been said why.
 */
#ifndef HOST_RELOCATE_PARTS_H
#define HOST_RELOCATE_PARTS_H

#include "program/cursor.h"
#include "program/relocate.h"

/* A section's bytes in the copy. */
struct section_bytes {
	const char *name;
	uint8_t *bytes;
	size_t n;
	uint64_t addr;                     /* as linked; 0: it is not loaded */
	const struct elf_segment *segment; /* that it is in */
	/* Bits of entries: of a section of lists those that have been patched, of .debug_addr those
	 * that are of what was thrown away. */
	uint8_t *seen;
};

struct extent {
	uint64_t start, end;
};

/* Sections that others refer to. */
enum debug_section {
	DEBUG_ABBREV,
	DEBUG_ADDR,
	DEBUG_RANGES,
	DEBUG_RNGLISTS,
	DEBUG_LOC,
	DEBUG_LOCLISTS,
	DEBUG_SECTIONS
};

/* A list whose end only a .dwo file tells, and those behind it. */
struct open_lists;

struct relocation {
	const char *name;
	const struct elf_segment *segments;
	size_t nsegments;
	unsigned word; /* bytes of an address */
	bool thumb;    /* bit 0 of a function's address is not part of it */
	bool five;     /* there is a unit of DWARF 5 */
	/*
	 * Linkers give what they throw away the address 0. If a segment is linked for there, the
	 * symbols tell it from what lives: the functions of the segment, by their ends.
	 */
	const struct elf_segment *at_zero;
	bool code_at_zero, data_at_zero, symbols;
	bool unmeasured; /* the code at 0 is of assembler, which says no size */
	struct extent *functions;
	size_t nfunctions;
	struct section_bytes debug[DEBUG_SECTIONS];
	uint64_t steps; /* that are left: damaged tables may lead back again and again */
	struct open_lists *open;
	size_t nopen;
};

/* ---- relocate_moves.c: addresses ---- */

const struct elf_segment *segment_at(const struct relocation *, uint64_t addr);
/* Of an address that may be the end of a segment, and by preference of `home` (may be NULL). */
const struct elf_segment *segment_near(const struct relocation *, const struct elf_segment *home,
                                       uint64_t addr);
/* Of code that begins here, and is `length` long: NULL for what was thrown away. */
const struct elf_segment *segment_of_code(const struct relocation *, uint64_t addr,
                                          uint64_t length);
uint64_t shift_of(const struct elf_segment *); /* 0 for NULL */
bool lives_at_zero(const struct relocation *, uint64_t length);
/* The largest number of so many bytes. */
uint64_t mask_of(unsigned bytes);

bool relocate_damaged(const struct relocation *, const char *section, size_t at);
/* A distance that is too far for its field, once its ends have moved. */
bool relocate_apart(const struct relocation *, const char *section, size_t at);
/* False: there were more than a sound file has. Nothing has been said. */
bool relocate_step(struct relocation *, uint64_t steps);

/* ---- relocate_expression.c ---- */

/* How a unit codes things. */
struct coding {
	unsigned version, address, offset; /* the latter two in bytes */
};
/* DW_OP_addr in an expression. What is behind an unknown operation stays. */
void relocate_expression(const struct relocation *, const struct coding *, struct cursor);

/* ---- relocate_lists.c: .debug_ranges, .debug_rnglists, .debug_loc, .debug_loclists ---- */

/* What a list's entries count from. */
struct list_base {
	uint64_t addr, shift;
	bool dead; /* thrown away */
};

/* Of a unit, as its lists need it. */
struct list_unit {
	struct coding coding;
	struct list_base base;
	uint64_t addr_base, rnglists_base, loclists_base;
	bool zero_lives; /* address 0 is that of a function which is not thrown away */
	bool judge_zero; /* whether it is, the length tells */
};
enum list_kind { LIST_RANGES, LIST_LOCATIONS };

/* The list at an offset of its section. */
bool relocate_list(struct relocation *, const struct list_unit *, enum list_kind, uint64_t at);
/* The list of an index: DW_FORM_rnglistx, DW_FORM_loclistx. */
bool relocate_list_x(struct relocation *, const struct list_unit *, enum list_kind, uint64_t index);
/* From here on there are lists of a .dwo file (DW_AT_GNU_ranges_base). */
void relocate_lists_from(struct relocation *, const struct list_unit *, uint64_t at);
bool relocate_open_lists(struct relocation *);
/* An address of .debug_addr, as linked; 0: there is none. */
uint64_t indexed_address(const struct relocation *, const struct list_unit *, uint64_t index);
/* It is 0, and of what was thrown away. */
void relocate_indexed_dead(struct relocation *, const struct list_unit *, uint64_t index);

/* ---- a section each ---- */

bool relocate_units(struct relocation *, struct section_bytes *, bool types);
bool relocate_addresses(struct relocation *, struct section_bytes *);
bool relocate_lines(struct relocation *, struct section_bytes *);
bool relocate_aranges(struct relocation *, struct section_bytes *);
bool relocate_frames(struct relocation *, struct section_bytes *, bool eh);
void relocate_frame_table(const struct relocation *, struct section_bytes *);
/* False: not all of it can be told any more. Nothing has been said. */
bool relocate_exidx(const struct relocation *, struct section_bytes *);

#endif
