/* SPDX-License-Identifier: MIT */
/*
 * trapline vars PLACE…: the variables that there are at a place, their types and where they are; of
 * those that are not there, the nearest places where they are. From the ELF alone.
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
#include "program/code_places.h"
#include "program/declaration.h"
#include "program/dwarf.h"
#include "program/locals.h"
#include "program/lookup.h"
#include "program/misses.h"
#include "program/prologue.h"
#include "program/whereabouts.h"
#include "session/attach.h"

enum { DESCRIBED = 160 };

/* A variable, as it is shown. */
struct row {
	struct local variable;
	char *function, *type, *where;
	enum whereabouts_kind kind;
	struct where_ranges ranges; /* of one that is elsewhere */
};

struct rows {
	const struct elf *elf;
	struct scopes *scopes;
	uint64_t addr;
	struct row *at;
	size_t n;
};

static const char *const kinds[] = {
        [WHERE_HERE] = "here",         [WHERE_ELSEWHERE] = "elsewhere",
        [WHERE_ENTRY] = "entry",       [WHERE_NOWHERE] = "optimised out",
        [WHERE_UNKNOWN] = "not known",
};

/* -- collecting -- */

/* A parameter that the function has yet to store: it is there from then on. */
static void not_yet(const struct rows *rows, struct row *row, Dwarf_Die *die)
{
	Dwarf_Die function = rows->scopes->at[0];
	struct whereabouts then;
	uint64_t from;
	Dwarf_Addr end;

	if (!row->variable.parameter || row->kind != WHERE_HERE ||
	    dwarf_highpc(&function, &end) != 0)
		return;
	from = parameter_settles(rows->elf, &function, die, rows->addr);
	if (!from)
		return;
	whereabouts_at(rows->elf, rows->scopes, die, from, &then);
	row->ranges.at = grow(NULL, 1, sizeof *row->ranges.at);
	row->ranges.at[row->ranges.n++] = (struct where_range){from, end, then.text};
	row->kind = WHERE_ELSEWHERE;
	*row->where = 0;
}

static void collect(void *ctx, const struct local *v)
{
	struct rows *rows = ctx;
	Dwarf_Die function = rows->scopes->at[v->function];
	struct whereabouts location;
	struct row row = {.variable = *v, .type = declaration_of(v->die)};

	whereabouts_at(rows->elf, rows->scopes, v->die, rows->addr, &location);
	if (location.kind == WHERE_ELSEWHERE || location.kind == WHERE_ENTRY)
		where_ranges_of(rows->elf, rows->scopes, v->die, &row.ranges);
	row.kind = location.kind;
	row.where = location.text ? location.text : copy_string("");
	not_yet(rows, &row, v->die);
	row.function = copy_string(dwarf_diename(&function) ? dwarf_diename(&function) : "?");
	rows->at = grow(rows->at, rows->n + 1, sizeof *rows->at);
	rows->at[rows->n++] = row;
}

static void free_rows(struct rows *rows)
{
	for (size_t i = 0; i < rows->n; i++) {
		free(rows->at[i].function);
		free(rows->at[i].type);
		free(rows->at[i].where);
		where_ranges_free(&rows->at[i].ranges);
	}
	free(rows->at);
}

/* -- what is not here -- */

/* "parse+4 (fw.c:9)" */
static char *place_text(const struct elf *elf, uint64_t addr)
{
	char place[DESCRIBED], line[96];

	elf_describe(elf, addr, place, sizeof place);
	if (lines_describe(elf->lines, addr, line, sizeof line))
		return format_string("%s (%s)", place, line);
	return copy_string(place);
}

static char *range_text(const struct elf *elf, const struct where_range *range)
{
	const struct elf_symbol *func = elf_func_at(elf, range->start);
	char *from = place_text(elf, range->start), to[DESCRIBED], *text;

	if (func && range->end >= func->addr + func->size) {
		text = format_string("%s from %s to its end", range->text, from);
	} else {
		elf_describe(elf, range->end, to, sizeof to);
		text = format_string("%s from %s to %s", range->text, from, to);
	}
	free(from);
	return text;
}

