/* SPDX-License-Identifier: MIT */
/*
 * Calling conventions: see passed.h. Follows the Procedure Call Standard for the Arm Architecture
 * (AAPCS32), 6.4 and 7.1.2, that for the Arm 64-bit Architecture (AAPCS64), 6.8 and 6.9, and the
 * RISC-V Calling Convention, 2.1 and 2.2. Classes of C++ are left
 * out: how they are passed depends on what their types do not tell.
 */
#include "expr/passed.h"

#include <dwarf.h>
#include <elf.h>

#include "base/util.h"

enum { DEEP = 8, ARM_S0 = 64, ARM_D0 = 256, A64_V0 = 64, RISCV_FA0 = 42 };

/* ---- types ---- */

static bool is_aggregate(const struct type *t)
{
	return t->kind == TYPE_STRUCT || t->kind == TYPE_ARRAY;
}

/* Bytes; 1 of what is packed. */
static uint64_t alignment(const struct type *t, unsigned depth)
{
	uint64_t most = 1, one;

	if (t->kind == TYPE_ARRAY && depth)
		return alignment(type_target(t), depth - 1);
	if (t->kind != TYPE_STRUCT || !depth)
		return t->size ? t->size : 1;
	type_complete(t);
	for (size_t i = 0; i < t->nmembers; i++) {
		one = alignment(type_member(t, i), depth - 1);
		if (!t->members[i].bits && t->members[i].offset % one)
			return 1;
		most = one > most ? one : most;
	}
	return most;
}

/* Counts floats; false: there is something else, or another float. */
static bool count_floats(const struct type *t, unsigned *bytes, unsigned *n, unsigned depth)
{
	enum { MOST = 4 };

	if (t->kind == TYPE_FLOAT) {
		bool same = !*n || *bytes == t->size;

		*bytes = (unsigned)t->size;
		return same && ++*n <= MOST;
	}
	if (!depth || t->is_union)
		return false;
	if (t->kind == TYPE_ARRAY) {
		for (uint64_t i = 0; i < t->count; i++)
			if (!count_floats(type_target(t), bytes, n, depth - 1))
				return false;
		return t->count;
	}
	if (t->kind != TYPE_STRUCT)
		return false;
	type_complete(t);
	for (size_t i = 0; i < t->nmembers; i++)
		if (t->members[i].bits || !count_floats(type_member(t, i), bytes, n, depth - 1))
			return false;
	return t->nmembers;
}

unsigned homogeneous_floats(const struct type *t, unsigned *bytes)
{
	unsigned n = 0;

	return count_floats(t, bytes, &n, DEEP) ? n : 0;
}

struct leaf {
	const struct type *type;
	uint64_t offset;
};

/* What a structure is made of in the end. False: of more than so many, or of something else. */
static bool leaves(const struct type *t, uint64_t offset, struct leaf *at, unsigned *n,
                   unsigned most, unsigned depth)
{
	bool well = depth && !t->is_union;

	if (t->kind != TYPE_STRUCT && t->kind != TYPE_ARRAY) {
		if (*n == most)
			return false;
		at[(*n)++] = (struct leaf){t, offset};
		return true;
	}
	if (t->kind == TYPE_ARRAY) {
		for (uint64_t i = 0; well && i < t->count; i++)
			well = leaves(type_target(t), offset + i * type_target(t)->size, at, n,
			              most, depth - 1);
		return well;
	}
	type_complete(t);
	for (size_t i = 0; well && i < t->nmembers; i++)
		well = !t->members[i].bits &&
		       leaves(type_member(t, i), offset + t->members[i].offset, at, n, most,
		              depth - 1);
	return well;
}

/* ---- locations ---- */

static struct location_piece *add_piece(struct location *l, enum location_kind kind, uint64_t size)
{
	l->pieces = grow(l->pieces, l->npieces + 1, sizeof *l->pieces);
	l->pieces[l->npieces] = (struct location_piece){.kind = kind, .size = size};
	return &l->pieces[l->npieces++];
}

static void in_register(struct location *l, unsigned dwarf, uint64_t size)
{
	add_piece(l, LOCATION_REGISTER, size)->reg = dwarf;
}

/* At a core register's value, and so many bytes on. */
static void in_memory(struct location *l, const struct tl_isa *isa, unsigned reg, uint64_t offset,
                      uint64_t size)
{
	struct location_piece *p = add_piece(l, LOCATION_MEMORY, size);

	p->ops = grow(NULL, 8, sizeof *p->ops);
	p->ops[p->nops++] =
	        (struct location_op){(uint8_t)(DW_OP_breg0 + isa->regs[reg].dwarf), offset, 0};
}

