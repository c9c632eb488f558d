/* SPDX-License-Identifier: MIT */
/*
 * Runs line number programs: see rows.h. Follows DWARF 2 to 5, "Line Number Information"; the names
 * of files are libdw's to find.
 */
#define _GNU_SOURCE
#include "program/rows.h"

#include <dwarf.h>
#include <gelf.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "program/dwarf_units.h"
#include "program/elf.h"
#include "program/scopes.h"

struct row {
	uint64_t addr;
	unsigned file, line;
	bool statement, prologue_end;
};

struct reader {
	const uint8_t *at, *end;
};

/* What the head of a table says of its program. */
struct head {
	unsigned version, min_length, line_range, opcode_base;
	int line_base;
	bool statement;
	const uint8_t *operands; /* of each standard opcode, how many; [0] is opcode 1's */
};

struct run {
	const struct elf *elf;
	void (*sequence)(struct run *); /* one is complete, and of the firmware */
	statement_fn *found;
	void *ctx;
	uint64_t start, end, settled; /* of the function whose prologue is looked for */
	void *seen;                   /* offsets of tables, for tsearch(): units may share one */
	Dwarf_Die *unit;
	Dwarf_Files *files;
	struct row *rows; /* of a sequence; the last one is its end */
	size_t n, room;
};

/* -- reading -- */

static uint64_t fixed(struct reader *r, unsigned bytes)
{
	uint64_t value = 0;

	if ((size_t)(r->end - r->at) < bytes) {
		r->at = r->end;
		return 0;
	}
	for (unsigned i = 0; i < bytes && i < 8; i++)
		value |= (uint64_t)r->at[i] << 8 * i;
	r->at += bytes;
	return value;
}

static uint64_t leb(struct reader *r, bool is_signed)
{
	uint64_t value = 0;
	unsigned shift = 0;
	uint8_t byte = 0;

	while (r->at < r->end) {
		byte = *r->at++;
		if (shift < 64)
			value |= (uint64_t)(byte & 0x7f) << shift;
		shift += 7;
		if (!(byte & 0x80))
			break;
	}
	if (is_signed && byte & 0x40 && shift < 64)
		value |= ~(uint64_t)0 << shift;
	return value;
}

static int signed_byte(unsigned byte)
{
	return byte < 0x80 ? (int)byte : (int)byte - 0x100;
}

/* The head of a table, and `r` at its program; false: it is none that this can read. */
static bool read_head(struct reader *r, struct head *h)
{
	uint64_t length = fixed(r, 4), skip;
	unsigned width = 4;

	if (length == 0xffffffff) {
		length = fixed(r, 8);
		width = 8;
	}
	if (length > (uint64_t)(r->end - r->at))
		return false;
	r->end = r->at + length;
	h->version = (unsigned)fixed(r, 2);
	if (h->version < 2 || h->version > 5)
		return false;
	fixed(r, h->version >= 5 ? 2 : 0); /* sizes of an address and of a segment's selector */
	skip = fixed(r, width);
	if (skip > (uint64_t)(r->end - r->at))
		return false;
	length = (uint64_t)(r->at - r->end) + skip; /* where the program is, from the end */
	h->min_length = (unsigned)fixed(r, 1);
	fixed(r, h->version >= 4 ? 1 : 0); /* operations of an instruction: one */
	h->statement = fixed(r, 1);
	h->line_base = signed_byte((unsigned)fixed(r, 1));
	h->line_range = (unsigned)fixed(r, 1);
	h->opcode_base = (unsigned)fixed(r, 1);
	h->operands = r->at;
	if (!h->line_range || !h->opcode_base || r->end - r->at < (int)h->opcode_base - 1)
		return false;
	r->at = r->end + (int64_t)length;
	return true;
}

/* -- blocks -- */

static bool same_line(const struct row *a, const struct row *b)
{
	return a->file == b->file && a->line == b->line;
}

/* Is a statement of the same block before this one? Rows without code (the next one has the same
 * address) interrupt no block. */
