/* SPDX-License-Identifier: MIT */
/*
 * trapline funcs [GLOB[@FILE]…]: what can be probed, from the ELF. -v: every instruction, with the
 * decoder's verdict.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/csv.h"
#include "base/json.h"
#include "base/say.h"
#include "base/util.h"
#include "cmd/cmd.h"
#include "output/output.h"
#include "program/check.h"
#include "program/code_places.h"
#include "program/dwarf.h"
#include "program/lookup.h"
#include "program/misses.h"
#include "program/names.h"
#include "program/paths.h"
#include "program/place.h"
#include "program/walk.h"
#include "session/attach.h"

/* What the arguments ask for, of each: a glob, or the functions of a name, the agent's own too if
 * that is what was asked for. */
struct pattern {
	char *text;                   /* its own */
	const struct elf_file *image; /* of IMAGE:…; NULL: none is said */
	const char *glob;             /* NULL: `lookup` says */
	const char *file;             /* behind an @; NULL: none */
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

	for (int i = 0; i < n; i++) {
		const struct pattern *p = &patterns[i];

		if (p->image && elf_image_at(elf, f->addr) != p->image)
			continue;
		if ((p->glob ? !agents && elf_fits(elf, f, p->glob)
		             : has(&p->lookup.found, f) || has(&p->lookup.clones, f)) &&
		    (!p->file || code_is_from(elf, f, p->file)))
			return true;
	}
	return n == 0 && !agents;
}

static struct pattern *read_patterns(const struct elf *elf, int argc, char **argv)
{
	struct pattern *patterns = grow(NULL, (size_t)argc, sizeof *patterns);

	for (int i = 0; i < argc; i++) {
		struct pattern *p = &patterns[i];
		char *text = argv[i], *at;

		*p = (struct pattern){.image = place_image(&text, elf)};
		at = strrchr(text, '@');
		p->text = copy_string(text);
		lookup(elf, p->text, WANT_CODE, &p->lookup);
		if (!p->lookup.found.n && at && at > text) {
			p->text[at - text] = 0;
			p->file = p->text + (at - text) + 1;
			lookup_free(&p->lookup);
			lookup(elf, p->text, WANT_CODE, &p->lookup);
		}
		if (is_glob(p->text) && !p->lookup.found.n && !p->lookup.clones.n)
			p->glob = p->text;
	}
	return patterns;
}

static void free_patterns(struct pattern *patterns, int n)
{
	for (int i = 0; i < n; i++) {
		lookup_free(&patterns[i].lookup);
		free(patterns[i].text);
	}
	free(patterns);
}

static void instructions(FILE *out, const struct elf *elf, const struct elf_symbol *f)
{
	struct walk w;

	walk_function(&w, elf, f);
	while (walk_step(&w)) {
		unsigned long long addr = elf_linked(elf, w.addr);
		struct verdict v;
		char place[160];

		elf_describe(elf, w.addr, place, sizeof place);
		if (w.data) {
			fprintf(out, "  0x%08llx  %-28s %u bytes %s\n", addr, place, w.len,
			        w.unknown ? "that may be code or data" : "of data");
			continue;
		}
		check_address(elf, w.addr, false, &v);
		fprintf(out, "  0x%08llx  %-28s ", addr, place);
		for (unsigned i = 0; i < w.len; i++)
			fprintf(out, "%02x", w.section->bytes[w.addr - w.section->addr + i]);
		fprintf(out, "%*s%s%s\n", 2 * (int)(elf->isa->insn_max - w.len) + 2, "",
		        v.error ? "no: " : check_step_name(elf->isa, &v.insn, w.addr),
		        v.error ? error_text(v.error) : "");
	}
}

