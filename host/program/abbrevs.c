/* SPDX-License-Identifier: MIT */
/*
 * Reads .debug_abbrev: see abbrevs.h. Follows DWARF 5, 7.5.3.
 */
#include "program/abbrevs.h"

#include <dwarf.h>
#include <stdlib.h>

#include "base/util.h"

static uint32_t take_word(struct cursor *c)
{
	uint64_t value = take_uleb(c);

	return value > UINT32_MAX ? UINT32_MAX : (uint32_t)value;
}

static bool is_power(size_t n)
{
	return !(n & (n - 1));
}

static struct abbrev *add(struct abbrevs *a)
{
	if (is_power(a->n))
		a->list = grow(a->list, a->n ? 2 * a->n : 1, sizeof *a->list);
	return &a->list[a->n++];
}

static void add_attribute(struct abbrevs *a, struct abbrev_attribute attribute)
{
	if (is_power(a->nattributes))
		a->attributes = grow(a->attributes, a->nattributes ? 2 * a->nattributes : 1,
		                     sizeof *a->attributes);
	a->attributes[a->nattributes++] = attribute;
}

static void take_attributes(struct abbrevs *a, struct cursor *c)
{
	while (!c->bad) {
		struct abbrev_attribute attribute = {.name = take_word(c)};

		attribute.form = take_word(c);
		if (c->bad || (!attribute.name && !attribute.form))
			return;
		if (attribute.form == DW_FORM_implicit_const)
			take_uleb(c);
		add_attribute(a, attribute);
	}
}

static int by_code(const void *a, const void *b)
{
	uint64_t x = ((const struct abbrev *)a)->code, y = ((const struct abbrev *)b)->code;

	return x < y ? -1 : x > y;
}

bool abbrevs_read(struct abbrevs *a, struct cursor *c)
{
	bool sorted = true;
	uint64_t code;

	a->at = c->at;
	a->n = a->nattributes = 0;
	while ((code = take_uleb(c)) != 0) {
		struct abbrev *one = add(a);

		*one = (struct abbrev){.code = code, .tag = take_word(c), .first = a->nattributes};
		one->children = take(c, 1);
		take_attributes(a, c);
		one->n = a->nattributes - one->first;
		sorted &= a->n < 2 || one[-1].code < code;
	}
	if (!sorted)
		qsort(a->list, a->n, sizeof *a->list, by_code);
	return !c->bad;
}

static uint64_t code_at(const void *a, size_t i)
{
	return ((const struct abbrevs *)a)->list[i].code;
}

const struct abbrev *abbrevs_find(const struct abbrevs *a, uint64_t code)
{
	size_t i = (size_t)code - 1;

	if (i >= a->n || a->list[i].code != code) /* they are numbered, mostly */
		i = up_to(a, a->n, code_at, code) - 1;
	return i < a->n && a->list[i].code == code ? &a->list[i] : NULL;
}

void abbrevs_free(struct abbrevs *a)
{
	free(a->list);
	free(a->attributes);
}
