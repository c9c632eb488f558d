/* SPDX-License-Identifier: MIT */
/*
 * Where data is written: stdout, or a file.
 */
#ifndef HOST_OUTPUT_H
#define HOST_OUTPUT_H

#include <stdbool.h>
#include <stdio.h>

#include "session/options.h"

/* stdout, or the file of -o. NULL after saying why. */
FILE *output_open(const struct options *);
/* False: what was written does not get there, and there is no use in going on. output_close() says
 * why. */
bool output_flush(FILE *);
/* DONE, OUTPUT after saying why (disk full), or READER_LEFT, which is no news to anybody. */
int output_close(FILE *);

#endif
