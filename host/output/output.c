/* SPDX-License-Identifier: MIT */
/*
 * Output and its failures: see output.h.
 */
#include "output/output.h"

#include <errno.h>
#include <string.h>

#include "base/say.h"

FILE *output_open(const struct options *o)
{
	FILE *out = o->output ? fopen(o->output, "we") : stdout;

	if (!out)
		fail(OUTPUT, "cannot write %s: %s", o->output, strerror(errno));
	return out;
}

static int output_error; /* the first one */

bool output_flush(FILE *out)
{
	bool good = fflush(out) == 0 && !ferror(out);

	if (!good && !output_error)
		output_error = errno ? errno : EIO;
	return good;
}

int output_close(FILE *out)
{
	bool good = output_flush(out);

	if (out != stdout && fclose(out) != 0 && good) {
		output_error = errno;
		good = false;
	}
	if (good)
		return DONE;
	return output_error == EPIPE
	               ? READER_LEFT
	               : fail(OUTPUT, "cannot write the output: %s", strerror(output_error));
}