static bool is_continued(const struct row *rows, size_t i)
{
	for (size_t j = i; j-- > 0;) {
		bool empty = rows[j].addr == rows[j + 1].addr;

		if (same_line(&rows[j], &rows[i])) {
			if (rows[j].statement)
				return true;
		} else if (!empty) {
			return false;
		}
	}
	return false;
}

/*
 * Is the sequence's code in the firmware? What a linker threw away is at an address without code;
 * or at 0, where there may be code of others: then the function that the unit has there tells.
 */
static bool is_linked(const struct run *run)
{
	const struct elf_section *section = elf_section_at(run->elf, run->rows[0].addr);

	if (!section || !(section->code || section->hollow))
		return false;
	return run->rows[0].addr != 0 ||
	       scopes_is_linked(run->elf, run->unit, 0, run->rows[0].line);
}

static void find_blocks(struct run *run)
{
	for (size_t i = 0; i + 1 < run->n; i++) {
		const struct row *row = &run->rows[i];
		struct statement s = {.addr = row->addr, .line = row->line};

		if (!row->statement || !row->line || is_continued(run->rows, i))
			continue;
		s.file = dwarf_filesrc(run->files, row->file, NULL, NULL);
		if (s.file)
			run->found(run->ctx, &s);
	}
}

/* Clang stores the last of the parameters behind the row that it marks, as code of line 0. */
static uint64_t behind_what_is_of_no_line(const struct run *run, size_t i)
{
	while (i + 2 < run->n && !run->rows[i + 1].line && run->rows[i + 2].addr < run->end)
		i += 2;
	return run->rows[i].addr;
}

/* Where the compiler says so, else the second statement: what comes before is the first one's. */
static void find_prologue_end(struct run *run)
{
	uint64_t second = 0;
	bool begins = false;

	for (size_t i = 0; i + 1 < run->n; i++) {
		const struct row *row = &run->rows[i];

		begins |= row->addr == run->start;
		if (row->addr < run->start || row->addr >= run->end)
			continue;
		if (row->prologue_end) {
			run->settled = behind_what_is_of_no_line(run, i);
			return;
		}
		if (begins && !second && row->statement && row->addr > run->start)
			second = row->addr;
	}
	if (second)
		run->settled = second;
}

static void end_sequence(struct run *run)
{
	if (run->n > 1 && is_linked(run))
		run->sequence(run);
	run->n = 0;
}

/* -- the program -- */

static void add_row(struct run *run, struct row *row)
{
	if (run->n == run->room) {
		run->room = run->room ? 2 * run->room : 256;
		run->rows = grow(run->rows, run->room, sizeof *run->rows);
	}
	run->rows[run->n++] = *row;
	row->prologue_end = false;
}

static void extended(struct run *run, struct reader *r, struct row *row, const struct row *first)
{
	uint64_t length = leb(r, false);
	struct reader inner = {r->at, r->end};

	if (length > (uint64_t)(r->end - r->at))
		length = (uint64_t)(r->end - r->at);
	inner.end = r->at += length;
	switch (fixed(&inner, 1)) {
	case DW_LNE_end_sequence:
		add_row(run, row);
		end_sequence(run);
		*row = *first;
		break;
	case DW_LNE_set_address:
		row->addr = fixed(&inner, (unsigned)(inner.end - inner.at));
		break;
	}
}

static void standard(struct run *run, struct reader *r, const struct head *h, unsigned opcode,
                     struct row *row)
{
	switch (opcode) {
	case DW_LNS_copy:
		add_row(run, row);
		break;
	case DW_LNS_advance_pc:
		row->addr += leb(r, false) * h->min_length;
		break;
	case DW_LNS_advance_line:
		row->line += (unsigned)leb(r, true);
		break;
	case DW_LNS_set_file:
		row->file = (unsigned)leb(r, false);
		break;
	case DW_LNS_negate_stmt:
		row->statement = !row->statement;
		break;
	case DW_LNS_set_prologue_end:
		row->prologue_end = h->version >= 3;
		break;
	case DW_LNS_const_add_pc:
		row->addr += (uint64_t)((255 - h->opcode_base) / h->line_range) * h->min_length;
		break;
	case DW_LNS_fixed_advance_pc:
		row->addr += fixed(r, 2);
		break;
	default:
		for (unsigned i = 0; i < h->operands[opcode - 1]; i++)
			leb(r, false);
	}
}