/* ---- words ---- */

/* In argument registers as far as there are any, behind them on the stack. */
static void in_words(struct passing *p, const struct type *t, struct location *l)
{
	unsigned word = p->isa->word;
	uint64_t left = t->size;
	bool whole = left <= word;

	while (left && p->next < p->isa->nargs) {
		uint64_t some = left < word ? left : word;

		in_register(l, p->isa->regs[p->isa->args[p->next++]].dwarf, whole ? 0 : some);
		left -= some;
	}
	if (!left)
		return;
	in_memory(l, p->isa, p->isa->sp, p->stack, left == t->size ? 0 : left);
	p->stack += (left + word - 1) / word * word;
}

static void align_stack(struct passing *p, uint64_t to)
{
	p->stack = (p->stack + to - 1) / to * to;
}

static void on_stack(struct passing *p, const struct type *t, struct location *l, uint64_t align)
{
	unsigned next = p->next;

	p->next = p->isa->nargs;
	align_stack(p, align);
	in_words(p, t, l);
	p->next = next;
}

/* ---- Arm ---- */

/* The lowest registers that are free, one behind the other: s0 to s15, a double is two of them. */
static bool arm_floats(struct passing *p, unsigned n, unsigned bytes, struct location *l)
{
	enum { REGISTERS = 16 };
	unsigned step = bytes / 4, all = (1u << n * step) - 1;

	for (unsigned at = 0; at + n * step <= REGISTERS; at += step) {
		if (p->fp_taken & all << at)
			continue;
		p->fp_taken |= all << at;
		for (unsigned i = 0; i < n; i++)
			in_register(l, bytes == 4 ? ARM_S0 + at + i : ARM_D0 + at / 2 + i,
			            n == 1 ? 0 : bytes);
		return true;
	}
	p->fp_over = true;
	return false;
}

static bool arm_next(struct passing *p, const struct type *t, struct location *l)
{
	unsigned bytes = 0, n = p->float_bytes ? homogeneous_floats(t, &bytes) : 0;
	bool wide = alignment(t, DEEP) >= 8;
	uint64_t words = (t->size + 3) / 4;

	if (n && !p->fp_over && arm_floats(p, n, bytes, l))
		return true;
	if (n) { /* the core registers stay as they are */
		on_stack(p, t, l, wide ? 8 : 4);
		return true;
	}
	p->next += wide && p->next & 1;
	if (p->next + words > p->isa->nargs && (p->stack || p->next >= p->isa->nargs)) {
		p->next = p->isa->nargs;
		align_stack(p, wide ? 8 : 4);
	}
	in_words(p, t, l);
	return true;
}

/* ---- AArch64 ---- */

/* The next registers, as many as there are floats; none is left for others if those are too few. Of
   a long one no register is read whole. */
static bool a64_floats(struct passing *p, unsigned n, unsigned bytes, struct location *l)
{
	enum { REGISTERS = 8 };

	if (p->fp_taken + n > REGISTERS) {
		p->fp_taken = REGISTERS;
		return false;
	}
	for (unsigned i = 0; i < n; i++)
		in_register(l, A64_V0 + p->fp_taken++, n == 1 && bytes <= 8 ? 0 : bytes);
	return true;
}

/* A structure is in registers as a whole, or on the stack. */
static bool a64_next(struct passing *p, const struct type *t, struct location *l)
{
	unsigned bytes = 0, n = homogeneous_floats(t, &bytes), word = p->isa->word;
	bool wide = alignment(t, DEEP) >= 16, in_a_register;

	if (n) {
		if (!a64_floats(p, n, bytes, l))
			on_stack(p, t, l, wide ? 16 : 8);
		return bytes <= p->float_bytes;
	}
	if (t->size > 2 * word) { /* a copy of the caller's */
		in_a_register = p->next < p->isa->nargs;
		if (in_a_register)
			in_memory(l, p->isa, p->isa->args[p->next++], 0, 0);
		else
			p->stack += word;
		return in_a_register;
	}
	if (wide)
		p->next += p->next & 1;
	if (p->next + (t->size + word - 1) / word > p->isa->nargs)
		p->next = p->isa->nargs;
	if (p->next == p->isa->nargs)
		align_stack(p, wide ? 16 : 8);
	in_words(p, t, l);
	return true;
}

/* ---- RISC-V ---- */

/* Floats alone, and structures of one or two members one of which is a float, if there are
   registers for both; they are taken in order, and none is left out. */
