/* SPDX-License-Identifier: MIT */
/*
 * The rows that are to be proved, in the order in which the agent searches them: see insn.h.
 */
#include "arch.h"
#include "insn.h"
#include "table.h"

enum { ROWS = 256 };

static struct insn_row rows[ROWS];
static unsigned nrows;

/* Does an earlier row decide on all that this one matches? A variant refuses so what others
   have. */
static bool is_hidden(const struct insn_row *row)
{
	for (const struct insn_row *at = rows; at < rows + nrows; at++)
		if (at->len == row->len && (row->mask & at->mask) == at->mask &&
		    (row->match & at->mask) == at->match)
			return true;
	return false;
}

static void add(struct insn_row row, struct tl_what what)
{
	row.check = what.check;
	row.op = what.op & (TL_REJECTED - 1);
	row.error = what.op & TL_REJECTED ? -row.op : 0;
	row.faults = !row.error && insn_row_faults(&row);
	if (nrows < ROWS && !is_hidden(&row))
		rows[nrows++] = row;
}

/* Each table up to NEXT, the last up to UNDEFINED, whose mask is 0. */
static void add_all(const struct tl_tables *tables)
{
	static const char *const narrow[] = {"narrow[0]", "narrow[1]"}, *const wide[] = {"wide[0]",
	                                                                                 "wide[1]",
	                                                                                 "wide[2]",
	                                                                                 "wide[3]"};

	for (unsigned t = 0; t < 2 && tables->narrow[t]; t++)
		for (const struct tl_narrow *at = tables->narrow[t], *r = at; r->what.op != TL_NEXT;
		     r++) {
			add((struct insn_row){narrow[t], (unsigned)(r - at), r->mask, r->match,
			                      .len = 2},
			    r->what);
			if (!r->mask)
				break;
		}
	for (unsigned t = 0; t < 4 && tables->wide[t]; t++)
		for (const struct tl_wide *at = tables->wide[t], *r = at; r->what.op != TL_NEXT;
		     r++) {
			add((struct insn_row){wide[t], (unsigned)(r - at), tl_whole(r->mask),
			                      tl_whole(r->match), .len = 4},
			    r->what);
			if (!tl_whole(r->mask))
				break;
		}
}

bool insn_row(unsigned n, struct insn_row *row)
{
	if (!nrows)
		add_all(tl_arch_isa->variant);
	if (n >= nrows)
		return false;
	*row = rows[n];
	return true;
}

bool insn_row_decides(const struct insn_row *row, uint32_t bits)
{
	const struct insn_row *at = rows;

	while (at->len != row->len || (bits & at->mask) != at->match)
		at++;
	return at->mask == row->mask && at->match == row->match;
}
