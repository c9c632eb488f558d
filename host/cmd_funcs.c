/* SPDX-License-Identifier: MIT */
/*
 * trapline funcs [GLOB…]: what can be probed, from the ELF. -v: every instruction, with the decoder's verdict.
 */
#include <fnmatch.h>
#include <stdio.h>

#include "attach.h"
#include "check.h"
#include "cmd.h"
#include "dwarf.h"
#include "export.h"
#include "json.h"
#include "say.h"
#include "spec.h"

static bool wanted(const char *name, int argc, char **argv)
{
	for (int i = 0; i < argc; i++)
		if (fnmatch(argv[i], name, 0) == 0)
			return true;
	return argc == 0;
}

static void instructions(FILE *out, const struct elf *elf, const struct elf_symbol *f)
{
	struct walk w;

	check_walk(&w, elf, f);
	while (check_step(&w)) {
		struct verdict v;
		char place[160];

		elf_describe(elf, w.addr, place, sizeof place);
		if (w.data) {
			fprintf(out, "  0x%08llx  %-28s %u bytes %s\n", (unsigned long long)w.addr, place, w.len,
			        w.unknown ? "that may be code or data" : "of data");
			continue;
		}
		check_address(elf, w.addr, false, &v);
		fprintf(out, "  0x%08llx  %-28s ", (unsigned long long)w.addr, place);
		for (unsigned i = 0; i < w.len; i++)
			fprintf(out, "%02x", w.section->bytes[w.addr - w.section->addr + i]);
		fprintf(out, "%*s%s%s\n", 2 * (int)(elf->isa->insn_max - w.len) + 2, "",
		        v.error ? "no: " : check_step_name(&v.insn), v.error ? error_text(v.error) : "");
	}
}

static void print(FILE *out, const struct elf *elf, const struct elf_symbol *f, enum format format)
{
	struct verdict v;
	char line[96];

	lines_describe(elf->lines, f->addr, line, sizeof line);
	check_address(elf, f->addr, false, &v);
	if (format == FORMAT_TEXT) {
		fprintf(out, "0x%08llx %6llu  %-28s %s%s%s%s\n", (unsigned long long)f->addr, (unsigned long long)f->size,
		        f->name, line, v.error ? "  (" : "", v.error ? error_text(v.error) : "", v.error ? ")" : "");
	} else if (format == FORMAT_CSV) {
		fprintf(out, "0x%llx,%llu,\"%s\",\"%s\",%d\n", (unsigned long long)f->addr, (unsigned long long)f->size, f->name,
		        line, !v.error);
	} else {
		fprintf(out, "{\"addr\":\"0x%llx\",\"size\":%llu,\"name\":", (unsigned long long)f->addr,
		        (unsigned long long)f->size);
		json_string(out, f->name);
		fputs(",\"line\":", out);
		json_string(out, line);
		fprintf(out, ",\"probe\":%s}\n", v.error ? "false" : "true");
	}
}

static int list(const struct elf *elf, const struct options *o, int argc, char **argv)
{
	FILE *out = output_open(o);
	size_t found = 0;

	if (!out)
		return USAGE;
	if (o->format == FORMAT_CSV)
		fputs("addr,size,name,line,probe\n", out);
	for (size_t i = 0; i < elf->nfuncs; i++) {
		if (!wanted(elf->funcs[i]->name, argc, argv))
			continue;
		found++;
		print(out, elf, elf->funcs[i], o->format);
		if (o->verbose && o->format == FORMAT_TEXT)
			instructions(out, elf, elf->funcs[i]);
	}
	if (!output_close(out))
		return USAGE;
	if (found)
		return DONE;
	if (argc)
		return unknown_function(elf, argv[0]);
	fail(SYMBOL, "%s has no functions: it was stripped", elf->name);
	hint("give the ELF as it was linked, before strip");
	return SYMBOL;
}

int cmd_funcs(const struct options *o, int argc, char **argv)
{
	struct attached a;
	int status = attach(&a, o, WANT_ELF);

	if (status)
		return status;
	status = list(a.elf, o, argc, argv);
	detach(&a);
	return status;
}