/* The nearest stretch before and the nearest behind the place; NULL: there is none. */
static void nearest(const struct row *row, uint64_t addr, const struct where_range **before,
                    const struct where_range **behind)
{
	*before = *behind = NULL;
	for (size_t i = 0; i < row->ranges.n; i++) {
		const struct where_range *r = &row->ranges.at[i];

		if (r->end <= addr && (!*before || r->end > (*before)->end))
			*before = r;
		if (r->start > addr && !*behind)
			*behind = r;
	}
}

/* -- as text -- */

static const char *reason(const struct row *row)
{
	switch (row->kind) {
	case WHERE_ELSEWHERE:
		return row->ranges.n ? "not here" : "not kept, but as values at the entry";
	case WHERE_NOWHERE:
		return "optimised out";
	case WHERE_ENTRY:
		return "not kept here:";
	default:
		return "";
	}
}

static void print_row(FILE *out, const struct rows *rows, const struct row *row, int name, int type)
{
	const struct where_range *stretches[2];
	const char *why = reason(row);

	fprintf(out, "  %-5s  %-*s  %-*s  %s%s%s%s\n", row->variable.parameter ? "param" : "local",
	        name, row->variable.name, type, row->type, why, *why && *row->where ? " " : "",
	        row->where, row->variable.hidden ? "  (hidden by another one)" : "");
	nearest(row, rows->addr, &stretches[0], &stretches[1]);
	for (unsigned i = 0; i < 2; i++)
		if (stretches[i]) {
			char *text = range_text(rows->elf, stretches[i]);

			fprintf(out, "         %*s  %s\n", name, "", text);
			free(text);
		}
}

static void print_function(FILE *out, const struct rows *rows, unsigned function)
{
	Dwarf_Die die = rows->scopes->at[function];
	char call[CALL_SIZE];

	if (function == 0)
		return;
	scope_call(&die, call, sizeof call);
	fprintf(out, " %s, inlined, called at %s\n", dwarf_diename(&die), call);
}

static int width(int most, const char *text)
{
	enum { WIDEST = 28 };
	int n = (int)strlen(text);

	return n > most && n <= WIDEST ? n : most;
}

static void print_text(FILE *out, const struct rows *rows)
{
	char *place = place_text(rows->elf, rows->addr);
	unsigned function = SCOPES_MAX;
	int name = 4, type = 4;
	Dwarf_Die outermost = rows->scopes->at[0];

	fprintf(out, "0x%08llx  %s\n", (unsigned long long)elf_linked(rows->elf, rows->addr),
	        place);
	free(place);
	for (size_t i = 0; i < rows->n; i++) {
		name = width(name, rows->at[i].variable.name);
		type = width(type, rows->at[i].type);
	}
	for (size_t i = 0; i < rows->n; i++) {
		const struct row *row = &rows->at[i];

		if (row->variable.function != function && row->variable.function)
			print_function(out, rows, row->variable.function);
		else if (row->variable.function != function && function != SCOPES_MAX)
			fprintf(out, " %s\n", dwarf_diename(&outermost));
		function = row->variable.function;
		print_row(out, rows, row, name, type);
	}
	if (!rows->n)
		fputs("  no variables\n", out);
}

/* -- as data -- */

