/* SPDX-License-Identifier: MIT */
/*
 * A field of CSV: see csv.h.
 */
#include "base/csv.h"

void csv_string(FILE *out, const char *s)
{
	fputc('"', out);
	for (; *s; s++) {
		if (*s == '"')
			fputc('"', out);
		fputc(*s, out);
	}
	fputc('"', out);
}
