/* SPDX-License-Identifier: MIT */
/*
 * The point grammar: see spec.h. What the full grammar has and this version has not is told apart from a mistake.
 */
#include "spec.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "dwarf.h"
#include "isas.h"
#include "say.h"
#include "util.h"

/* Words of the grammar that are understood, and answered, but not yet supported. */
static const struct {
	const char *glob;
	const char *what, *instead;
} later[] = {
        {"write:*", "watchpoints are", "probe the code that writes the variable"},
        {"read:*", "watchpoints are", "probe the code that reads the variable"},
        {"*:*", "source lines (FILE:LINE, FUNC:LINE) are", "use FUNC+OFF or 0xADDR: trapline funcs -v FUNC lists the addresses"},
};

static const struct {
	const char *glob;
	const char *what, *instead;
} later_words[] = {
        {"if", "conditions (if EXPR) are", "take every hit, and filter what trapline prints (-f jsonl)"},
        {"task=*", "task filters (task=NAME) are", "take every hit, and filter what trapline prints (-f jsonl)"},
        {"$*", "$ variables are", "use registers: %r0 %r1 …, or none for all"},
        {"@*", "variables are", "use registers: %r0 %r1 …, or trapline read NAME"},
};

static const char at_return[] = "%return";

bool place_at_return(char *place)
{
	size_t length = strlen(place), suffix = sizeof at_return - 1;

	if (length < suffix || strcmp(place + length - suffix, at_return) != 0)
		return false;
	place[length - suffix] = 0;
	return true;
}

static int unsupported(const char *word, const char *what, const char *instead)
{
	fail(USAGE, "'%s': %s not supported by this version", word, what);
	hint("%s", instead);
	return USAGE;
}

static int need_elf(const char *name)
{
	fail(SYMBOL, "'%s' is a symbol, and there is no ELF to look it up in", name);
	hint("give the firmware's ELF with -e FILE or in TRAPLINE_ELF, or use an address: 0x…");
	return SYMBOL;
}

int unknown_function(const struct elf *elf, const char *name)
{
	const struct elf_symbol *near;
	char line[96];

	if (!elf->nsymbols) {
		fail(SYMBOL, "no function '%s': %s has no symbols (it was stripped)", name, elf->name);
		hint("give the ELF as it was linked, before strip; or use an address: 0x…");
		return SYMBOL;
	}
	fail(SYMBOL, "no function '%s' in %s", name, elf->name);
	near = elf_nearest(elf, name);
	if (near && lines_describe(elf->lines, near->addr, line, sizeof line))
		hint("did you mean '%s' (%s)?  see: trapline funcs '*%.4s*'", near->name, line, near->name);
	else if (near)
		hint("did you mean '%s'?  see: trapline funcs '*%.4s*'", near->name, near->name);
	else
		hint("trapline funcs lists what can be probed");
	return SYMBOL;
}

/* Several static functions of one name: which one? */
static int ambiguous(const struct elf *elf, const char *name, unsigned count)
{
	fail(SYMBOL, "%u functions are named '%s' in %s", count, name, elf->name);
	for (size_t i = 0; i < elf->nfuncs; i++)
		if (strcmp(elf->funcs[i]->name, name) == 0) {
			char line[96];

			lines_describe(elf->lines, elf->funcs[i]->addr, line, sizeof line);
			hint("choose one by its address: 0x%08llx %s", (unsigned long long)elf->funcs[i]->addr, line);
		}
	return SYMBOL;
}

/* SYMBOL[+OFF]: `text` is cut at the '+'. */
static int symbol_parse(char *text, const struct elf *elf, bool function, const struct elf_symbol **symbol, uint64_t *off)
{
	char *plus = strchr(text, '+');
	unsigned count;

	*off = 0;
	if (plus) {
		*plus = 0;
		if (!parse_number(plus + 1, off)) {
			fail(USAGE, "'%s': not an offset", plus + 1);
			hint("an offset is a number of bytes: %s+4 or %s+0x10", text, text);
			return USAGE;
		}
	}
	if (!elf)
		return need_elf(text);
	*symbol = elf_find(elf, text, &count);
	if (!*symbol || (function && !(*symbol)->func))
		return unknown_function(elf, text);
	return count > 1 ? ambiguous(elf, text, count) : DONE;
}

int place_parse(const char *text, const struct elf *elf, uint64_t *addr, uint64_t *size)
{
	const struct elf_symbol *symbol = NULL;
	char *copy;
	uint64_t off;
	int status;

	*size = 0;
	if (parse_number(text, addr))
		return DONE;
	copy = copy_string(text);
	status = symbol_parse(copy, elf, false, &symbol, &off);
	free(copy);
	if (status)
		return status;
	*addr = symbol->addr + off;
	*size = off < symbol->size ? symbol->size - off : 0;
	return DONE;
}

