/* SPDX-License-Identifier: MIT */
/*
 * Checks of trapline doctor: the ELF, and whether it is what the target runs.
 */
#include <stdlib.h>
#include <string.h>

#include "base/say.h"
#include "base/util.h"
#include "cmd/doctor.h"
#include "program/dwarf.h"

int doctor_elf(struct doctor *d)
{
	const struct options *o = d->options;
	const struct elf *e;
	int status;

	if (!o->nelfs) {
		found(d, VERDICT_WARN,
		      "none is given: there are no names, and what can be probed "
		      "cannot be told");
		advise(d, "give the firmware's ELF with -e FILE or in TRAPLINE_ELF or "
		          "trapline.ini");
		return DONE;
	}
	status = elf_open(o->elfs, o->nelfs, o->debug_file, &d->attached.elf);
	if (status)
		return status;
	d->has |= NEEDS_ELF;
	e = d->attached.elf;
	found(d, VERDICT_OK, "%s (%s), %zu functions, by %s", e->name, e->isa->name, e->nfuncs,
	      option_origin(o, "elf"));
	if (!e->nfuncs) {
		found(d, VERDICT_WARN, "%s (%s) has no symbols", e->name, e->isa->name);
		advise(d, "it was stripped: give the ELF as it was linked, or the file that has "
		          "the symbols with --debug-file");
	} else if (e->agent_start == e->agent_end) {
		found(d, VERDICT_WARN, "%s (%s) has no agent in it", e->name, e->isa->name);
		advise(d, "the firmware is linked with libtrapline, and its linker script keeps "
		          "section tl_text: see README, integration");
	}
	return DONE;
}

int doctor_debug(struct doctor *d)
{
	const struct elf *e = d->attached.elf;

	if (lines_any(e->lines)) {
		found(d, VERDICT_OK, "debug information is there");
		return DONE;
	}
	found(d, VERDICT_WARN, "%s has no debug information: no lines, variables and types",
	      e->name);
	advise(d, "compile with -g; what was split off is given with --debug-file");
	return DONE;
}

int doctor_match(struct doctor *d)
{
	struct options strict = *d->options;
	struct attached *a = &d->attached;
	char *line;
	int status;

	strict.force = false;
	if (a->elf->isa->e_machine == a->session.target.isa->e_machine)
		a->elf->isa = a->session.target.isa;
	status = same_firmware(a, &strict);
	if (status)
		return status;
	line = board_line(a);
	found(d, VERDICT_OK, "%s", line + strlen("board  "));
	free(line);
	return DONE;
}
