/* SPDX-License-Identifier: MIT */
/*
 * TAP output: see check.h.
 */
#include "check.h"

#include <stdio.h>

unsigned check_failed;

void check(bool good, const char *what)
{
	static unsigned number;

	printf("%s %u - %s\n", good ? "ok" : "not ok", ++number, what);
	check_failed += !good;
}