static void print_jsonl(FILE *out, const struct rows *rows)
{
	for (size_t i = 0; i < rows->n; i++) {
		const struct row *row = &rows->at[i];
		const char *before = "";

		fprintf(out, "{\"addr\":\"0x%llx\",\"function\":",
		        (unsigned long long)elf_linked(rows->elf, rows->addr));
		json_string(out, row->function);
		fprintf(out, ",\"kind\":\"%s\",\"name\":",
		        row->variable.parameter ? "parameter" : "local");
		json_string(out, row->variable.name);
		fputs(",\"type\":", out);
		json_string(out, row->type);
		fprintf(out, ",\"state\":\"%s\",\"where\":", kinds[row->kind]);
		json_string(out, row->where);
		fprintf(out, ",\"hidden\":%s,\"ranges\":[",
		        row->variable.hidden ? "true" : "false");
		for (size_t k = 0; k < row->ranges.n; k++) {
			const struct where_range *r = &row->ranges.at[k];

			fprintf(out, "%s{\"from\":\"0x%llx\",\"to\":\"0x%llx\",\"where\":", before,
			        (unsigned long long)elf_linked(rows->elf, r->start),
			        (unsigned long long)elf_linked(rows->elf, r->end));
			json_string(out, r->text);
			fputc('}', out);
			before = ",";
		}
		fputs("]}\n", out);
	}
}

static void print_csv(FILE *out, const struct rows *rows)
{
	for (size_t i = 0; i < rows->n; i++) {
		const struct row *row = &rows->at[i];
		const char *const fields[] = {
		        row->function,      row->variable.parameter ? "parameter" : "local",
		        row->variable.name, row->type,
		        kinds[row->kind],   row->where};

		fprintf(out, "0x%llx", (unsigned long long)elf_linked(rows->elf, rows->addr));
		for (size_t k = 0; k < sizeof fields / sizeof *fields; k++) {
			fputc(',', out);
			csv_string(out, fields[k]);
		}
		fputc('\n', out);
	}
}

/* -- the command -- */

/* Where only the function is named, and it stores its parameters first: behind that. */
static void settle(struct rows *rows, const struct code_place *at)
{
	const char *name = NULL;
	uint64_t addr = at->alone ? parameters_settle(rows->elf, rows->scopes, at->addr, &name) : 0;
	struct scopes scopes;
	char *place;

	if (!addr || !scopes_at(rows->elf, addr, &scopes))
		return;
	place = place_text(rows->elf, addr);
	note_moved(at->name, at->name, name, place);
	free(place);
	rows->addr = addr;
	*rows->scopes = scopes;
}

static int show(FILE *out, const struct elf *elf, const struct code_place *at, enum format format)
{
	struct scopes scopes;
	struct rows rows = {.elf = elf, .scopes = &scopes, .addr = at->addr};

	if (!scopes_at(elf, at->addr, &scopes))
		return nothing_known(elf, "variables", at->name, at->addr);
	settle(&rows, at);
	locals_each(&scopes, collect, &rows);
	if (format == FORMAT_TEXT)
		print_text(out, &rows);
	else if (format == FORMAT_CSV)
		print_csv(out, &rows);
	else
		print_jsonl(out, &rows);
	free_rows(&rows);
	return DONE;
}

static int vars(const struct elf *elf, const struct options *o, int argc, char **argv)
{
	FILE *out = output_open(o);
	int worst = DONE, written;

	if (!out)
		return OUTPUT;
	if (o->format == FORMAT_CSV)
		fputs("addr,function,kind,name,type,state,where\n", out);
	for (int i = 0; i < argc; i++) {
		struct code_places places;
		char *text = copy_string(argv[i]);
		int status = code_places_find(&places, text, elf, elf->isa, o->all);

		for (size_t k = 0; k < places.n && !status; k++)
			status = show(out, elf, &places.at[k], o->format);
		code_places_free(&places);
		free(text);
		if (status && !worst)
			worst = status;
	}
	written = output_close(out);
	return worst ? worst : written;
}

int cmd_vars(const struct options *o, int argc, char **argv)
{
	struct attached a;
	int status;

	if (!argc)
		return MISUSED;
	status = attach(&a, o, WANT_ELF);
	if (status)
		return status;
	status = vars(a.elf, o, argc, argv);
	detach(&a);
	return status;
}