static void print(FILE *out, const struct elf *elf, const struct elf_symbol *f, enum format format)
{
	const struct elf_file *image = elf_image_at(elf, f->addr);
	char *name = format_string("%s%s%s", image ? image->image : "", image ? ":" : "",
	                           elf_name(elf, f));
	unsigned long long addr = elf_linked(elf, f->addr);
	struct verdict v;
	char line[96];

	lines_describe(elf->lines, f->addr, line, sizeof line);
	check_address(elf, f->addr, false, &v);
	if (format == FORMAT_TEXT) {
		fprintf(out, "0x%08llx %6llu  %-28s %s%s%s%s\n", addr, (unsigned long long)f->size,
		        name, line, v.error ? "  (" : "", v.error ? error_text(v.error) : "",
		        v.error ? ")" : "");
	} else if (format == FORMAT_CSV) {
		fprintf(out, "0x%llx,%llu,", addr, (unsigned long long)f->size);
		csv_string(out, name);
		fputc(',', out);
		csv_string(out, line);
		fprintf(out, ",%d,", !v.error);
		csv_string(out, f->name);
		fputc('\n', out);
	} else {
		fprintf(out, "{\"addr\":\"0x%llx\",\"size\":%llu,\"name\":", addr,
		        (unsigned long long)f->size);
		json_string(out, name);
		fputs(",\"line\":", out);
		json_string(out, line);
		fprintf(out, ",\"probe\":%s,\"symbol\":", v.error ? "false" : "true");
		json_string(out, f->name);
		fputs("}\n", out);
	}
	free(name);
}

/* -- functions that are only within others -- */

struct inlined_row {
	struct function function;
	unsigned places;
	struct symbols in; /* the functions around them */
};

struct inlined_rows {
	const struct elf *elf;
	const struct pattern *patterns;
	int n;
	struct inlined_row *at;
	size_t nrows;
};

static bool fits_glob(const struct inlined_rows *rows, const struct function *f, uint64_t addr)
{
	for (int i = 0; i < rows->n; i++) {
		const struct pattern *p = &rows->patterns[i];

		if (p->glob && name_fits(p->glob, f->name) &&
		    (!p->image || elf_image_at(rows->elf, addr) == p->image) &&
		    (!p->file || (f->file && path_ends(f->file, p->file))))
			return true;
	}
	return false;
}

static void add_inlined(void *ctx, const struct inlined *place)
{
	struct inlined_rows *rows = ctx;
	const char *linked = place->function.linkage;
	size_t i = 0;

	if (!fits_glob(rows, &place->function, place->addr))
		return;
	while (i < rows->nrows && !function_same(&rows->at[i].function, &place->function))
		i++;
	if (i == rows->nrows) {
		if (elf_find(rows->elf, linked ? linked : place->function.name, NULL))
			return;
		rows->at = grow(rows->at, ++rows->nrows, sizeof *rows->at);
		rows->at[i] = (struct inlined_row){.function = place->function};
	}
	rows->at[i].places++;
	symbols_add(&rows->at[i].in, elf_func_at(rows->elf, place->addr));
}

static void print_inlined(FILE *out, const struct elf *elf, const struct inlined_row *row)
{
	char line[CALL_SIZE] = "";

	line_name(row->function.file, (int)row->function.line, line, sizeof line);
	fprintf(out, "inlined    %6u  %-28s %s  (into", row->places, row->function.name, line);
	for (size_t i = 0; i < row->in.n && i < 3; i++)
		fprintf(out, "%s %s", i ? "," : "", elf_name(elf, row->in.at[i]));
	fprintf(out, "%s)\n", row->in.n > 3 ? " …" : "");
}

/* Of globs, which show what there is: how many rows. */
static size_t list_inlined(FILE *out, const struct elf *elf, const struct pattern *patterns, int n)
{
	struct inlined_rows rows = {.elf = elf, .patterns = patterns, .n = n};
	bool globs = false;

	for (int i = 0; i < n; i++)
		globs |= patterns[i].glob != NULL;
	if (globs)
		inlined_each(elf, add_inlined, &rows);
	for (size_t i = 0; i < rows.nrows; i++) {
		print_inlined(out, elf, &rows.at[i]);
		free(rows.at[i].in.at);
	}
	free(rows.at);
	return rows.nrows;
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
	if (o->format == FORMAT_TEXT)
		found += list_inlined(out, elf, patterns, argc);
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
