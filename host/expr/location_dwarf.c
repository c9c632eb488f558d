/* SPDX-License-Identifier: MIT */
/*
 * Locations read from DIEs: see location_dwarf.h.
 */
#include "expr/location_dwarf.h"

#include <dwarf.h>
#include <gelf.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "expr/location_bits.h"
#include "program/frames.h"
#include "program/system_register.h"

static const char optimised_out[] = "it is optimised out",
                  unknown_way[] = "it is described in a way that this tool does not know",
                  only_at_entry[] = "only its value at the function's entry is known there";

static struct location_piece *add_piece(struct location *l, enum location_kind kind)
{
	l->pieces = grow(l->pieces, l->npieces + 1, sizeof *l->pieces);
	l->pieces[l->npieces] = (struct location_piece){.kind = kind};
	return &l->pieces[l->npieces++];
}

static void nowhere(struct location *l, const char *why)
{
	add_piece(l, LOCATION_NONE)->why = why;
}

/* ---- what is relative to the frame ---- */

/* The canonical frame address by the unwind tables, as operations. */
static bool add_cfa(struct location_piece *p, Dwarf *dwarf, uint64_t pc)
{
	Dwarf_CFI *cfi = dwarf_getcfi(dwarf);
	Dwarf_Frame *frame = NULL;
	Dwarf_Op *ops;
	size_t n;
	bool ok;

	/* An entry of what the linker threw away may claim the same address: nobody knows which. */
	if (frames_claiming(dwarf_getelf(dwarf), pc) > 1)
		return false;
	if (!cfi || dwarf_cfi_addrframe(cfi, pc, &frame) != 0) {
		cfi = dwarf_getcfi_elf(dwarf_getelf(dwarf));
		if (!cfi || dwarf_cfi_addrframe(cfi, pc, &frame) != 0)
			return false;
	}
	ok = dwarf_frame_cfa(frame, &ops, &n) == 0 && n;
	for (size_t i = 0; ok && i < n; i++)
		location_add_op(p, ops[i].atom, ops[i].number, ops[i].number2);
	free(frame);
	return ok;
}

/* The frame base of a function, as operations. */
static bool add_frame_base(struct location_piece *p, Dwarf *dwarf, Dwarf_Die *function, uint64_t pc)
{
	Dwarf_Attribute attr;
	Dwarf_Op *ops;
	size_t n;

	if (!function || !dwarf_attr_integrate(function, DW_AT_frame_base, &attr) ||
	    dwarf_getlocation_addr(&attr, pc, &ops, &n, 1) != 1)
		return false;
	for (size_t i = 0; i < n; i++)
		if (ops[i].atom == DW_OP_call_frame_cfa) {
			if (!add_cfa(p, dwarf, pc))
				return false;
		} else if (ops[i].atom >= DW_OP_reg0 && ops[i].atom <= DW_OP_reg31) {
			location_add_op(p, (uint8_t)(DW_OP_breg0 + ops[i].atom - DW_OP_reg0), 0, 0);
		} else if (ops[i].atom == DW_OP_regx) {
			location_add_op(p, DW_OP_bregx, ops[i].number, 0);
		} else {
			location_add_op(p, ops[i].atom, ops[i].number, ops[i].number2);
		}
	return true;
}

/* ---- one expression into pieces ---- */

struct reading {
	Dwarf *dwarf;
	Dwarf_Die *function;
	Dwarf_Attribute *attr;
	uint64_t pc;
};

static bool is_register(const Dwarf_Op *op, unsigned *reg)
{
	if (op->atom >= DW_OP_reg0 && op->atom <= DW_OP_reg31)
		*reg = op->atom - DW_OP_reg0;
	else if (op->atom == DW_OP_regx)
		*reg = (unsigned)op->number;
	else
		return false;
	return true;
}

/* What cannot be worked out, and why; NULL: it can. */
static const char *beyond(const Dwarf_Op *op)
{
	switch (op->atom) {
	case DW_OP_implicit_pointer:
	case DW_OP_GNU_implicit_pointer:
		return "what it points to has no address there";
	case DW_OP_const_type:
	case DW_OP_GNU_const_type:
	case DW_OP_xderef:
	case DW_OP_call2:
	case DW_OP_call4:
	case DW_OP_call_ref:
	case DW_OP_form_tls_address:
	case DW_OP_GNU_push_tls_address:
	case DW_OP_push_object_address:
		return unknown_way;
	}
	return NULL;
}

static void unknown(struct location_piece *p, const char *why)
{
	p->kind = LOCATION_NONE;
	p->why = why;
}

/* What a register held at the function's entry. False: it is none of these. */
static bool take_entry(struct location_piece *p, const struct reading *r, const Dwarf_Op *op)
{
	Dwarf_Attribute attr;
	Dwarf_Op *ops;
	unsigned reg;
	size_t n;

	if (op->atom != DW_OP_entry_value && op->atom != DW_OP_GNU_entry_value)
		return false;
	if (dwarf_getlocation_attr(r->attr, op, &attr) != 0 ||
	    dwarf_getlocation(&attr, &ops, &n) != 0 || n != 1 || !is_register(ops, &reg)) {
		unknown(p, only_at_entry);
		return true;
	}
	p->kind = LOCATION_MEMORY;
	location_add_op(p, DW_OP_entry_value, reg, 0);
	return true;
}

