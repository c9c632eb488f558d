/* SPDX-License-Identifier: MIT */
/*
 * A table of .debug_abbrev: what DIEs have for attributes. Of a damaged one is there what could be
 * read.
 */
#ifndef HOST_ABBREVS_H
#define HOST_ABBREVS_H

#include "program/cursor.h"

struct abbrev_attribute {
	uint32_t name, form;
};
struct abbrev {
	uint64_t code;
	uint32_t tag;
	bool children;
	size_t first, n; /* its attributes */
};
struct abbrevs {
	size_t at; /* of the table in the section */
	struct abbrev *list;
	size_t n;
	struct abbrev_attribute *attributes;
	size_t nattributes;
};

/* Reads the table from the cursor on, in place of another; false: it is damaged. */
bool abbrevs_read(struct abbrevs *, struct cursor *);
const struct abbrev *abbrevs_find(const struct abbrevs *, uint64_t code); /* NULL: there is none */
void abbrevs_free(struct abbrevs *);

#endif