static void add(struct points *points, const struct point *point, const char *name)
{
	points->at = grow(points->at, points->n + 1, sizeof *points->at);
	points->at[points->n] = *point;
	points->at[points->n++].name = copy_string(name);
}

/* The last point's name, as places at a return are written. */
static void name_return(struct point *point)
{
	char *name = format_string("%s%s", point->name, at_return);

	free(point->name);
	point->name = name;
}

static int number_option(const char *word, const char *value, uint32_t *to)
{
	uint64_t v;

	if (!parse_number(value, &v) || !v || v > UINT32_MAX) {
		fail(USAGE, "'%s': not a number above 0", word);
		return USAGE;
	}
	*to = (uint32_t)v;
	return DONE;
}

static int register_option(const char *word, const struct tl_isa *isa, uintptr_t *mask)
{
	int reg;

	if (!isa) {
		fail(USAGE, "'%s': which registers there are is known from the ELF or from the target", word);
		hint("give -e FILE or -p PORT");
		return USAGE;
	}
	reg = isa_register(isa, word + 1);
	if (reg < 0) {
		fail(USAGE, "%s has no register '%s'", isa->name, word + 1);
		hint("it has %%%s to %%%s: trapline info lists them", isa->regs[0].name, isa->regs[isa->ncore - 1].name);
		return USAGE;
	}
	*mask |= (uintptr_t)1 << reg;
	return DONE;
}

/* A word after the place. */
static int option_parse(const char *word, const struct tl_isa *isa, struct point *point)
{
	for (size_t i = 0; i < sizeof later_words / sizeof *later_words; i++)
		if (fnmatch(later_words[i].glob, word, 0) == 0)
			return unsupported(word, later_words[i].what, later_words[i].instead);
	if (strncmp(word, "every=", 6) == 0)
		return number_option(word, word + 6, &point->every);
	if (strncmp(word, "limit=", 6) == 0)
		return number_option(word, word + 6, &point->limit);
	if (*word == '%')
		return register_option(word, isa, &point->mask);
	return unsupported(word, "variables and expressions are", "use registers: %r0 %r1 …, or none for all");
}

/* The host's own check; with `force`, only a warning. Without an ELF there is nothing to check by: a guess can kill the firmware.
 */
static int vet(const struct elf *elf, const char *what, const struct point *point, bool force)
{
	struct verdict verdict;

	if (!elf && !force) {
		fail(REFUSED, "%s: without an ELF %s", what, error_text(E_NO_START));
		hint("give the firmware's ELF with -e FILE or in TRAPLINE_ELF; or --force, if a disassembly shows one there");
		return REFUSED;
	}
	if (!elf)
		return DONE;
	check_address(elf, point->addr, point->at_return, &verdict);
	if (!verdict.error)
		return DONE;
	if (!force)
		return check_report(elf, what, point->addr, &verdict);
	warn("%s: %s; asking the target all the same (--force)", what, error_text(verdict.error));
	return DONE;
}

static int glob_parse(struct points *points, const struct elf *elf, const char *glob, const struct point *point, bool force)
{
	unsigned matched = 0, refused = 0, why = 0;

	if (!elf)
		return need_elf(glob);
	for (size_t i = 0; i < elf->nfuncs; i++) {
		const struct elf_symbol *f = elf->funcs[i];
		struct point one = *point;
		struct verdict verdict;

		if (fnmatch(glob, f->name, 0) != 0 || (i && elf->funcs[i - 1]->addr == f->addr))
			continue;
		matched++;
		check_address(elf, f->addr, point->at_return, &verdict);
		if (verdict.error && !force) {
			refused++;
			why = verdict.error;
			chat("%s: skipped: %s", f->name, error_text(verdict.error));
			continue;
		}
		one.addr = f->addr;
		add(points, &one, f->name);
		if (point->at_return)
			name_return(&points->at[points->n - 1]);
	}
	if (!matched) {
		fail(SYMBOL, "no function matches '%s' in %s", glob, elf->name);
		hint("trapline funcs lists what can be probed");
		return SYMBOL;
	}
	if (matched == refused) {
		fail(REFUSED, "none of the functions that match '%s' (%u) can be probed: %s", glob, matched, error_text(why));
		hint("%s", error_hint(why));
		return REFUSED;
	}
	if (refused)
		note("%u of %u functions that match '%s' cannot be probed; -v says why", refused, matched, glob);
	return DONE;
}

