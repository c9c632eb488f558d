/* SPDX-License-Identifier: MIT */
/*
 * What elf_relocate() makes of an ELF file, written to another: copy_elf FROM TO LINK:BASE:SIZE…,
 * numbers as of C. With a number for TO so many copies of the file are tried, each with a few bytes
 * changed at random, and how many of them were taken is printed.
 */
#define _GNU_SOURCE /* memfd_create */
#include "program/relocate.h"

#include <ctype.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/say.h"

enum { SEGMENTS = 8, FILE_MAX = 1 << 26, CHANGES = 6 };

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
	return fd < 0 ? SYMBOL : DONE;
}

static void say_nothing(void *ctx, enum say_kind kind, const char *text)
{
	(void)ctx, (void)kind, (void)text;
}

static unsigned draw(unsigned below)
{
	static uint64_t state = 1;

	state = state * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(state >> 33) % below;
}

/* Bits, bytes that numbers begin and end at, and some that are near. */
static uint8_t changed(uint8_t byte)
{
	static const uint8_t edges[] = {0, 1, 0x7f, 0x80, 0xff};

	switch (draw(3)) {
	case 0:
		return byte ^ (uint8_t)(1 << draw(8));
	case 1:
		return edges[draw(sizeof edges)];
	default:
		return (uint8_t)(byte + draw(9) - 4);
	}
}

static int try(const char *from, unsigned times, const struct elf_segment *segments, size_t n)
{
	static uint8_t bytes[FILE_MAX];
	FILE *in = fopen(from, "r");
	size_t size = in ? fread(bytes, 1, sizeof bytes, in) : 0;
	unsigned taken = 0;

	if (in)
		fclose(in);
	say_divert(say_nothing, NULL);
	for (unsigned i = 0; size && i < times; i++) {
		int fd = memfd_create("changed", 0), to;
		bool ok = fd >= 0 && write(fd, bytes, size) == (ssize_t)size;

		for (unsigned k = 0; ok && k <= draw(CHANGES); k++) {
			unsigned at = draw((unsigned)size);
			uint8_t byte = changed(bytes[at]);

			ok = pwrite(fd, &byte, 1, at) == 1;
		}
		to = ok ? elf_relocate(fd, from, segments, n) : -1;
		taken += to >= 0;
		if (to >= 0)
			close(to);
		if (fd >= 0)
			close(fd);
	}
	printf("%u\n", taken);
	return DONE;
}

int main(int argc, char **argv)
{
	struct elf_segment segments[SEGMENTS];
	size_t n = 0;

	for (; n < SEGMENTS && (int)n + 3 < argc; n++)
		if (sscanf(argv[n + 3], "%" SCNi64 ":%" SCNi64 ":%" SCNi64,
		           (int64_t *)&segments[n].link, (int64_t *)&segments[n].base,
		           (int64_t *)&segments[n].size) != 3)
			return USAGE;
	if (argc < 3)
		return USAGE;
	return isdigit((unsigned char)*argv[2]) ? try(argv[1], (unsigned)atoi(argv[2]), segments, n)
	                                        : copy(argv[1], argv[2], segments, n);
}
