/* SPDX-License-Identifier: MIT */
/*
 * The table of registers that no snapshot has: see system_register.h.
 *
 * GDB: features org.gnu.gdb.arm.m-system, .vfp, org.gnu.gdb.riscv.fpu and .csr, with the numbers of
 * arch/thumb/debug.c and arch/riscv/debug.c; of AArch64 those of arch/aarch64/debug.c. DWARF:
 * "DWARF for the Arm Architecture" (AADWARF32), 4.1 (S0 to S31, D0 to D15); AADWARF64, 4.1 (V0 to
 * V31); RISC-V ELF psABI, "DWARF Register Numbers". What a trap overwrites is left out.
 */
#include "program/system_register.h"

#include <elf.h>
#include <stdio.h>
#include <string.h>

/* Of one kind, one behind the other. */
struct row {
	uint16_t machine;
	char name[10]; /* with `count`: in front of a number, from `first` on */
	uint8_t first, count;
	uint8_t gdb;
	uint8_t bytes; /* 0: a word, or of floats as long as the ABI's */
	bool is_float;
	uint16_t dwarf; /* 0: it has no number */
};

static const struct row rows[] = {
        {EM_ARM, "s", 0, 32, 48, 4, true, 64},         {EM_ARM, "d", 0, 16, 48, 8, true, 256},
        {EM_ARM, "fpscr", 0, 0, 64, 4, false, 0},      {EM_ARM, "msp", 0, 0, 32, 4, false, 0},
        {EM_ARM, "psp", 0, 0, 33, 4, false, 0},        {EM_ARM, "basepri", 0, 0, 35, 4, false, 0},
        {EM_ARM, "faultmask", 0, 0, 36, 4, false, 0},  {EM_RISCV, "ft", 0, 8, 33, 0, true, 32},
        {EM_RISCV, "fs", 0, 2, 41, 0, true, 40},       {EM_RISCV, "fa", 0, 8, 43, 0, true, 42},
        {EM_RISCV, "fs", 2, 10, 51, 0, true, 50},      {EM_RISCV, "ft", 8, 4, 61, 0, true, 60},
        {EM_RISCV, "fflags", 0, 0, 66, 4, false, 0},   {EM_RISCV, "frm", 0, 0, 67, 4, false, 0},
        {EM_RISCV, "fcsr", 0, 0, 68, 4, false, 0},     {EM_RISCV, "misa", 0, 0, 81, 0, false, 0},
        {EM_RISCV, "mie", 0, 0, 82, 0, false, 0},      {EM_RISCV, "mtvec", 0, 0, 83, 0, false, 0},
        {EM_RISCV, "mscratch", 0, 0, 84, 0, false, 0}, {EM_RISCV, "mhartid", 0, 0, 88, 0, false, 0},
        {EM_RISCV, "sie", 0, 0, 82, 0, false, 0},      {EM_RISCV, "stvec", 0, 0, 83, 0, false, 0},
        {EM_RISCV, "sscratch", 0, 0, 84, 0, false, 0}, {EM_RISCV, "satp", 0, 0, 89, 0, false, 0},
        {EM_AARCH64, "d", 0, 32, 34, 8, true, 64},     {EM_AARCH64, "s", 0, 32, 34, 4, true, 0},
        {EM_AARCH64, "fpsr", 0, 0, 66, 4, false, 0},   {EM_AARCH64, "fpcr", 0, 0, 67, 4, false, 0},
        {EM_AARCH64, "vbar_el1", 0, 0, 84, 0, 0, 0},   {EM_AARCH64, "sctlr_el1", 0, 0, 85, 0, 0, 0},
        {EM_AARCH64, "ttbr0_el1", 0, 0, 86, 0, 0, 0},  {EM_AARCH64, "ttbr1_el1", 0, 0, 87, 0, 0, 0},
        {EM_AARCH64, "tpidr_el1", 0, 0, 88, 0, 0, 0},  {EM_AARCH64, "tpidr_el0", 0, 0, 89, 0, 0, 0},
        {EM_AARCH64, "mpidr_el1", 0, 0, 90, 0, 0, 0},
};

/* SPEC.md, "Fetch programs": numbers that are no registers. */
enum { USER = 254, WAS };

/* Numbers that stand for %NAME: of its row, and of the register in it; and how long it is. */
enum { NAMED = 1 << 16, ROW_SHIFT = 8, INDEX = 0x3f, SINGLE = 0x40 };

static struct system_register register_at(const struct row *row, unsigned i)
{
	/* Two of S0 to S31 are one of D0 to D15. */
	bool half = row->machine == EM_ARM && row->is_float && row->bytes == 4;

	return (struct system_register){.gdb = (uint8_t)(row->gdb + (half ? i / 2 : i)),
	                                .word = half ? i % 2 : 0,
	                                .bytes = row->bytes,
	                                .is_float = row->is_float};
}

