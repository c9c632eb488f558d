/* SPDX-License-Identifier: MIT */
/*
 * A field of CSV (RFC 4180).
 */
#ifndef HOST_CSV_H
#define HOST_CSV_H

#include <stdio.h>

/* In quotes, those within doubled. */
void csv_string(FILE *, const char *);

#endif