static bool riscv_floats(struct passing *p, const struct type *t, struct location *l)
{
	enum { REGISTERS = 8, MOST = 2 };
	struct leaf at[MOST];
	unsigned n = 0, fp = p->fp_taken, core = p->next, floats = 0;

	if (!leaves(t, 0, at, &n, MOST, DEEP) || !n)
		return false;
	for (unsigned i = 0; i < n; i++) {
		bool is_float =
		        at[i].type->kind == TYPE_FLOAT && at[i].type->size <= p->float_bytes;

		if (!is_float && at[i].type->size > p->isa->word)
			return false;
		floats += is_float;
	}
	if (!floats || fp + floats > REGISTERS || core + n - floats > p->isa->nargs)
		return false;
	for (unsigned i = 0; i < n; i++) {
		uint64_t end = i + 1 < n ? at[i + 1].offset : t->size;
		unsigned reg = at[i].type->kind == TYPE_FLOAT
		                       ? RISCV_FA0 + p->fp_taken++
		                       : p->isa->regs[p->isa->args[p->next++]].dwarf;

		in_register(l, reg, n == 1 ? 0 : end - at[i].offset);
	}
	return true;
}

static bool riscv_next(struct passing *p, const struct type *t, struct location *l)
{
	unsigned word = p->isa->word;

	if (p->float_bytes && riscv_floats(p, t, l))
		return true;
	if (t->size > 2 * word) { /* a copy of the caller's */
		bool in_a_register = p->next < p->isa->nargs;

		if (in_a_register)
			in_memory(l, p->isa, p->isa->args[p->next++], 0, 0);
		else
			p->stack += word;
		return in_a_register;
	}
	if (p->next == p->isa->nargs)
		align_stack(p, t->size > word && alignment(t, DEEP) > word ? 2 * word : word);
	in_words(p, t, l);
	return true;
}

/* ---- all ---- */

static bool is_arm(const struct tl_isa *isa)
{
	return isa->e_machine == EM_ARM;
}

static bool is_a64(const struct tl_isa *isa)
{
	return isa->e_machine == EM_AARCH64;
}

bool returned_in_memory(const struct tl_isa *isa, unsigned float_bytes, const struct type *t)
{
	unsigned bytes;

	if (t->kind == TYPE_STRUCT)
		type_complete(t);
	if (is_arm(isa) && is_aggregate(t))
		return t->size > 4 && !(float_bytes && homogeneous_floats(t, &bytes));
	if (is_a64(isa) && homogeneous_floats(t, &bytes))
		return false;
	return t->size > 2u * isa->word;
}

bool returned_in_fpu(const struct tl_isa *isa, unsigned float_bytes, const struct type *t,
                     struct location *l)
{
	struct passing p = {.isa = isa, .float_bytes = float_bytes};
	unsigned bytes = 0, n;

	*l = (struct location){0};
	if (!float_bytes)
		return false;
	if (t->kind == TYPE_STRUCT)
		type_complete(t);
	if (!is_arm(isa) && !is_a64(isa))
		return riscv_floats(&p, t, l);
	n = homogeneous_floats(t, &bytes);
	return n && (is_a64(isa) ? a64_floats : arm_floats)(&p, n, bytes, l);
}

void passing_begin(struct passing *p, const struct tl_isa *isa, unsigned float_bytes,
                   const struct call_kind *kind)
{
	*p = (struct passing){.isa = isa, .plain = kind->plain};
	/* A function with a ... takes no floats in registers of the FPU on Arm. */
	p->float_bytes = kind->variadic && is_arm(isa) ? 0 : float_bytes;
	if (kind->changed)
		p->lost = "the compiler has changed what the function takes";
	else if (kind->returns->kind == TYPE_STRUCT && !kind->plain)
		p->lost = "where it is passed is not known";
	else if (!is_a64(isa)) /* which says where in a register that holds no argument */
		p->next = returned_in_memory(isa, float_bytes, kind->returns);
}

bool passing_next(struct passing *p, const struct type *t, struct location *l, const char **why)
{
	bool structure = is_aggregate(t), known;

	if (t->kind == TYPE_STRUCT)
		type_complete(t);
	*l = (struct location){0};
	if (!p->lost && (!t->size || (structure && (!p->plain || t->incomplete))))
		p->lost = "where it is passed is not known";
	*why = p->lost;
	if (p->lost)
		return false;
	known = is_arm(p->isa)   ? arm_next(p, t, l)
	        : is_a64(p->isa) ? a64_next(p, t, l)
	                         : riscv_next(p, t, l);
	*why = known ? NULL
	       : homogeneous_floats(t, &(unsigned){0})
	               ? "no register that is read holds all of it"
	               : "it is passed by an address that is on the stack";
	return known;
}
