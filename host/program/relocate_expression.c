/* SPDX-License-Identifier: MIT */
/*
 * Addresses in DWARF expressions: see relocate_parts.h. Follows DWARF 5, 7.7.1.
 */
#include "program/relocate_parts.h"

#include <dwarf.h>

/*
 * Of each operation its operands. 1 2 4 8: so many bytes; a: an address; o: an offset; u: a LEB128;
 * b: a LEB128 and so many bytes; c: a byte and so many bytes. NULL: nobody knows. An expression
 * within (DW_OP_entry_value) is walked as if it were part of the one around it.
 */
static const char *const operands[256] = {
        [DW_OP_addr] = "a",
        [DW_OP_deref] = "",
        [DW_OP_const1u] = "1",
        [DW_OP_const1s] = "1",
        [DW_OP_const2u] = "2",
        [DW_OP_const2s] = "2",
        [DW_OP_const4u] = "4",
        [DW_OP_const4s] = "4",
        [DW_OP_const8u] = "8",
        [DW_OP_const8s] = "8",
        [DW_OP_constu] = "u",
        [DW_OP_consts] = "u",
        [DW_OP_dup... DW_OP_over] = "",
        [DW_OP_pick] = "1",
        [DW_OP_swap... DW_OP_plus] = "",
        [DW_OP_plus_uconst] = "u",
        [DW_OP_shl... DW_OP_xor] = "",
        [DW_OP_bra] = "2",
        [DW_OP_eq... DW_OP_ne] = "",
        [DW_OP_skip] = "2",
        [DW_OP_lit0... DW_OP_reg31] = "",
        [DW_OP_breg0... DW_OP_breg31] = "u",
        [DW_OP_regx] = "u",
        [DW_OP_fbreg] = "u",
        [DW_OP_bregx] = "uu",
        [DW_OP_piece] = "u",
        [DW_OP_deref_size] = "1",
        [DW_OP_xderef_size] = "1",
        [DW_OP_nop] = "",
        [DW_OP_push_object_address] = "",
        [DW_OP_call2] = "2",
        [DW_OP_call4] = "4",
        [DW_OP_call_ref] = "o",
        [DW_OP_form_tls_address] = "",
        [DW_OP_call_frame_cfa] = "",
        [DW_OP_bit_piece] = "uu",
        [DW_OP_implicit_value] = "b",
        [DW_OP_stack_value] = "",
        [DW_OP_implicit_pointer] = "ou",
        [DW_OP_addrx] = "u",
        [DW_OP_constx] = "u",
        [DW_OP_entry_value] = "u",
        [DW_OP_const_type] = "uc",
        [DW_OP_regval_type] = "uu",
        [DW_OP_deref_type] = "1u",
        [DW_OP_xderef_type] = "1u",
        [DW_OP_convert] = "u",
        [DW_OP_reinterpret] = "u",
        [DW_OP_GNU_push_tls_address] = "",
        [DW_OP_GNU_uninit] = "",
        [DW_OP_GNU_implicit_pointer] = "ou",
        [DW_OP_GNU_entry_value] = "u",
        [DW_OP_GNU_const_type] = "uc",
        [DW_OP_GNU_regval_type] = "uu",
        [DW_OP_GNU_deref_type] = "1u",
        [DW_OP_GNU_convert] = "u",
        [DW_OP_GNU_reinterpret] = "u",
        [DW_OP_GNU_parameter_ref] = "4",
        [DW_OP_GNU_addr_index] = "u",
        [DW_OP_GNU_const_index] = "u",
        [DW_OP_GNU_variable_value] = "o",
};

/* Is what was pushed before an offset of a thread's? */
static bool tls_follows(const struct cursor *c)
{
	return c->at < c->end && (c->bytes[c->at] == DW_OP_form_tls_address ||
	                          c->bytes[c->at] == DW_OP_GNU_push_tls_address);
}

static void move_operand(const struct relocation *r, const struct coding *coding, struct cursor *c)
{
	size_t at = c->at;
	uint64_t addr = take(c, coding->address);
	const struct elf_segment *segment;

	if (c->bad || tls_follows(c) || (!addr && !r->data_at_zero))
		return;
	segment = segment_near(r, NULL, addr);
	if (segment)
		put_number(c->bytes + at, coding->address, addr + shift_of(segment));
}

static void take_operand(const struct coding *coding, struct cursor *c, char kind)
{
	if (kind == 'u')
		take_uleb(c);
	else if (kind == 'b')
		take_bytes(c, take_uleb(c));
	else if (kind == 'c')
		take_bytes(c, take(c, 1));
	else if (kind == 'o') /* DWARF 2 has an address there */
		take_bytes(c, coding->version == 2 ? coding->address : coding->offset);
	else
		take_bytes(c, (unsigned)(kind - '0'));
}

void relocate_expression(const struct relocation *r, const struct coding *coding, struct cursor c)
{
	while (!c.bad && c.at < c.end) {
		const char *kinds = operands[c.bytes[c.at++]];

		if (!kinds)
			return;
		for (; *kinds; kinds++)
			if (*kinds == 'a')
				move_operand(r, coding, &c);
			else
				take_operand(coding, &c, *kinds);
	}
}
