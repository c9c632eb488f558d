/* SPDX-License-Identifier: MIT */
/*
 * Bytes of pieces of bits: see location_bits.h.
 */
#include "expr/location_bits.h"

#include <dwarf.h>
#include <stdlib.h>

/* 1 to 64 bits from bit 0 on */
static uint64_t ones(uint64_t bits)
{
	return UINT64_MAX >> (64 - bits);
}

static uint64_t constant(const struct location_piece *p)
{
	uint64_t v = 0;

	for (size_t i = 0; i < p->nbytes && i < sizeof v; i++)
		v |= (uint64_t)p->bytes[i] << 8 * i;
	return v;
}

/* A part as a value. Bytes in memory are read up to the last one that is needed. */
static void as_value(struct location_piece *p, uint64_t bits)
{
	switch (p->kind) {
	case LOCATION_REGISTER:
		location_add_op(p, DW_OP_bregx, p->reg, 0);
		break;
	case LOCATION_MEMORY:
		location_add_op(p, DW_OP_deref_size, (bits + 7) / 8, 0);
		break;
	case LOCATION_BYTES:
		location_add_op(p, DW_OP_constu, constant(p), 0);
		break;
	case LOCATION_NONE:
		p->nops = 0;
		location_add_op(p, DW_OP_lit0, 0, 0);
		break;
	case LOCATION_VALUE:
		break;
	}
}

/* The number on top, and another. */
static void add_binary(struct location_piece *p, uint8_t atom, uint64_t v)
{
	location_add_op(p, DW_OP_constu, v, 0);
	location_add_op(p, atom, 0, 0);
}

static void add_part(struct location_piece *whole, uint64_t at, const struct location_piece *part,
                     uint64_t size, uint64_t offset)
{
	for (size_t i = 0; i < part->nops; i++)
		location_add_op(whole, part->ops[i].atom, part->ops[i].number,
		                part->ops[i].number2);
	if (offset)
		add_binary(whole, DW_OP_shr, offset);
	add_binary(whole, DW_OP_and, ones(size));
	if (at) {
		add_binary(whole, DW_OP_shl, at);
		location_add_op(whole, DW_OP_or, 0, 0);
	}
}

bool location_add_bits(struct location_piece *whole, uint64_t at, struct location_piece *part,
                       uint64_t size, uint64_t offset, unsigned word)
{
	bool ok = size && size <= 8 * word - at && offset <= 8 * word - size;

	if (ok && part->kind == LOCATION_NONE) {
		whole->lost |= ones(size) << at;
		whole->why = part->why;
	}
	if (ok) {
		as_value(part, offset + size);
		add_part(whole, at, part, size, offset);
	}
	free(part->ops);
	return ok;
}

void location_end_bits(struct location_piece *whole, uint64_t at)
{
	if (at % 8)
		whole->lost |= ones(8 - at % 8) << at;
	whole->kind = whole->lost ? LOCATION_NONE : LOCATION_VALUE;
	if (piece_needs_entry(whole))
		whole->lost = 0; /* what else it has cannot be had either */
}