/* An address that stands in a table of its own (split units). */
static bool address_of(const struct reading *r, const Dwarf_Op *op, uint64_t *addr)
{
	Dwarf_Attribute attr;
	Dwarf_Addr at;

	if (dwarf_getlocation_attr(r->attr, op, &attr) != 0 || dwarf_formaddr(&attr, &at) != 0)
		return false;
	*addr = at;
	return true;
}

/* Makes the top of the stack an integer of the type that an operation names; false: it is none. */
static bool add_convert(struct location_piece *p, const struct reading *r, const Dwarf_Op *op,
                        bool untyped)
{
	Dwarf_Attribute attr;
	Dwarf_Word encoding;
	Dwarf_Die type;
	int bytes;

	if (untyped) {
		location_add_op(p, DW_OP_convert, 0, 0);
		return true;
	}
	if (dwarf_getlocation_die(r->attr, op, &type) != 0 ||
	    !dwarf_attr(&type, DW_AT_encoding, &attr) || dwarf_formudata(&attr, &encoding) != 0)
		return false;
	bytes = dwarf_bytesize(&type);
	if (encoding == DW_ATE_float || bytes < 1 || bytes > 8)
		return false;
	location_add_op(p, DW_OP_convert, (uint64_t)bytes,
	                encoding == DW_ATE_signed || encoding == DW_ATE_signed_char);
	return true;
}

/* Operations with a type. False: it is none of these. */
static bool take_typed(struct location_piece *p, const struct reading *r, const Dwarf_Op *op)
{
	bool untyped = false;

	switch (op->atom) {
	case DW_OP_convert:
	case DW_OP_GNU_convert:
	case DW_OP_reinterpret:
	case DW_OP_GNU_reinterpret:
		untyped = !op->number;
		break;
	case DW_OP_regval_type:
	case DW_OP_GNU_regval_type:
		location_add_op(p, DW_OP_bregx, op->number, 0);
		break;
	case DW_OP_deref_type:
	case DW_OP_GNU_deref_type:
		location_add_op(p, DW_OP_deref_size, op->number, true);
		break;
	default:
		return false;
	}
	p->kind = LOCATION_MEMORY;
	if (!add_convert(p, r, op, untyped))
		unknown(p, "it is described by floats, which this tool does not work out");
	return true;
}

/* A constant alone has all bits of its variable, though it be longer than a word. */
static void widen(struct location_piece *p)
{
	if (p->nops == 1 && p->ops->atom >= DW_OP_const1u && p->ops->atom <= DW_OP_consts)
		*p->ops = (struct location_op){DW_OP_consts, p->ops->number, true};
}

/* One operation of a piece. */
static void take_op(struct location_piece *p, const struct reading *r, const Dwarf_Op *op)
{
	Dwarf_Block block;
	uint64_t addr;
	unsigned reg;

	if (p->kind == LOCATION_NONE && p->why)
		return;
	if (is_register(op, &reg)) {
		p->kind = LOCATION_REGISTER;
		p->reg = reg;
	} else if (op->atom == DW_OP_stack_value) {
		p->kind = LOCATION_VALUE;
		widen(p);
	} else if (op->atom == DW_OP_implicit_value) {
		p->kind = LOCATION_BYTES;
		if (dwarf_getlocation_implicit_value(r->attr, op, &block) != 0)
			unknown(p, optimised_out);
		p->bytes = block.data;
		p->nbytes = block.length;
	} else if (op->atom == DW_OP_fbreg) {
		p->kind = LOCATION_MEMORY;
		if (add_frame_base(p, r->dwarf, r->function, r->pc))
			location_add_op(p, DW_OP_plus_uconst, op->number, 0);
		else
			unknown(p, "nothing tells where the function's frame is");
	} else if (op->atom == DW_OP_call_frame_cfa) {
		p->kind = LOCATION_MEMORY;
		if (!add_cfa(p, r->dwarf, r->pc))
			unknown(p, "nothing tells where the function's frame is");
	} else if (op->atom == DW_OP_addrx || op->atom == DW_OP_GNU_addr_index) {
		p->kind = LOCATION_MEMORY;
		if (address_of(r, op, &addr))
			location_add_op(p, DW_OP_addr, addr, 0);
		else
			unknown(p, "its address is in a table that is damaged");
	} else if (beyond(op)) {
		unknown(p, beyond(op));
	} else if (!take_entry(p, r, op) && !take_typed(p, r, op)) {
		p->kind = LOCATION_MEMORY;
		location_add_op(p, op->atom, op->number, op->number2);
	}
}

/* All are read: what needs a value at the function's entry is nowhere until that can be had. */
static void put_off(struct location *l)
{
	for (size_t i = 0; i < l->npieces; i++) {
		struct location_piece *p = &l->pieces[i];

		if (p->kind == LOCATION_NONE || !piece_needs_entry(p))
			continue;
		p->entry = p->kind;
		unknown(p, only_at_entry);
	}
}

