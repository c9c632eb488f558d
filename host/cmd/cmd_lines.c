/* SPDX-License-Identifier: MIT */
/*
 * trapline lines FUNC…: the source of functions, and which lines can be probed. From the ELF, and
 * from the source where it is on this machine.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/csv.h"
#include "base/json.h"
#include "base/say.h"
#include "base/util.h"
#include "cmd/cmd.h"
#include "output/output.h"
#include "program/by_line.h"
#include "program/check.h"
#include "program/functions.h"
#include "program/misses.h"
#include "program/paths.h"
#include "program/place.h"
#include "program/source.h"
#include "session/attach.h"

struct listing {
	const struct elf *elf;
	const struct function *function;
	struct line_places places;
	unsigned last;
	struct source source;
	const struct options *options;
	FILE *out;
};

static bool can_be_probed(const struct elf *elf, uint64_t addr)
{
	struct verdict v;

	check_address(elf, addr, false, &v);
	return !v.error;
}

/* Tabs as spaces: columns stand before the text. */
static void print_text(FILE *out, const char *text)
{
	for (unsigned column = 0; *text; text++) {
		unsigned width = *text == '\t' ? 8 - column % 8 : 1;

		fprintf(out, "%*s", (int)width, *text == '\t' ? "" : (char[]){*text, 0});
		column += width;
	}
}

/* A line of text: its places from `from` to `to`. */
static void print_line(const struct listing *l, unsigned line, size_t from, size_t to)
{
	const char *text = source_line(&l->source, line);
	char places[32] = "";
	size_t probed = from;

	while (probed < to && !can_be_probed(l->elf, l->places.at[probed].addr))
		probed++;
	if (from < to)
		snprintf(places, sizeof places, "0x%08llx",
		         (unsigned long long)elf_linked(
		                 l->elf, l->places.at[probed < to ? probed : from].addr));
	if (to - from > 1)
		snprintf(places + strlen(places), sizeof places - strlen(places), " +%zu",
		         to - from - 1);
	fprintf(l->out, "%5u %5u", line - l->function->line, line);
	if (from < to || *text)
		fprintf(l->out, "  %c %-*s",
		        from == to    ? ' '
		        : probed < to ? '*'
		                      : '-',
		        *text ? 17 : 0, places);
	print_text(l->out, text);
	fputc('\n', l->out);
}

/* With -v: every place of a line, and who it was inlined into. */
static void print_places(const struct listing *l, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++) {
		char where[240];
		struct verdict v;

		check_address(l->elf, l->places.at[i].addr, false, &v);
		describe_place(l->elf, l->places.at[i].addr, where, sizeof where);
		fprintf(l->out, "%14s 0x%08llx  %s%s%s\n", "",
		        (unsigned long long)elf_linked(l->elf, l->places.at[i].addr), where,
		        v.error ? "  no: " : "", v.error ? error_text(v.error) : "");
	}
}

static void print_data(const struct listing *l, unsigned line, size_t at)
{
	const struct function *f = l->function;
	const struct line_place *place = &l->places.at[at];
	bool can = can_be_probed(l->elf, place->addr);

	if (l->options->format == FORMAT_CSV) {
		csv_string(l->out, f->name);
		fputc(',', l->out);
		csv_string(l->out, f->file);
		fprintf(l->out, ",%u,%u,0x%llx,%d,", line, line - f->line,
		        (unsigned long long)elf_linked(l->elf, place->addr), can);
		csv_string(l->out, source_line(&l->source, line));
		fputc('\n', l->out);
		return;
	}
	fputs("{\"function\":", l->out);
	json_string(l->out, f->name);
	fputs(",\"file\":", l->out);
	json_string(l->out, f->file);
	fprintf(l->out, ",\"line\":%u,\"rln\":%u,\"addr\":\"0x%llx\",\"probe\":%s,\"text\":", line,
	        line - f->line, (unsigned long long)elf_linked(l->elf, place->addr),
	        can ? "true" : "false");
	json_string(l->out, source_line(&l->source, line));
	fputs("}\n", l->out);
}

static void print_lines(const struct listing *l)
{
	size_t from = 0, to;

	for (unsigned line = l->function->line; line <= l->last; line++, from = to) {
		for (to = from; to < l->places.n && l->places.at[to].line == line; to++)
			if (l->options->format != FORMAT_TEXT)
				print_data(l, line, to);
		if (l->options->format != FORMAT_TEXT)
			continue;
		print_line(l, line, from, to);
		if (l->options->verbose)
			print_places(l, from, to);
	}
}

/* Is what is shown what was compiled? */
static void about_source(const struct listing *l)
{
	struct stat elf;

	if (!l->source.path)
		note("the source of %s is not here (%s): its lines are without text",
		     l->function->name, l->function->file);
	else if (stat(l->elf->files[0].path, &elf) == 0 && l->source.changed > elf.st_mtime)
		note("%s is newer than %s: the text may not be what was compiled", l->source.path,
		     l->elf->files[0].name);
}

static void list(const struct elf *elf, const struct options *o, FILE *out,
                 const struct function *function)
{
	struct listing l = {.elf = elf, .function = function, .options = o, .out = out};

	places_of_function(&l.places, elf, function, &l.last);
	source_open(&l.source, function->folder, function->file);
	about_source(&l);
	if (o->format == FORMAT_TEXT)
		fprintf(out, "%s  %s:%u\n  rln  line    place\n", function->name,
		        l.source.path ? l.source.path : function->file, function->line);
	print_lines(&l);
	source_close(&l.source);
	free(l.places.at);
}

/* FUNC[@FILE]: cut up. */
static int lines_of(const struct elf *elf, const struct options *o, FILE *out, char *text)
{
	const struct elf_file *image = place_image(&text, elf);
	struct functions functions;
	char *file = strrchr(text, '@');
	int status;

	if (file)
		*file++ = 0;
	functions_find(elf, image, text, file, &functions);
	for (size_t i = 0; i < functions.n; i++)
		list(elf, o, out, &functions.at[i]);
	if (functions.n) {
		functions_free(&functions);
		return DONE;
	}
	status = functions.unknown ? nothing_known(elf, "lines", text, functions.unknown->addr)
	                           : unknown_name(elf, text, WANT_CODE);
	functions_free(&functions);
	return status;
}

static int lines(const struct elf *elf, const struct options *o, int argc, char **argv)
{
	FILE *out = output_open(o);
	int worst = DONE, written;

	if (!out)
		return OUTPUT;
	if (o->format == FORMAT_CSV)
		fputs("function,file,line,rln,addr,probe,text\n", out);
	for (int i = 0; i < argc; i++) {
		char *text = copy_string(argv[i]);
		int status = lines_of(elf, o, out, text);

		free(text);
		if (status && !worst)
			worst = status;
	}
	written = output_close(out);
	return worst ? worst : written;
}

int cmd_lines(const struct options *o, int argc, char **argv)
{
	struct attached a;
	int status;

	if (!argc)
		return MISUSED;
	status = attach(&a, o, WANT_ELF);
	if (status)
		return status;
	status = lines(a.elf, o, argc, argv);
	detach(&a);
	return status;
}