/* Returns are hooked at the entry of a function. */
static int not_an_entry(const struct elf *elf, const char *typed, uint64_t addr)
{
	const struct elf_symbol *func = elf_func_at(elf, addr);

	fail(USAGE, "'%s%s': a return is hooked at the entry of its function", typed, at_return);
	if (func)
		hint("write it without an offset: %s%s", func->name, at_return);
	return USAGE;
}

/* Is the address within a function, or, if nobody knows, within the piece of text that has its start elsewhere? */
static bool is_inside(const struct elf *elf, uint64_t addr, bool force)
{
	const struct elf_symbol *func = elf_func_at(elf, addr);
	uint64_t start, end;

	if (func)
		return func->addr != addr;
	return !force && elf_piece_at(elf, addr, &start, &end) && start != addr;
}

/* The place, `[NAME=]FUNC[+OFF|%return] | 0xADDR[%return]`, whose text is cut up. */
static int place_of_point(struct points *points, char *text, struct point *point, const struct elf *elf, const struct tl_isa *isa,
                          bool force)
{
	char *equals = strchr(text, '='), *place = equals ? equals + 1 : text, *typed;
	const struct elf_symbol *symbol = NULL;
	uint64_t off;
	int status;

	if (equals)
		*equals = 0;
	if (!*place || (equals && !*text)) {
		fail(USAGE, "a point needs a place: [NAME=]FUNC[+OFF|%%return] or 0xADDR");
		return USAGE;
	}
	if (strcmp(place, "every") == 0 || (equals && (!strcmp(text, "every") || !strcmp(text, "limit"))) || *place == '%') {
		fail(USAGE, "'%s': what belongs to a point stands with it, in quotes", equals ? text : place);
		hint("like this: trapline watch 'parse %%r0 every=10'");
		return USAGE;
	}
	for (size_t i = 0; i < sizeof later / sizeof *later; i++)
		if (fnmatch(later[i].glob, place, 0) == 0)
			return unsupported(place, later[i].what, later[i].instead);
	if (strstr(place, "%return+")) {
		fail(USAGE, "'%s': a return has no offset", place);
		hint("%.*s%s is every return of the function; an instruction in it is FUNC+OFF", (int)strcspn(place, "%"), place,
		     at_return);
		return USAGE;
	}
	point->at_return = place_at_return(place);
	if (is_glob(place))
		return glob_parse(points, elf, place, point, force);
	typed = copy_string(place);
	if (parse_number(place, &point->addr)) {
		char described[160];

		if (isa)
			point->addr = isa_code_address(isa, point->addr);
		elf_describe(elf, point->addr, described, sizeof described);
		free(typed);
		typed = copy_string(described);
		status = DONE;
	} else {
		status = symbol_parse(place, elf, true, &symbol, &off);
		if (!status)
			point->addr = symbol->addr + off;
	}
	if (!status && symbol && off && off >= symbol->size) {
		status = fail(REFUSED, "%s is beyond the end of %s (%llu bytes)", typed, symbol->name,
		              (unsigned long long)symbol->size);
		hint("trapline funcs -v '%s' lists the instructions' addresses", symbol->name);
	}
	if (!status && point->at_return && elf && is_inside(elf, point->addr, force))
		status = not_an_entry(elf, typed, point->addr);
	if (!status)
		status = vet(elf, typed, point, force);
	if (!status)
		add(points, point, equals ? text : typed);
	if (!status && point->at_return && !equals)
		name_return(&points->at[points->n - 1]);
	free(typed);
	return status;
}

static int point_parse(struct points *points, const char *argument, const struct elf *elf, const struct tl_isa *isa, bool force)
{
	char *copy = copy_string(argument), *rest = NULL;
	char *place = strtok_r(copy, " \t\n", &rest);
	struct point point = {0};
	int status = DONE;

	for (char *word; !status && (word = strtok_r(NULL, " \t\n", &rest));)
		status = option_parse(word, isa, &point);
	if (!status)
		status = place_of_point(points, place ? place : copy + strlen(copy), &point, elf, isa, force);
	free(copy);
	return status;
}

int points_parse(struct points *points, int argc, char **argv, const struct elf *elf, const struct tl_isa *isa, bool force)
{
	*points = (struct points){0};
	for (int i = 0; i < argc; i++) {
		int status = point_parse(points, argv[i], elf, isa, force);

		if (status) {
			points_free(points);
			return status;
		}
	}
	return DONE;
}

void points_free(struct points *points)
{
	for (size_t i = 0; i < points->n; i++)
		free(points->at[i].name);
	free(points->at);
	*points = (struct points){0};
}
