/* SPDX-License-Identifier: MIT */
/*
 * Counts the checks that failed: see isa_test.h.
 */
#include "isa_test.h"

#include <stdio.h>

static unsigned failures;

void check(bool ok, const char *what, unsigned long detail)
{
	failures += !ok;
	if (!ok)
		printf("not ok - %s: %lx\n", what, detail);
}

int check_end(const char *name)
{
	printf("%s - %s\n", failures ? "not ok" : "ok", name);
	return failures != 0;
}
