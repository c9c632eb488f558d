/* SPDX-License-Identifier: MIT */
/*
 * trapline complete COMMAND WORD: what the completion scripts ask when a word may be a name, one a
 * line. It is in no help: not for people. It is silent where it can say nothing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/say.h"
#include "base/util.h"
#include "cmd/cmd.h"
#include "cmd/complete_expression.h"
#include "program/by_line.h"
#include "program/functions.h"
#include "program/lookup.h"
#include "program/paths.h"
#include "program/rows.h"

/* What of a word is a name that is not whole yet. */
static const char *name_in(const char *word)
{
	const char *name = strrchr(word, '=') ? strrchr(word, '=') + 1 : word;

	return name + (*name == '"' || *name == '\'');
}

static void print_names(const struct elf *elf, const char *word, bool variables)
{
	const char *name = name_in(word), *last = "";

	for (size_t i = 0; i < elf->nsymbols; i++) {
		const struct elf_symbol *symbol = elf->names[i];
		const char *shown = elf_name(elf, symbol);

		if (!(symbol->func || (variables && symbol->object)) || elf_is_agents(elf, symbol))
			continue;
		if (strncmp(shown, name, strlen(name)) != 0 || strcmp(shown, last) == 0)
			continue;
		last = shown;
		printf("%.*s%s\n", (int)(name - word), word, shown);
	}
}

/* -- files and lines -- */

struct numbers {
	const char *typed; /* before the : */
	size_t length;
	const char *digits; /* behind it */
	unsigned *at;
	size_t n;
};

static void add_number(struct numbers *to, unsigned number)
{
	char text[16];

	snprintf(text, sizeof text, "%u", number);
	if (strncmp(text, to->digits, strlen(to->digits)) != 0)
		return;
	if (to->n % 256 == 0)
		to->at = grow(to->at, to->n + 256, sizeof *to->at);
	to->at[to->n++] = number;
}

static void add_line(void *ctx, const struct statement *at)
{
	struct numbers *to = ctx;

	if (path_ends(at->file, to->typed))
		add_number(to, at->line);
}

static int by_number(const void *a, const void *b)
{
	unsigned x = *(const unsigned *)a, y = *(const unsigned *)b;

	return x < y ? -1 : x > y;
}

/* Lines with code, of a file or a function. */
static void print_lines(const struct elf *elf, const char *word, const char *colon)
{
	const char *name = name_in(word);
	char *typed = copy_string(name);
	struct numbers numbers = {.typed = typed, .digits = colon + 1};
	struct functions functions = {0};

	typed[colon - name] = 0;
	statements_each(elf, add_line, &numbers);
	if (!numbers.n)
		functions_find(elf, NULL, typed, NULL, &functions);
	for (size_t i = 0; i < functions.n; i++) {
		struct line_places places;
		unsigned last;

		places_of_function(&places, elf, &functions.at[i], &last);
		for (size_t k = 0; k < places.n; k++)
			add_number(&numbers, places.at[k].line - functions.at[i].line);
		free(places.at);
	}
	if (numbers.n)
		qsort(numbers.at, numbers.n, sizeof *numbers.at, by_number);
	for (size_t i = 0; i < numbers.n; i++)
		if (!i || numbers.at[i] != numbers.at[i - 1])
			printf("%.*s%u\n", (int)(colon + 1 - word), word, numbers.at[i]);
	functions_free(&functions);
	free(numbers.at);
	free(typed);
}

static void print_file(void *ctx, Dwarf *dwarf, Dwarf_Die *unit)
{
	const char *word = ctx, *name = name_in(word), *path = dwarf_diename(unit);
	const char *file = path ? path_last(path) : "";

	(void)dwarf;
	if (*name && strncmp(file, name, strlen(name)) == 0)
		printf("%.*s%s:\n", (int)(name - word), word, file);
}

static void print_places(const struct elf *elf, char *word)
{
	const char *name = name_in(word), *colon = strrchr(name, ':');

	if (colon && colon > name && colon[-1] != ':')
		print_lines(elf, word, colon);
	else if (!colon)
		lines_tables(elf->lines, print_file, word);
}

/* Where points are meant, a place and then expressions; else names, or expressions alone. */
static void complete(const struct elf *elf, const struct command *c, char *word)
{
	bool points = strstr(c->usage, "POINT") != NULL;
	bool values = strstr(c->usage, "EXPR") || strstr(c->usage, "VARIABLE");

	if ((points || values) && complete_expression(elf, word, points))
		return;
	print_names(elf, word, c->names == NAMES_ALL);
	if (points || strstr(c->usage, "PLACE"))
		print_places(elf, word);
	if (points)
		complete_access(word);
}

int cmd_complete(const struct tables *t, const struct options *o, int argc, char **argv)
{
	const struct command *c = argc ? find_command(t->commands, argv[0]) : NULL;
	struct elf *elf;

	if (argc != 2 || !c || !c->names || !o->nelfs || !freopen("/dev/null", "w", stderr))
		return DONE;
	if (elf_open(o->elfs, o->nelfs, o->debug_file, &elf) == DONE) {
		complete(elf, c, argv[1]);
		elf_close(elf);
	}
	return DONE;
}
