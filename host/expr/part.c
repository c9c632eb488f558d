/* SPDX-License-Identifier: MIT */
/*
 * Parts of variables: see part.h.
 */
#include "expr/part.h"

#include <stdlib.h>

#include "base/util.h"

static const uint8_t zero[1];

enum { DEPTH = 20 }; /* of types in each other; damaged ones hold themselves */

static bool overlap(uint64_t at, uint64_t bits, uint64_t from, uint64_t n)
{
	return at < from + n && from < at + bits;
}

static bool has_data(const struct type *, uint64_t at, uint64_t bits, unsigned depth);

static bool members_have(const struct type *t, uint64_t at, uint64_t bits, unsigned depth)
{
	type_complete(t);
	for (size_t i = 0; i < t->nmembers; i++) {
		const struct member *m = &t->members[i];
		const struct type *inner = type_member(t, i);
		uint64_t from = 8 * m->offset + (m->bits ? m->shift : 0);
		uint64_t n = m->bits ? m->bits : 8 * inner->size;
		uint64_t end = at + bits < from + n ? at + bits : from + n;
		uint64_t start = at > from ? at : from;

		if (overlap(at, bits, from, n) &&
		    (m->bits || has_data(inner, start - from, end - start, depth)))
			return true;
	}
	return false;
}

/* Are some of these bits a value's, not only between members? */
static bool has_data(const struct type *t, uint64_t at, uint64_t bits, unsigned depth)
{
	if (t->kind == TYPE_STRUCT && depth)
		return members_have(t, at, bits, depth - 1);
	return overlap(at, bits, 0, 8 * t->size);
}

struct wanted {
	const struct type *type;
	uint64_t at, bits;
};

/* Is something wanted of these bits of the type? */
static bool takes(const struct wanted *w, uint64_t at, uint64_t bits)
{
	uint64_t start = at > w->at ? at : w->at;
	uint64_t end = at + bits < w->at + w->bits ? at + bits : w->at + w->bits;

	return start < end && has_data(w->type, start, end - start, DEPTH);
}

static void drop(struct location_piece *p)
{
	free(p->ops);
	*p = (struct location_piece){.kind = LOCATION_BYTES, .size = p->size, .bytes = zero};
}

static bool takes_lost(const struct wanted *w, const struct location_piece *p, uint64_t at)
{
	for (unsigned i = 0; i < 64; i++)
		if (p->lost >> i & 1 && takes(w, at + i, 1))
			return true;
	return false;
}

/* The pieces may end before the variable does. */
static void add_rest(struct location *l, const struct type *t)
{
	uint64_t told = 0;

	for (size_t i = 0; i < l->npieces; told += l->pieces[i++].size)
		if (!l->pieces[i].size)
			return;
	if (!told || told >= t->size)
		return;
	l->pieces = grow(l->pieces, l->npieces + 1, sizeof *l->pieces);
	l->pieces[l->npieces++] = (struct location_piece){
	        .kind = LOCATION_NONE, .size = t->size - told, .why = location_in_part};
}

void part_take(struct location *l, const struct type *t, uint64_t at, uint64_t bits)
{
	const struct wanted w = {t, at, bits};
	uint64_t from = 0;

	if (!t->size)
		return; /* nobody knows what is in it */
	add_rest(l, t);
	for (size_t i = 0; i < l->npieces && l->pieces[i].size; from += 8 * l->pieces[i++].size) {
		struct location_piece *p = &l->pieces[i];

		if (p->kind != LOCATION_NONE && !at && bits >= 8 * t->size)
			continue; /* all of it is there, and wanted */
		if (!takes(&w, from, 8 * p->size))
			drop(p);
		else if (p->lost && !takes_lost(&w, p, from))
			p->kind = LOCATION_VALUE;
	}
}

bool part_is_dropped(const struct location_piece *p)
{
	return p->kind == LOCATION_BYTES && p->bytes == zero;
}

bool part_may_be_there(const struct location *l)
{
	bool some = false;

	for (size_t i = 0; i < l->npieces; i++)
		some |= l->pieces[i].size &&
		        (l->pieces[i].kind != LOCATION_NONE || l->pieces[i].lost);
	return some;
}
