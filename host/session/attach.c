/* SPDX-License-Identifier: MIT */
/*
 * Opening ELF and session, and comparing them: see attach.h.
 */
#include "session/attach.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/say.h"
#include "link/ports.h"
#include "session/images.h"
#include "session/match.h"
#include "session/target.h"

static void console(void *ctx, const char *text, size_t n)
{
	(void)ctx;
	say_console(text, n);
}

int no_elf(void)
{
	fail(USAGE, "no ELF given");
	hint("give the firmware's ELF with -e FILE or in TRAPLINE_ELF or trapline.ini");
	return USAGE;
}

int no_port(void)
{
	fail(USAGE, "no port given");
	hint("give one with -p PORT or in TRAPLINE_PORT or trapline.ini: /dev/tty…, a pty, "
	     "tcp:HOST:PORT, unix:PATH, exec:COMMAND");
	ports_hint();
	return USAGE;
}

static bool unreadable(const struct options *o)
{
	for (size_t i = 0; i < o->nelfs; i++)
		if (access(o->elfs[i].path, R_OK) != 0) {
			note("cannot open %s: %s: its names are not used", o->elfs[i].path,
			     strerror(errno));
			return true;
		}
	return false;
}

static int open_with_images(struct attached *a, const struct options *o)
{
	struct elf_input inputs[ELFS_MAX];
	int status = images_place(&a->session, o, inputs);

	return status ? status : elf_open(inputs, o->nelfs, o->debug_file, &a->elf);
}

int attach(struct attached *a, const struct options *o, unsigned want)
{
	bool online = o->port && want & (WANT_PORT | MAY_PORT), elf, later;
	int status;

	*a = (struct attached){.session.listener = {.text = console}};
	if (want & WANT_ELF && !o->nelfs)
		return no_elf();
	if (want & WANT_PORT && !o->port)
		return no_port();
	elf = o->nelfs && want & (WANT_ELF | MAY_ELF) && !(want & IF_SAME && unreadable(o));
	later = elf && online && images_given(o); /* the target says where they are */
	if (elf && !later) {
		status = elf_open(o->elfs, o->nelfs, o->debug_file, &a->elf);
		if (status)
			return status;
	}
	if (!online)
		return DONE;
	status = session_open(&a->session, o->port, &o->line, o->lease, o->wait);
	if (!status && later) {
		status = open_with_images(a, o);
		if (status)
			session_close(&a->session);
	}
	if (!status) {
		a->online = true;
		if (a->elf && a->elf->isa->e_machine == a->session.target.isa->e_machine)
			a->elf->isa = a->session.target.isa;
		status = want & ANY_ELF   ? DONE
		         : want & IF_SAME ? names_if_same(a, o)
		                          : same_firmware(a, o);
		if (!status && !(want & (ANY_ELF | IF_SAME)))
			status = fetch_text(a);
		if (!status && a->elf && !(want & (ANY_ELF | IF_SAME)) &&
		    target_roots(&a->session, a->elf->danger) == SESSION_LOST)
			status = session_explain(&a->session);
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