static void run_program(struct run *run, struct reader *r, const struct head *h)
{
	const struct row first = {.file = 1, .line = 1, .statement = h->statement};
	struct row row = first;

	run->n = 0;
	while (r->at < r->end) {
		unsigned opcode = (unsigned)fixed(r, 1), special = opcode - h->opcode_base;

		if (opcode == 0) {
			extended(run, r, &row, &first);
		} else if (opcode < h->opcode_base) {
			standard(run, r, h, opcode, &row);
		} else {
			row.addr += (uint64_t)(special / h->line_range) * h->min_length;
			row.line += (unsigned)(h->line_base + (int)(special % h->line_range));
			add_row(run, &row);
		}
	}
}

/* -- tables -- */

/* .debug_line, unpacked by libdw when it opened the file. */
static Elf_Data *line_section(Dwarf *dwarf)
{
	Elf *elf = dwarf_getelf(dwarf);
	Elf_Scn *scn = NULL;
	GElf_Shdr shdr;
	size_t names;

	if (elf_getshdrstrndx(elf, &names) != 0)
		return NULL;
	while ((scn = elf_nextscn(elf, scn))) {
		const char *name =
		        gelf_getshdr(scn, &shdr) ? elf_strptr(elf, names, shdr.sh_name) : NULL;

		if (name && shdr.sh_type != SHT_NOBITS &&
		    (strcmp(name, ".debug_line") == 0 || strcmp(name, ".zdebug_line") == 0))
			return elf_rawdata(scn, NULL);
	}
	return NULL;
}

static int by_bytes(const void *a, const void *b)
{
	return memcmp(a, b, 2 * sizeof(uint64_t));
}

/* Was this table not run yet? */
static bool is_new(struct run *run, Dwarf *dwarf, uint64_t offset)
{
	uint64_t *key = grow(NULL, 2, sizeof *key);
	uint64_t **node;

	key[0] = (uintptr_t)dwarf;
	key[1] = offset;
	node = tsearch(key, &run->seen, by_bytes);
	if (node && *node == key)
		return true;
	free(key);
	return false;
}

static void run_unit(void *ctx, Dwarf *dwarf, Dwarf_Die *unit)
{
	struct run *run = ctx;
	Dwarf_Attribute attr;
	Dwarf_Word offset;
	struct reader r;
	struct head h;
	Elf_Data *data;

	if (!dwarf_attr(unit, DW_AT_stmt_list, &attr) || dwarf_formudata(&attr, &offset) != 0 ||
	    !is_new(run, dwarf, offset) || dwarf_getsrcfiles(unit, &run->files, NULL) != 0)
		return;
	data = line_section(dwarf);
	if (!data || !data->d_buf || offset >= data->d_size)
		return;
	r.at = (const uint8_t *)data->d_buf + offset;
	r.end = (const uint8_t *)data->d_buf + data->d_size;
	run->unit = unit;
	if (read_head(&r, &h))
		run_program(run, &r, &h);
}

static void run_unit_around(void *ctx, Dwarf *dwarf, Dwarf_Die *unit)
{
	const struct run *run = ctx;

	if (dwarf_haspc(unit, run->start) == 1)
		run_unit(ctx, dwarf, unit);
}

bool rows_prologue_end(const struct elf *elf, uint64_t start, uint64_t end, uint64_t *addr)
{
	struct run run = {.elf = elf, .sequence = find_prologue_end, .start = start, .end = end};

	lines_tables(elf->lines, run_unit_around, &run);
	tdestroy(run.seen, free);
	free(run.rows);
	*addr = run.settled;
	return run.settled;
}

void statements_each(const struct elf *elf, statement_fn *found, void *ctx)
{
	struct run run = {.elf = elf, .sequence = find_blocks, .found = found, .ctx = ctx};

	lines_tables(elf->lines, run_unit, &run);
	tdestroy(run.seen, free);
	free(run.rows);
}
