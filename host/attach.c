/* SPDX-License-Identifier: MIT */
/*
 * Opening ELF and session, and comparing them: see attach.h.
 */
#include "attach.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pack.h"
#include "say.h"
#include "target.h"
#include "util.h"

enum { CRC_CHUNK = 4096 }; /* bytes in one request: the firmware should not stand still for long */

static void console(void *ctx, const char *text, size_t n)
{
	(void)ctx;
	say_console(text, n);
}

/* The first and last bytes of a build-id, as people compare it. */
static char *short_id(const uint8_t *id, unsigned n)
{
	if (n < 4)
		return copy_string("?");
	return format_string("%02x%02x…%02x", id[0], id[1], id[n - 1]);
}

static int mismatch(const struct options *o, char *what)
{
	if (o->force) {
		warn("%s; going on all the same (--force)", what);
		free(what);
		return DONE;
	}
	fail(SYMBOL, "%s", what);
	hint("give the ELF that this firmware was linked to, or flash this one; --force goes on with wrong symbols");
	free(what);
	return SYMBOL;
}

/* The first address at which a section of code differs, by CRC of chunks. */
static int compare_section(struct session *s, const struct elf_section *section, bool *same, uint64_t *where)
{
	for (uint64_t at = 0; at < section->size; at += CRC_CHUNK) {
		uint64_t n = section->size - at < CRC_CHUNK ? section->size - at : CRC_CHUNK;
		uint32_t ours = 0xffffffff, theirs;
		int result = target_crc(s, section->addr + at, n, &theirs);

		if (result)
			return result;
		for (uint64_t i = 0; i < n; i++)
			ours = tl_crc32(ours, section->bytes[at + i]);
		if (ours != theirs) {
			*same = false;
			*where = section->addr + at;
			return 0;
		}
	}
	return 0;
}

static int compare_text(struct attached *a, const struct options *o)
{
	bool same = true;
	uint64_t where = 0;

	for (size_t i = 0; i < a->elf->nsections && same; i++) {
		const struct elf_section *section = &a->elf->sections[i];
		int result = section->code ? compare_section(&a->session, section, &same, &where) : 0;

		if (result)
			return target_report(&a->session, result, "comparing the text with the ELF");
	}
	if (!same)
		return mismatch(o, format_string("the text on the target is not that of %s (first difference after 0x%08llx)",
		                                 a->elf->name, (unsigned long long)where));
	return DONE;
}

int same_firmware(struct attached *a, const struct options *o)
{
	const struct target *t = &a->session.target;
	const struct elf *e = a->elf;
	char *ours, *theirs, *what;

	if (!e)
		return DONE;
	if (e->isa->e_machine != t->isa->e_machine)
		return mismatch(o, format_string("%s is for %s, the target is %s", e->name, e->isa->name, t->isa->name));
	if (!e->build_id_len || !t->build_id_len)
		return compare_text(a, o);
	if (e->build_id_len == t->build_id_len && memcmp(e->build_id, t->build_id, e->build_id_len) == 0)
		return DONE;
	ours = short_id(e->build_id, e->build_id_len);
	theirs = short_id(t->build_id, t->build_id_len);
	what = format_string("the target runs build-id %s, %s is %s", theirs, e->name, ours);
	free(ours);
	free(theirs);
	return mismatch(o, what);
}

char *board_line(const struct attached *a)
{
	const struct target *t = &a->session.target;
	bool by_id = a->elf && a->elf->build_id_len && t->build_id_len;
	bool same =
	        by_id && a->elf->build_id_len == t->build_id_len && memcmp(a->elf->build_id, t->build_id, t->build_id_len) == 0;
	char *id = t->build_id_len ? short_id(t->build_id, t->build_id_len) : copy_string("unknown");
	char *line;

	if (!a->elf)
		line = format_string("board  %s (%s)  build-id %s", t->board, t->isa->name, id);
	else if (by_id)
		line = format_string("board  %s (%s)  build-id %s %s %s", t->board, t->isa->name, id,
		                     same ? "matches" : "DIFFERS FROM", a->elf->name);
	else
		line = format_string("board  %s (%s)  text compared with %s by CRC", t->board, t->isa->name, a->elf->name);
	free(id);
	return line;
}

static int no_elf(void)
{
	fail(USAGE, "no ELF given");
	hint("give the firmware's ELF with -e FILE or in TRAPLINE_ELF");
	return USAGE;
}

static int no_port(void)
{
	fail(USAGE, "no port given");
	hint("give one with -p PORT or in TRAPLINE_PORT: /dev/tty…, a pty, tcp:HOST:PORT, unix:PATH, exec:COMMAND");
	ports_hint();
	return USAGE;
}

int attach(struct attached *a, const struct options *o, unsigned want)
{
	int status;

	*a = (struct attached){.session.listener = {.text = console}};
	if (want & WANT_ELF && !o->elf)
		return no_elf();
	if (want & WANT_PORT && !o->port)
		return no_port();
	if (o->elf && want & (WANT_ELF | MAY_ELF)) {
		status = elf_open(o->elf, &a->elf);
		if (status)
			return status;
	}
	if (!o->port || !(want & (WANT_PORT | MAY_PORT)))
		return DONE;
	status = session_open(&a->session, o->port, o->baud, o->lease);
	if (!status) {
		a->online = true;
		if (a->elf && a->elf->isa->e_machine == a->session.target.isa->e_machine)
			a->elf->isa = a->session.target.isa;
		status = want & ANY_ELF ? DONE : same_firmware(a, o);
	}
	if (status)
		detach(a);
	return status;
}

void detach(struct attached *a)
{
	if (a->online)
		session_close(&a->session);
	a->online = false;
	elf_close(a->elf);
	a->elf = NULL;
}
