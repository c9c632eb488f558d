/* SPDX-License-Identifier: MIT */
/*
 * Writes what elf_relocate() makes of an ELF file: relocate_copy FROM TO LINK:BASE:SIZE…, numbers
 * as of C.
 */
#include "program/relocate.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SEGMENTS = 8 };

static int copy(const char *from, const char *to, const struct elf_segment *segments, size_t n)
{
	int in = open(from, O_RDONLY), fd = elf_relocate(in, from, segments, n);
	FILE *out = fd < 0 ? NULL : fopen(to, "w");
	char buffer[1 << 16];
	ssize_t got;

	while (out && (got = read(fd, buffer, sizeof buffer)) > 0)
		fwrite(buffer, 1, (size_t)got, out);
	if (out)
		fclose(out);
	if (fd >= 0)
		close(fd);
	close(in);
	return fd < 0 ? 5 : 0;
}

int main(int argc, char **argv)
{
	struct elf_segment segments[SEGMENTS];
	size_t n = 0;

	for (; n < SEGMENTS && (int)n + 3 < argc; n++)
		if (sscanf(argv[n + 3], "%" SCNi64 ":%" SCNi64 ":%" SCNi64,
		           (int64_t *)&segments[n].link, (int64_t *)&segments[n].base,
		           (int64_t *)&segments[n].size) != 3)
			return 2;
	return argc < 3 ? 2 : copy(argv[1], argv[2], segments, n);
}
