/* SPDX-License-Identifier: MIT */
/*
 * The manual page trapline(1), from the tables.
 */
#ifndef HOST_MANUAL_H
#define HOST_MANUAL_H

#include <stdio.h>

/* As troff's man macros have it; in UTF-8. */
void manual(FILE *, const char *version);

#endif