/* The last piece is one of bits. With those before it, `*at` so far, it makes whole bytes. */
static bool take_bits(struct location *l, const struct reading *r, uint64_t *at, const Dwarf_Op *op)
{
	unsigned word = gelf_getclass(dwarf_getelf(r->dwarf)) == ELFCLASS64 ? 8 : 4;
	struct location_piece part = l->pieces[--l->npieces];
	struct location_piece *whole =
	        *at ? &l->pieces[l->npieces - 1] : add_piece(l, LOCATION_NONE);

	if (!location_add_bits(whole, *at, &part, op->number, op->number2, word))
		return false;
	*at += op->number;
	whole->size = (*at + 7) / 8;
	if (*at % 8 == 0) {
		location_end_bits(whole, *at);
		*at = 0;
	}
	return true;
}

/* Whole bytes, or a register that has a name of its own? It is a piece like others, then. */
static bool is_bytes(const struct location_piece *p, const struct reading *r, const Dwarf_Op *op,
                     unsigned *reg)
{
	GElf_Ehdr head;

	*reg = p->reg;
	if (op->number % 8 || op->number2 % 8 || (op->number2 && p->kind != LOCATION_REGISTER))
		return false;
	return !op->number2 ||
	       (gelf_getehdr(dwarf_getelf(r->dwarf), &head) &&
	        system_register_part(head.e_machine, p->reg, op->number2 / 8, op->number / 8, reg));
}

static bool take_piece(struct location *l, const struct reading *r, uint64_t *bits,
                       const Dwarf_Op *op)
{
	struct location_piece *p = &l->pieces[l->npieces - 1];
	bool of_bits = op->atom == DW_OP_bit_piece;
	unsigned reg;

	if (p->kind == LOCATION_NONE && !p->why)
		p->why = location_in_part;
	if (of_bits && (*bits || !is_bytes(p, r, op, &reg)))
		return take_bits(l, r, bits, op);
	if (of_bits)
		p->reg = reg;
	p->size = of_bits ? op->number / 8 : op->number;
	return !*bits;
}

static void take_expression(struct location *l, const struct reading *r, const Dwarf_Op *ops,
                            size_t n)
{
	bool under_way = false;
	uint64_t bits = 0;

	if (!n)
		nowhere(l, optimised_out);
	for (size_t i = 0; i < n; i++) {
		if (!under_way)
			add_piece(l, LOCATION_NONE);
		under_way = ops[i].atom != DW_OP_piece && ops[i].atom != DW_OP_bit_piece;
		if (under_way) {
			take_op(&l->pieces[l->npieces - 1], r, &ops[i]);
		} else if (!take_piece(l, r, &bits, &ops[i])) {
			location_free(l); /* what comes is nobody knows where in it */
			nowhere(l, unknown_way);
			return;
		}
	}
	if (bits)
		location_end_bits(&l->pieces[l->npieces - 1], bits);
	put_off(l);
}

static bool constant(struct location *l, Dwarf_Die *variable)
{
	struct location_piece *p;
	Dwarf_Attribute attr;
	Dwarf_Block block;
	Dwarf_Sword v;

	if (!dwarf_attr_integrate(variable, DW_AT_const_value, &attr))
		return false;
	if (dwarf_formblock(&attr, &block) == 0) {
		p = add_piece(l, LOCATION_BYTES);
		p->bytes = block.data;
		p->nbytes = block.length;
	} else if (dwarf_formsdata(&attr, &v) == 0) {
		p = add_piece(l, LOCATION_VALUE);
		location_add_op(p, DW_OP_consts, (uint64_t)v, true);
	} else {
		return false;
	}
	return true;
}

void location_of(Dwarf_Die *variable, Dwarf_Die *function, uint64_t pc, struct location *l)
{
	Dwarf_Attribute attr;
	struct reading r = {dwarf_cu_getdwarf(variable->cu), function, &attr, pc};
	Dwarf_Op *ops;
	size_t n;

	*l = (struct location){0};
	if (!dwarf_attr_integrate(variable, DW_AT_location, &attr)) {
		if (!constant(l, variable))
			nowhere(l, optimised_out);
	} else if (dwarf_getlocation_addr(&attr, pc, &ops, &n, 1) == 1) {
		take_expression(l, &r, ops, n);
	} else {
		nowhere(l, optimised_out);
	}
}

bool location_value_of(Dwarf_Attribute *attr, Dwarf_Die *function, uint64_t pc, struct location *l)
{
	struct reading r = {dwarf_cu_getdwarf(attr->cu), function, attr, pc};
	Dwarf_Op *ops;
	size_t n;

	*l = (struct location){0};
	if (dwarf_getlocation(attr, &ops, &n) != 0 || !n)
		return false;
	take_expression(l, &r, ops, n);
	location_take_entry(l);
	return l->npieces == 1 && !l->pieces->size &&
	       (l->pieces->kind == LOCATION_MEMORY || l->pieces->kind == LOCATION_VALUE);
}