static void write_name(const struct row *row, unsigned i, char name[SYSTEM_REGISTER_NAME])
{
	if (row->count)
		snprintf(name, SYSTEM_REGISTER_NAME, "%s%u", row->name, row->first + i);
	else
		snprintf(name, SYSTEM_REGISTER_NAME, "%s", row->name);
}

/* Which of a row's it is. */
static bool is_named(const struct row *row, const char *name, unsigned *i)
{
	char one[SYSTEM_REGISTER_NAME];

	for (*i = 0; *i < (row->count ? row->count : 1u); ++*i) {
		write_name(row, *i, one);
		if (strcmp(one, name) == 0)
			return true;
	}
	return false;
}

/* Has the instruction set it? Of RISC-V's CSRs each mode, rv32 and rv32s, has its own, which begin
 * with its letter. */
static bool has(const struct tl_isa *isa, const struct row *row)
{
	enum { CSRS = 80 }; /* GDB's number of the first: arch/riscv/debug.c */
	bool supervisor = isa->e_machine == EM_RISCV && isa->name[4] == 's';

	return row->machine == isa->e_machine && (row->machine != EM_RISCV || row->gdb < CSRS ||
	                                          row->name[0] == (supervisor ? 's' : 'm'));
}

static const struct row *row_end(void)
{
	return rows + sizeof rows / sizeof *rows;
}

bool system_register_named(const struct tl_isa *isa, const char *name, unsigned float_bytes,
                           unsigned *number, struct system_register *reg)
{
	unsigned i;

	for (const struct row *row = rows; row < row_end(); row++) {
		if (!has(isa, row) || !is_named(row, name, &i))
			continue;
		*number = NAMED | (unsigned)(row - rows) << ROW_SHIFT | i |
		          (float_bytes == 4 ? SINGLE : 0);
		return system_register_of(isa, *number, reg);
	}
	return false;
}

bool system_register_of(const struct tl_isa *isa, unsigned number, struct system_register *reg)
{
	if (number == SYSTEM_WAS || number == SYSTEM_USER) {
		*reg = (struct system_register){.gdb = number == SYSTEM_WAS ? WAS : USER,
		                                .bytes = isa->word};
		return true;
	}
	for (const struct row *row = rows; row < row_end(); row++) {
		unsigned i = number - row->dwarf;
		bool named = number & NAMED &&
		             (number & ~(unsigned)NAMED) >> ROW_SHIFT == (unsigned)(row - rows);

		if (!has(isa, row) || !(named || (row->dwarf && i < row->count)))
			continue;
		*reg = register_at(row, named ? number & INDEX : i);
		if (reg->bytes)
			return true;
		reg->bytes = !reg->is_float ? isa->word : named && number & SINGLE ? 4 : 8;
		reg->is_any_float = named && reg->is_float && reg->bytes == 8;
		return true;
	}
	return false;
}

/* The row of a number that is DWARF's. */
static const struct row *row_of(uint16_t machine, unsigned dwarf)
{
	for (const struct row *row = rows; row < row_end(); row++)
		if (row->machine == machine && row->dwarf && dwarf - row->dwarf < row->count)
			return row;
	return NULL;
}

bool system_register_part(uint16_t e_machine, unsigned dwarf, uint64_t from, uint64_t bytes,
                          unsigned *part)
{
	const struct row *whole = row_of(e_machine, dwarf);

	for (const struct row *row = rows; whole && row < row_end(); row++) {
		if (row->machine != e_machine || !row->dwarf || !row->is_float ||
		    row->bytes != bytes)
			continue;
		for (unsigned i = 0; i < row->count; i++) {
			struct system_register of = register_at(whole, dwarf - whole->dwarf);
			struct system_register at = register_at(row, i);

			*part = row->dwarf + i;
			if (at.gdb == of.gdb && (uint64_t)(at.word - of.word) * 4 == from)
				return true;
		}
	}
	return false;
}

bool system_register_name(const struct tl_isa *isa, unsigned dwarf, char name[SYSTEM_REGISTER_NAME])
{
	for (const struct row *row = rows; row < row_end(); row++) {
		if (!has(isa, row) || !row->dwarf || dwarf - row->dwarf >= row->count)
			continue;
		write_name(row, dwarf - row->dwarf, name);
		return true;
	}
	return false;
}

const char *system_register_list(const struct tl_isa *isa)
{
	switch (isa->e_machine) {
	case EM_ARM:
		return "of the system and an FPU msp, psp, s0 to s31, d0 to d15";
	case EM_AARCH64:
		return "of the system and an FPU s0 to s31, d0 to d31, fpcr, tpidr_el1";
	default:
		return "of an FPU fa0 to fa7, ft0 to ft11, fs0 to fs11, fcsr";
	}
}
