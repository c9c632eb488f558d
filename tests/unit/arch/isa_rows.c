/* SPDX-License-Identifier: MIT */
/*
 * Looks for rows of decode tables that never decide, by random encodings: see isa_test.h.
 */
#include "isa_test.h"
#include "table.h"
#include "unit.h"

enum { ROWS = 256, TRIES = 200000 };

struct row {
	uint32_t mask, match;
	uint8_t check;
	const void *id;
};

/* Those of a variant, of one length, in the order of search. */
struct list {
	struct row rows[ROWS];
	unsigned n, len;
};

static const void *reached[ROWS], *rows_of_all[ROWS];

_Static_assert(sizeof(struct tl_narrow) == 6 && sizeof(struct tl_wide) == 10,
               "no row is larger than it need be");

static void add(const void **set, const void *id)
{
	while (*set && *set != id)
		set++;
	*set = id;
}

static bool has(const void *const *set, const void *id)
{
	while (*set && *set != id)
		set++;
	return *set;
}

static void find_reachable(const struct isa_rows *arch, const struct list *list)
{
	uint32_t all = list->len == 2 ? 0xffff : ~0u;

	for (const struct row *row = list->rows; row < list->rows + list->n; row++) {
		check((row->match & ~row->mask) == 0, "match outside mask",
		      (unsigned long)(row - list->rows));
		check(list->len == 4 || !(row->check & arch->wide_only),
		      "16 bits have no fields to check", row->match);
		add(rows_of_all, row->id);
		for (unsigned n = 0; n < TRIES && !has(reached, row->id); n++) {
			uint32_t bits = row->match | ((uint32_t)unit_random() & ~row->mask & all);
			const struct row *first = list->rows;

			if (!arch->passes(bits, list->len, row->check))
				continue;
			while ((bits & first->mask) != first->match)
				first++;
			if (first == row)
				add(reached, row->id);
		}
	}
}

static void append(struct list *list, uint32_t mask, uint32_t match, uint8_t its_check,
                   const void *id)
{
	check(list->n < ROWS, "too many rows", list->n);
	list->rows[list->n++] = (struct row){mask, match, its_check, id};
}

/* Table after table, to the row that takes whatever is left. */
static struct list narrow_rows(const struct tl_tables *tables)
{
	struct list list = {.len = 2};

	if (!*tables->narrow) /* all instructions are wide */
		return list;
	for (const struct tl_narrow *const *table = tables->narrow, *row = *table;; row++) {
		if (row->what.op == TL_NEXT)
			row = *++table;
		append(&list, row->mask, row->match, row->what.check, row);
		if (!row->mask)
			return list;
	}
}

static struct list wide_rows(const struct tl_tables *tables)
{
	struct list list = {.len = 4};

	for (const struct tl_wide *const *table = tables->wide, *row = *table;; row++) {
		if (row->what.op == TL_NEXT)
			row = *++table;
		append(&list, tl_whole(row->mask), tl_whole(row->match), row->what.check, row);
		if (!tl_whole(row->mask))
			return list;
	}
}

void isa_rows(const struct isa_rows *arch)
{
	unit_seed(1);
	for (unsigned i = 0; i < arch->nisas; i++) {
		struct list narrow = narrow_rows(arch->isas[i]->variant),
		            wide = wide_rows(arch->isas[i]->variant);

		find_reachable(arch, &narrow);
		find_reachable(arch, &wide);
	}
	for (unsigned i = 0; i < ROWS && rows_of_all[i]; i++)
		check(has(reached, rows_of_all[i]), "unreachable row, from the first", i);
}
