/* SPDX-License-Identifier: MIT */
/*
 * The point grammar: see spec.h. Here are its places, in words.c the words behind them.
 */
#include "program/spec.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "base/say.h"
#include "base/util.h"
#include "program/check.h"
#include "program/code_places.h"
#include "program/lookup.h"
#include "program/misses.h"
#include "program/names.h"
#include "program/place.h"
#include "program/starts.h"
#include "program/words.h"

/* What stands before data that is watched. */
static const struct {
	const char *glob;
	unsigned watch;
} accesses[] = {
        {"write:*", WATCH_WRITE},
        {"read:*", WATCH_READ},
        {"access:*", WATCH_WRITE | WATCH_READ},
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

/* The host's own check; with `force`, only a warning. Without an ELF there is nothing to check by:
   a guess can kill the firmware. */
static int vet(const struct elf *elf, const char *what, const struct point *point, bool force)
{
	struct verdict verdict;

	if (!elf && !force) {
		fail(REFUSED, "%s: without an ELF %s", what, error_text(E_NO_START));
		hint("give the firmware's ELF with -e FILE or in TRAPLINE_ELF; or --force, if a "
		     "disassembly shows one there");
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

/* Of the program that is said; else of the firmware, if there is one. */
static bool is_in(const struct elf *elf, const struct elf_symbol *f, const struct elf_file *image)
{
	bool firmware = false;

	for (size_t i = 0; i < elf->nfiles; i++)
		firmware |= !elf->files[i].image;
	return (!image && !firmware) || elf_image_at(elf, f->addr) == image;
}

static int glob_parse(struct points *points, const struct elf *elf, char *glob,
                      const struct point *point, bool force)
{
	unsigned matched = 0, refused = 0, why = 0;
	uint64_t last = UINT64_MAX;
	const struct elf_file *image = place_image(&glob, elf);
	char *file = strrchr(glob, '@');

	if (!elf)
		return need_elf(glob);
	if (file)
		*file++ = 0;
	for (size_t i = 0; i < elf->nfuncs; i++) {
		const struct elf_symbol *f = elf->funcs[i];
		struct point one = *point;
		struct verdict verdict;
		char name[160];

		if (!elf_fits(elf, f, glob) || last == f->addr || !is_in(elf, f, image) ||
		    (file && !code_is_from(elf, f, file)))
			continue;
		last = f->addr;
		matched++;
		check_address(elf, f->addr, point->at_return, &verdict);
		if (verdict.error && !force) {
			refused++;
			why = verdict.error;
			chat("%s: skipped: %s%s%s%s", elf_name(elf, f), error_text(verdict.error),
			     *verdict.detail ? " (" : "", verdict.detail,
			     *verdict.detail ? ")" : "");
			continue;
		}
		one.addr = f->addr;
		one.alone = !point->at_return;
		elf_describe(elf, f->addr, name, sizeof name);
		add(points, &one, image ? name : elf_name(elf, f));
		if (point->at_return)
			name_return(&points->at[points->n - 1]);
	}
	if (!matched) {
		fail(SYMBOL, "no function %s%s%smatches '%s' in %s", file ? "of a file '" : "",
		     file ? file : "", file ? "' " : "", glob, elf->name);
		hint("trapline funcs lists what can be probed");
		return SYMBOL;
	}
	if (matched == refused) {
		fail(REFUSED, "none of the functions that match '%s' (%u) can be probed: %s", glob,
		     matched, error_text(why));
		hint("%s", error_hint(why));
		return REFUSED;
	}
	if (refused)
		note("%u of %u functions that match '%s' cannot be probed; -v says why", refused,
		     matched, glob);
	return DONE;
}

/* Returns are hooked at the entry of a function. */
static int not_an_entry(const struct elf *elf, const char *typed, uint64_t addr)
{
	const struct elf_symbol *func = elf_func_at(elf, addr);

	fail(USAGE, "'%s%s': a return is hooked at the entry of its function", typed, at_return);
	if (func)
		hint("write it without an offset: %s%s", elf_name(elf, func), at_return);
	return USAGE;
}

/* Is the address within a function, or, if nobody knows, within the piece of text that has its
 * start elsewhere? */
static bool is_inside(const struct elf *elf, uint64_t addr, bool force)
{
	const struct elf_symbol *func = elf_func_at(elf, addr);
	uint64_t start, end;

	if (func)
		return func->addr != addr;
	return !force && elf_piece_at(elf, addr, &start, &end) && start != addr;
}

/* NAME= in front of the place; NULL if there is none. An = in a function's own name (operator+=) is
 * behind what no NAME has. */
static char *split_name(char *text, char **place)
{
	size_t length = strcspn(text, "=\"'(<>:+%*?[!&|^/-~ ");

	*place = text;
	if (text[length] != '=' || (length == 8 && memcmp(text, "operator", 8) == 0))
		return NULL;
	text[length] = 0;
	*place = text + length + 1;
	return text;
}

/* What is no place. */
static int misplaced(const char *name, const char *place)
{
	if (!*place || (name && !*name)) {
		fail(USAGE, "a point needs a place: [NAME=]FUNC[+OFF|:RLN|%%return], FILE:LINE or "
		            "0xADDR");
		return USAGE;
	}
	if (strcmp(place, "every") == 0 ||
	    (name &&
	     (!strcmp(name, "every") || !strcmp(name, "limit") || !strcmp(name, "maxactive"))) ||
	    *place == '%') {
		fail(USAGE, "'%s' belongs to a point: write both as one argument, in quotes",
		     name ? name : place);
		hint("like this: trapline watch 'parse %%r0 every=10'");
		return USAGE;
	}
	if (strstr(place, "%return+")) {
		fail(USAGE, "'%s': a return has no offset", place);
		hint("%.*s%s is every return of the function; an instruction in it is FUNC+OFF",
		     (int)strcspn(place, "%"), place, at_return);
		return USAGE;
	}
	return DONE;
}

/* A place at which no return can be hooked: an instruction in a function. */
static bool is_no_entry(const struct elf *elf, const struct code_place *at, bool force)
{
	return at->inside || (!at->named && elf && is_inside(elf, at->addr, force));
}

static void take(struct points *points, const char *name, const struct point *point,
                 const struct code_place *at)
{
	struct point *taken;

	add(points, point, name ? name : at->name);
	taken = &points->at[points->n - 1];
	taken->addr = at->addr;
	taken->named = name;
	taken->alone = at->alone && !point->at_return;
	if (point->at_return && !name)
		name_return(taken);
}

/* Of several places, those that can be probed; what is said of the others depends on whether there
 * are such. */
static int take_those_that_can(struct points *points, const char *name, struct point *point,
                               const struct elf *elf, const struct code_places *places, bool force)
{
	size_t before = points->n;
	struct verdict verdict;

	for (size_t i = 0; i < places->n; i++) {
		const struct code_place *at = &places->at[i];

		check_address(elf, at->addr, point->at_return, &verdict);
		if (point->at_return && is_no_entry(elf, at, force))
			note("%s: left out: only the entry of a function has returns", at->name);
		else if (verdict.error && !force)
			note("%s: left out: %s", at->name, error_text(verdict.error));
		else
			take(points, name, point, at);
	}
	if (points->n > before)
		return DONE;
	fail(REFUSED, "none of these %zu places can be probed", places->n);
	return REFUSED;
}

/* FUNC[@FILE][+OFF], FUNC:RLN, FILE:LINE, 0xADDR: `text` is cut up. */
static int place_parse_code(struct points *points, const char *name, char *text,
                            struct point *point, const struct elf *elf, const struct tl_isa *isa,
                            const struct point_rules *rules)
{
	struct code_places places;
	int status = code_places_find(&places, text, elf, isa, rules->all);

	if (status)
		return status;
	if (places.n > 1) {
		status = take_those_that_can(points, name, point, elf, &places, rules->force);
	} else {
		point->addr = places.at[0].addr;
		if (point->at_return && is_no_entry(elf, &places.at[0], rules->force))
			status = not_an_entry(elf, places.at[0].name, point->addr);
		if (!status)
			status = vet(elf, places.at[0].name, point, rules->force);
		if (!status)
			take(points, name, point, &places.at[0]);
	}
	code_places_free(&places);
	return status;
}

bool place_of_data(char *place, const struct elf *elf, struct point *point)
{
	for (size_t i = 0; i < sizeof accesses / sizeof *accesses; i++)
		if (fnmatch(accesses[i].glob, place, 0) == 0 && strchr(place, ':')[1] != ':' &&
		    !place_is_known(elf, place)) {
			point->watch = accesses[i].watch;
			point->data = strchr(place, ':') + 1;
			return true;
		}
	return false;
}

static int take_data(struct points *points, const char *name, const char *place,
                     struct point *point)
{
	if (!*point->data) {
		fail(USAGE, "'%s' needs data behind it", place);
		hint("a variable, a member or an element of one, or an address: %sstate", place);
		return USAGE;
	}
	if (point->at_return) {
		fail(USAGE, "'%s%s': data does not return", place, at_return);
		hint("write it without %s", at_return);
		return USAGE;
	}
	point->data = copy_string(point->data);
	points->words->data = point->data;
	add(points, point, name ? name : place);
	points->at[points->n - 1].named = name;
	return DONE;
}

/* The place, `[NAME=]FUNC[@FILE][+OFF|:RLN|%return] | FILE:LINE | 0xADDR[%return]`, whose text is
 * cut up. */
static int place_of_point(struct points *points, char *text, struct point *point,
                          const struct elf *elf, const struct tl_isa *isa,
                          const struct point_rules *rules)
{
	char *place, *name = split_name(text, &place);
	int status;

	point->at_return = place_at_return(place);
	status = misplaced(name, place);
	if (status)
		return status;
	if (point->maxactive && !point->at_return) {
		fail(USAGE, "'%s': maxactive= bounds the calls under way whose return is hooked",
		     place);
		hint("it goes with a return: '%s%s maxactive=%u'", place, at_return,
		     point->maxactive);
		return USAGE;
	}
	if (place_of_data(place, elf, point))
		return take_data(points, name, place, point);
	if (is_glob(place) && !words_quote(*place) && !place_is_known(elf, place))
		return glob_parse(points, elf, place, point, rules->force);
	if (*place == '+')
		return misplaced(NULL, "");
	return place_parse_code(points, name, place, point, elf, isa, rules);
}

/* Where the place ends: names have spaces in quotes and in brackets. */
static size_t place_length(const char *text)
{
	size_t start = words_quote(*text) ? 0 : strcspn(text, "=\"' (<:") + 1;
	const char *end;

	if (start && (text[start - 1] != '=' || !words_quote(text[start])))
		return name_length(text);
	end = strchr(text + start + 1, text[start]);
	return end ? (size_t)(end - text) + strcspn(end, " \t\n") : strlen(text);
}

static int point_parse(struct points *points, const char *argument, const struct elf *elf,
                       const struct tl_isa *isa, const struct point_rules *rules)
{
	char *copy = copy_string(argument);
	char *place = copy + strspn(copy, " \t\n"), *options = place + place_length(place);
	struct point point = {0};
	int status;

	if (*options)
		*options++ = 0;
	status = words_parse(points, &point, options, isa);
	if (!status)
		status = place_of_point(points, place, &point, elf, isa, rules);
	free(copy);
	return status;
}

int points_parse(struct points *points, int argc, char **argv, const struct elf *elf,
                 const struct tl_isa *isa, const struct point_rules *rules)
{
	for (int i = 0; i < argc; i++) {
		int status = point_parse(points, argv[i], elf, isa, rules);

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
	for (struct point_words *w = points->words, *next; w; w = next) {
		next = w->next;
		for (unsigned i = 0; i < w->n; i++)
			free(w->at[i]);
		free(w->at);
		free(w->condition);
		free(w->data);
		free(w->program);
		free(w);
	}
	free(points->at);
	*points = (struct points){0};
}
