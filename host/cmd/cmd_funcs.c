/* SPDX-License-Identifier: MIT */
/*
 * trapline funcs [GLOB…]: what can be probed, from the ELF. -v: every instruction, with the
 * decoder's verdict.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/csv.h"
#include "base/json.h"
#include "base/say.h"
#include "base/util.h"
#include "cmd/cmd.h"
#include "output/output.h"
#include "program/check.h"
#include "program/dwarf.h"
#include "program/lookup.h"
#include "program/misses.h"
#include "program/walk.h"
#include "session/attach.h"

/* What the arguments ask for, of each: a glob, or the functions of a name, the agent's own too if
 * that is what was asked for. */
struct pattern {
	const char *glob; /* NULL: `lookup` says */
	struct lookup lookup;
};

static bool has(const struct symbols *symbols, const struct elf_symbol *f)
{
	for (size_t i = 0; i < symbols->n; i++)
		if (symbols->at[i]->addr == f->addr)
			return true;
	return false;
}

static bool wanted(const struct elf *elf, const struct elf_symbol *f,
                   const struct pattern *patterns, int n)
{
	bool agents = elf_is_agents(elf, f);

	for (int i = 0; i < n; i++)
		if (patterns[i].glob ? !agents && elf_fits(elf, f, patterns[i].glob)
		                     : has(&patterns[i].lookup.found, f) ||
		                               has(&patterns[i].lookup.clones, f))
			return true;
	return n == 0 && !agents;
}

static struct pattern *read_patterns(const struct elf *elf, int argc, char **argv)
{
	struct pattern *patterns = grow(NULL, (size_t)argc, sizeof *patterns);

	for (int i = 0; i < argc; i++) {
		patterns[i] = (struct pattern){0};
		lookup(elf, argv[i], WANT_CODE, &patterns[i].lookup);
		if (is_glob(argv[i]) && !patterns[i].lookup.found.n && !patterns[i].lookup.clones.n)
			patterns[i].glob = argv[i];
	}
	return patterns;
}

static void free_patterns(struct pattern *patterns, int n)
{
	for (int i = 0; i < n; i++)
		lookup_free(&patterns[i].lookup);
	free(patterns);
}

static void instructions(FILE *out, const struct elf *elf, const struct elf_symbol *f)
{
	struct walk w;

	walk_function(&w, elf, f);
	while (walk_step(&w)) {
		struct verdict v;
		char place[160];

		elf_describe(elf, w.addr, place, sizeof place);
		if (w.data) {
			fprintf(out, "  0x%08llx  %-28s %u bytes %s\n", (unsigned long long)w.addr,
			        place, w.len, w.unknown ? "that may be code or data" : "of data");
			continue;
		}
		check_address(elf, w.addr, false, &v);
		fprintf(out, "  0x%08llx  %-28s ", (unsigned long long)w.addr, place);
		for (unsigned i = 0; i < w.len; i++)
			fprintf(out, "%02x", w.section->bytes[w.addr - w.section->addr + i]);
		fprintf(out, "%*s%s%s\n", 2 * (int)(elf->isa->insn_max - w.len) + 2, "",
		        v.error ? "no: " : check_step_name(elf->isa, &v.insn, w.addr),
		        v.error ? error_text(v.error) : "");
	}
}

static void print(FILE *out, const struct elf *elf, const struct elf_symbol *f, enum format format)
{
	const char *name = elf_name(elf, f);
	struct verdict v;
	char line[96];

	lines_describe(elf->lines, f->addr, line, sizeof line);
	check_address(elf, f->addr, false, &v);
	if (format == FORMAT_TEXT) {
		fprintf(out, "0x%08llx %6llu  %-28s %s%s%s%s\n", (unsigned long long)f->addr,
		        (unsigned long long)f->size, name, line, v.error ? "  (" : "",
		        v.error ? error_text(v.error) : "", v.error ? ")" : "");
	} else if (format == FORMAT_CSV) {
		fprintf(out, "0x%llx,%llu,", (unsigned long long)f->addr,
		        (unsigned long long)f->size);
		csv_string(out, name);
		fputc(',', out);
		csv_string(out, line);
		fprintf(out, ",%d,", !v.error);
		csv_string(out, f->name);
		fputc('\n', out);
	} else {
		fprintf(out,
		        "{\"addr\":\"0x%llx\",\"size\":%llu,\"name\":", (unsigned long long)f->addr,
		        (unsigned long long)f->size);
		json_string(out, name);
		fputs(",\"line\":", out);
		json_string(out, line);
		fprintf(out, ",\"probe\":%s,\"symbol\":", v.error ? "false" : "true");
		json_string(out, f->name);
		fputs("}\n", out);
	}
}

/* Nothing was found: why? */
static int nothing(const struct elf *elf, int argc, char **argv)
{
	if (argc && is_glob(argv[0])) {
		bool agents = false;

		for (size_t i = 0; i < elf->nfuncs; i++)
			agents |= elf_fits(elf, elf->funcs[i], argv[0]);
		fail(SYMBOL, "no function %smatches '%s' in %s",
		     agents ? "but the agent's own " : "", argv[0], elf->name);
		hint(agents ? "the agent never probes itself"
		            : "trapline funcs lists what can be probed");
		return SYMBOL;
	}
	if (argc)
		return unknown_name(elf, argv[0], WANT_CODE);
	fail(SYMBOL, "%s has no functions: it was stripped", elf->name);
	hint("give the ELF as it was linked, before strip");
	return SYMBOL;
}

static int list(const struct elf *elf, const struct options *o, int argc, char **argv)
{
	struct pattern *patterns;
	FILE *out = output_open(o);
	int status;
	size_t found = 0;

	if (!out)
		return OUTPUT;
	if (o->format == FORMAT_CSV)
		fputs("addr,size,name,line,probe,symbol\n", out);
	patterns = read_patterns(elf, argc, argv);
	for (size_t i = 0; i < elf->nfuncs; i++) {
		if (!wanted(elf, elf->funcs[i], patterns, argc))
			continue;
		found++;
		print(out, elf, elf->funcs[i], o->format);
		if (o->verbose && o->format == FORMAT_TEXT)
			instructions(out, elf, elf->funcs[i]);
	}
	free_patterns(patterns, argc);
	status = output_close(out);
	return found ? status : nothing(elf, argc, argv);
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
