/* SPDX-License-Identifier: MIT */
/*
 * libFuzzer target for what the host makes of an ELF file: symbols, sections, notes, attributes,
 * unwind tables, code and data in text, handlers, source lines; and every answer that commands ask
 * of it. Input: the file.
 */
#define _GNU_SOURCE /* memfd_create() */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/say.h"
#include "expr/resolve.h"
#include "expr/show.h"
#include "program/by_line.h"
#include "program/check.h"
#include "program/declaration.h"
#include "program/dwarf.h"
#include "program/elf.h"
#include "program/locals.h"
#include "program/lookup.h"
#include "program/spec.h"
#include "program/walk.h"
#include "program/whereabouts.h"
#include "session/fields.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FUNCTIONS = 48, INSTRUCTIONS = 400 }; /* of a file: more of them show nothing new */

/* A place whose variables are looked at. */
struct at {
	const struct elf *elf;
	const struct scopes *scopes;
	uint64_t addr;
};

static void ask(const struct elf *elf, uint64_t addr)
{
	struct verdict v;
	char text[64];

	for (int at_return = 0; at_return < 2; at_return++)
		check_address(elf, addr, at_return, &v);
	if (v.error)
		check_report(elf, "here", addr, &v);
	elf_describe(elf, addr, text, sizeof text);
	lines_describe(elf->lines, addr, text, sizeof text);
}

static void describe(void *ctx, const struct local *local)
{
	const struct at *at = ctx;
	struct whereabouts where;
	struct where_ranges ranges;

	free(declaration_of(local->die));
	whereabouts_at(at->elf, at->scopes, local->die, at->addr, &where);
	free(where.text);
	where_ranges_of(at->elf, at->scopes, local->die, &ranges);
	where_ranges_free(&ranges);
}

/* What `lines` and `vars` show of a function. */
static void show(const struct elf *elf, const struct elf_symbol *func, uint64_t off)
{
	struct scopes scopes;
	struct at at = {elf, &scopes, func->addr + off};
	struct function function;
	struct line_places places;
	unsigned last;
	char text[240];

	describe_place(elf, at.addr, text, sizeof text);
	if (!scopes_at(elf, at.addr, &scopes))
		return;
	locals_each(&scopes, describe, &at);
	function_of(&scopes.at[0], &function);
	if (off || !function.file || !function.line)
		return;
	places_of_function(&places, elf, &function, &last);
	free(places.at);
}

/* What a hit shows at the entry of a function, and at its return. */
static void name_values(const struct elf *elf, struct types *types, uint64_t addr)
{
	static const uintptr_t regs[64];
	struct fields_source from = {
	        .elf = elf, .isa = elf->isa, .types = types, .fetch = true, .stack = true};
	struct fields *fields;
	struct fetch *fetch;

	for (int at_return = 0; at_return < 2; at_return++) {
		struct point point = {.addr = addr, .at_return = at_return};
		struct field_values *values;
		struct value v;
		const char *why;

		fields_make(&point, &from, &fields, &fetch);
		fetch_free(fetch);
		if (!fields)
			continue;
		values = fields_at(fields, &(struct brought){.regs = regs, .mask = ~(uintptr_t)0});
		for (size_t i = 0; i < fields->n; i++)
			field_value(values, i, &v, &why);
		field_values_free(values);
		fields_free(fields);
	}
}

/* A variable's bytes are those of the file: any will do. */
static bool read_any(void *ctx, uint64_t addr, void *to, size_t n)
{
	(void)ctx;
	memset(to, (int)addr, n);
	return true;
}

static void print(const struct elf *elf, struct types *types, const char *text, FILE *out)
{
	struct scope scope = {.elf = elf, .types = types};
	struct surroundings s = {.scope = &scope, .isa = elf->isa};
	struct evaluation e = {.isa = elf->isa,
	                       .types = types,
	                       .machine = {.read = read_any, .word = elf->isa->word}};
	struct show show = {out, elf, &e, 4, 20};
	struct tree *t = expr_make(text, &s);
	struct value v;

	if (t->root && value_of(&e, t->root, &v)) {
		show_text(&show, &v);
		show_json(&show, &v);
	}
	arena_free(&e.arena);
	tree_free(t);
}

/* Variables, and what hits show, by name. */
static void use_names(const struct elf *elf)
{
	struct types *types = types_open(elf->lines, elf->isa->word);
	FILE *out = fopen("/dev/null", "w");

	for (size_t i = 0; i < elf->nfuncs && i < FUNCTIONS; i += 4)
		name_values(elf, types, elf->funcs[i]->addr);
	for (size_t i = 0; out && i < elf->nsymbols && i < 4 * FUNCTIONS; i++)
		if (elf->symbols[i].object)
			print(elf, types, elf->symbols[i].name, out);
	if (out)
		fclose(out);
	types_close(types);
}

static void walk(const struct elf *elf, const struct elf_symbol *func)
{
	struct walk w;

	walk_function(&w, elf, func);
	for (unsigned n = 0; n < INSTRUCTIONS && walk_step(&w); n++)
		if (n % 8 == 0)
			ask(elf, w.addr);
}

static void parse(const struct elf *elf, const char *text)
{
	static const struct point_rules rules;
	char copy[256];
	char *argv[] = {copy};
	struct points points = {0};

	snprintf(copy, sizeof copy, "%s", text);
	if (points_parse(&points, 1, argv, elf, elf->isa, &rules) == 0)
		points_free(&points);
}

static void use(const struct elf *elf)
{
	char line[96], place[128];

	for (size_t i = 0; i < elf->nfuncs && i < FUNCTIONS; i++) {
		const struct elf_symbol *f = elf->funcs[i];

		for (uint64_t off = 0; off < 8; off++)
			ask(elf, f->addr + off);
		ask(elf, f->addr + f->size - 1);
		walk(elf, f);
		if (i % 8 == 0)
			for (uint64_t off = 0; off < f->size && off < 64; off += 8)
				show(elf, f, off);
		if (i % 16 == 0) {
			snprintf(place, sizeof place, "%s:2", f->name);
			parse(elf, place);
			if (lines_describe(elf->lines, f->addr, line, sizeof line))
				parse(elf, line);
		}
		elf_find(elf, f->name, NULL);
		parse(elf, f->name);
	}
	for (size_t i = 0; i < elf->nsections && i < FUNCTIONS; i++) {
		ask(elf, elf->sections[i].addr);
		ask(elf, elf->sections[i].addr + elf->sections[i].size - 1);
	}
	for (size_t i = 0; i < elf->nstarts && i < FUNCTIONS; i++)
		ask(elf, elf->starts[i]);
	if (elf->nfuncs < FUNCTIONS)
		parse(elf, "*");
	parse(elf, "mian");
	parse(elf, "main+2 %r0");
	parse(elf, "0x10000%return");
	use_names(elf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static FILE *nowhere;
	struct elf *elf;
	char path[32];
	const struct elf_input input = {.path = path};
	int fd = memfd_create("elf", MFD_CLOEXEC);

	if (!nowhere)
		stderr = nowhere = fopen("/dev/null",
		                         "w"); /* what is said; reports of sanitizers go past it */
	if (fd < 0 || !nowhere || write(fd, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	if (elf_open(&input, 1, NULL, &elf) == 0) {
		use(elf);
		elf_close(elf);
	}
	close(fd);
	return 0;
}
