/* SPDX-License-Identifier: MIT */
/*
 * trapline read, write: memory while the firmware runs; patches are hidden from reads and kept by
 * writes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/say.h"
#include "base/util.h"
#include "cmd/cmd.h"
#include "output/output.h"
#include "program/place.h"
#include "program/spec.h"
#include "session/attach.h"
#include "session/target.h"

enum { READ_MAX = 1 << 20 };

static void dump(FILE *out, uint64_t addr, const uint8_t *bytes, size_t n)
{
	for (size_t at = 0; at < n; at += 16) {
		fprintf(out, "%08llx ", (unsigned long long)(addr + at));
		for (size_t i = at; i < at + 16; i++)
			if (i < n)
				fprintf(out, "%s%02x", i % 8 ? " " : "  ", bytes[i]);
			else
				fputs(i % 8 ? "   " : "    ", out);
		fputs("  |", out);
		for (size_t i = at; i < at + 16 && i < n; i++)
			fputc(bytes[i] >= ' ' && bytes[i] < 0x7f ? bytes[i] : '.', out);
		fputs("|\n", out);
	}
}

static int print(const struct options *o, uint64_t addr, const uint8_t *bytes, size_t n)
{
	FILE *out = output_open(o);
	char *hex;

	if (!out)
		return OUTPUT;
	if (o->format == FORMAT_TEXT) {
		dump(out, addr, bytes, n);
	} else {
		hex = grow(NULL, 2 * n + 1, 1);
		format_hex(hex, bytes, n);
		fprintf(out,
		        o->format == FORMAT_CSV ? "addr,bytes\n0x%llx,%s\n"
		                                : "{\"addr\":\"0x%llx\",\"bytes\":\"%s\"}\n",
		        (unsigned long long)addr, hex);
		free(hex);
	}
	return output_close(out);
}

int cmd_read(const struct options *o, int argc, char **argv)
{
	uint64_t addr, n = 0, size;
	struct attached a;
	uint8_t *bytes;
	int status, result;

	if (argc < 1 || argc > 2)
		return MISUSED;
	if (argc == 2 && (!parse_number(argv[1], &n) || !n || n > READ_MAX)) {
		fail(USAGE, "'%s': not a length from 1 to %d", argv[1], READ_MAX);
		return USAGE;
	}
	status = attach(&a, o, WANT_PORT | MAY_ELF);
	if (status)
		return status;
	status = place_parse(argv[0], a.elf, &addr, &size);
	if (!status && !n)
		n = size ? size : a.session.target.isa->word;
	if (!status) {
		bytes = grow(NULL, n, 1);
		session_wait(&a.session, 0, "%llu bytes of the target's memory",
		             (unsigned long long)n);
		result = target_read(&a.session, addr, bytes, n);
		session_wait_over(&a.session);
		status = result ? target_report(&a.session, result, argv[0])
		                : print(o, addr, bytes, n);
		free(bytes);
	}
	detach(&a);
	return status;
}

/* Instructions are not written by accident. */
static int no_text(const struct elf *elf, const char *what, uint64_t addr, uint64_t n)
{
	for (size_t i = 0; elf && i < elf->nsections; i++) {
		const struct elf_section *s = &elf->sections[i];

		if (!s->code || addr >= s->addr + s->size || addr + n <= s->addr)
			continue;
		fail(REFUSED, "%s (0x%08llx) is text: the firmware may be running it", what,
		     (unsigned long long)addr);
		hint("--force writes all the same");
		return REFUSED;
	}
	return DONE;
}

int cmd_write(const struct options *o, int argc, char **argv)
{
	uint8_t bytes[4096], back[sizeof bytes];
	uint64_t addr, size;
	struct attached a;
	int status, n, result;

	if (argc != 2)
		return MISUSED;
	n = parse_hex(argv[1], strlen(argv[1]), bytes, sizeof bytes);
	if (n <= 0) {
		fail(USAGE, "'%s': not bytes in hex", argv[1]);
		hint("two digits a byte, lowest address first: trapline write counter 01000000");
		return USAGE;
	}
	status = attach(&a, o, WANT_PORT | MAY_ELF);
	if (status)
		return status;
	status = place_parse(argv[0], a.elf, &addr, &size);
	if (!status && size && (uint64_t)n > size && !o->force) {
		fail(REFUSED, "%d bytes do not fit %s (%llu bytes)", n, argv[0],
		     (unsigned long long)size);
		hint("--force writes all the same");
		status = REFUSED;
	}
	if (!status && !o->force)
		status = no_text(a.elf, argv[0], addr, (uint64_t)n);
	if (!status) {
		session_wait(&a.session, 0, "the target to take %d bytes, and to show them", n);
		result = target_write(&a.session, addr, bytes, (size_t)n);
		if (!result)
			result = target_read(&a.session, addr, back, (size_t)n);
		session_wait_over(&a.session);
		if (result)
			status = target_report(&a.session, result, argv[0]);
		else if (memcmp(back, bytes, (size_t)n) != 0)
			warn("what 0x%08llx reads now is not what was written: a peripheral, "
			     "read-only memory, or the firmware "
			     "wrote there, too",
			     (unsigned long long)addr);
	}
	detach(&a);
	return status;
}
