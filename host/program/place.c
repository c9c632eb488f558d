/* SPDX-License-Identifier: MIT */
/*
 * Takes places apart: see place.h.
 */
#include "program/place.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/say.h"
#include "base/util.h"
#include "program/misses.h"

const struct elf_file *place_image(char **text, const struct elf *elf)
{
	char *colon = strchr(*text, ':');
	const struct elf_file *image;

	if (!elf || !colon || colon[1] == ':')
		return NULL;
	*colon = 0;
	image = elf_image(elf, *text);
	*colon = ':';
	if (image)
		*text = colon + 1;
	return image;
}

void place_keep(const struct elf *elf, const struct elf_file *image, struct symbols *symbols)
{
	size_t n = 0;

	for (size_t i = 0; i < symbols->n && !image; i++)
		n += !elf_image_at(elf, symbols->at[i]->addr);
	if (!image && !n)
		return;
	n = 0;
	for (size_t i = 0; i < symbols->n; i++)
		if (elf_image_at(elf, symbols->at[i]->addr) == image)
			symbols->at[n++] = symbols->at[i];
	symbols->n = n;
}

static int symbols_named(const struct place *place, const struct elf *elf, struct symbols *to)
{
	const char *name = place->name;
	struct lookup l;
	int status = DONE;

	*to = (struct symbols){0};
	if (!elf)
		return need_elf(name);
	lookup(elf, name, WANT_ANY, &l);
	place_keep(elf, place->image, &l.found);
	place_keep(elf, place->image, &l.clones);
	if (!l.found.n)
		status = l.clones.n ? only_clones(elf, name, &l.clones)
		                    : unknown_name(elf, name, WANT_ANY);
	else if (l.found.n > 1)
		status = ambiguous_name(elf, name, &l.found);
	if (!status) {
		*to = l.found;
		l.found = (struct symbols){0};
	}
	lookup_free(&l);
	return status;
}

static int not_an_offset(const char *name, const char *typed)
{
	fail(USAGE, "'%s': not an offset", typed);
	hint("an offset is a number of bytes: %s+4 or %s+0x10; a name with a + in it stands in "
	     "quotes: '\"%s+%s\"'",
	     name, name, name, typed);
	return USAGE;
}

/* Digits to the end? Then what they say. */
static bool is_line(const char *text, unsigned *line)
{
	uint64_t number;

	if (!isdigit((unsigned char)*text) || !parse_number(text, &number) || number > INT32_MAX)
		return false;
	*line = (unsigned)number;
	return true;
}

/* What follows a name in quotes: [@FILE][:LINE][+OFF]. */
static int split_behind(char *behind, struct place *place)
{
	char *line = strrchr(behind, ':'), *plus;

	if (line && is_line(line + 1, &place->line)) {
		place->has_line = true;
		*line = 0;
	}
	plus = strrchr(behind, '+');
	if (plus && !parse_number(plus + 1, &place->off))
		return not_an_offset(place->name, plus + 1);
	if (plus) {
		place->typed_off = plus + 1;
		*plus = 0;
	}
	if (*behind == '@' && behind[1]) {
		place->in_file = behind + 1;
		*behind = 0;
	}
	if (!*behind || (behind == line && place->has_line) || behind == plus)
		return DONE;
	fail(USAGE,
	     "'%s' behind the name in quotes: only @FILE, :LINE, +OFF or %%return may stand "
	     "there",
	     behind);
	return USAGE;
}

/* "name"+OFF: `text` begins with the quote. */
static int split_quoted(char *text, struct place *place)
{
	char *end = strchr(text + 1, *text);

	if (!end || end == text + 1) {
		fail(USAGE, "%s: %s", text,
		     end ? "there is no name in the quotes" : "a quote is not closed");
		return USAGE;
	}
	*end++ = 0;
	place->name = text + 1;
	return split_behind(end, place);
}

static bool is_known(const struct elf *elf, const char *name)
{
	struct lookup l = {0};
	bool known;

	if (elf)
		lookup(elf, name, WANT_ANY, &l);
	known = l.found.n || l.clones.n;
	lookup_free(&l);
	return known;
}

bool place_is_known(const struct elf *elf, const char *text)
{
	char *copy = copy_string(text), *name = copy, *plus;
	uint64_t off;
	bool known;

	place_image(&name, elf);
	plus = strrchr(name, '+');
	known = is_known(elf, name);
	if (!known && plus && parse_number(plus + 1, &off)) {
		*plus = 0;
		known = is_known(elf, name);
	}
	free(copy);
	return known;
}

/* The : before a line, if there is one: not of C++, and with something before it. */
static char *line_mark(char *text)
{
	char *colon = strrchr(text, ':');

	return colon && colon > text && colon[-1] != ':' ? colon : NULL;
}

/* +OFF at the end. */
static int split_offset(char *text, const struct elf *elf, struct place *place)
{
	char *plus = strrchr(text, '+');

	if (!plus)
		return DONE;
	if (parse_number(plus + 1, &place->off)) {
		*plus = 0;
		place->typed_off = plus + 1;
	} else if (!strstr(text, "operator") && !is_known(elf, text)) {
		*plus = 0;
		return not_an_offset(text, plus + 1);
	}
	return DONE;
}

static int not_a_line(const char *name, const char *typed)
{
	unsigned line;

	if (is_line(typed, &line)) {
		fail(USAGE, "'%s:%s': a line has no offset", name, typed);
		hint("an instruction is FUNC+OFF or 0xADDR: trapline funcs -v FUNC lists them");
		return USAGE;
	}
	fail(USAGE, "'%s': not a line", typed);
	if (!strchr(name, '.') && !strchr(name, '/'))
		hint("if %s is a program that the firmware loads: -e %s=FILE", name, name);
	hint("a line is a number: %s:12; a name with a : in it stands in quotes: '\"%s:%s\"'", name,
	     name, typed);
	return USAGE;
}

int place_split(char *text, const struct elf *elf, struct place *place)
{
	const struct elf_file *image = place_image(&text, elf);
	char *colon = line_mark(text), *at;
	int status;

	*place = (struct place){.image = image, .name = text, .typed_off = ""};
	if (*text == '"' || *text == '\'')
		return split_quoted(text, place);
	if (is_known(elf, text))
		return DONE;
	if (colon && is_line(colon + 1, &place->line)) {
		place->has_line = true;
		*colon = 0;
	} else {
		status = split_offset(text, elf, place);
		if (status)
			return status;
		colon = line_mark(text);
		if (colon && !is_known(elf, text) && !strchr(text, '(')) {
			*colon = 0;
			return not_a_line(text, colon + 1);
		}
	}
	at = is_known(elf, text) ? NULL : strrchr(text, '@');
	if (at && at > text && at[1]) {
		*at = 0;
		place->in_file = at + 1;
	}
	return DONE;
}

bool place_of_image(char *text, const struct elf *elf, uint64_t *addr, int *status)
{
	const struct elf_file *image = place_image(&text, elf);
	uint64_t link;

	if (!image || !parse_number(text, &link))
		return false;
	*status = DONE;
	if (!elf_image_addr(image, link, addr)) {
		*status = fail(SYMBOL, "%s has no address 0x%llx", image->name,
		               (unsigned long long)link);
		hint("an address behind %s: is one that it was linked for", image->image);
	}
	return true;
}

int place_parse(const char *text, const struct elf *elf, uint64_t *addr, uint64_t *size)
{
	struct symbols symbols = {0};
	struct place place;
	char *copy;
	int status;

	*size = 0;
	if (parse_number(text, addr))
		return DONE;
	copy = copy_string(text);
	if (place_of_image(copy, elf, addr, &status)) {
		free(copy);
		return status;
	}
	status = place_split(copy, elf, &place);
	if (!status && (place.has_line || place.in_file))
		status = fail(USAGE, "'%s' is a place in code; this takes SYMBOL[+OFF] or 0xADDR",
		              text);
	if (!status)
		status = symbols_named(&place, elf, &symbols);
	if (!status && symbols.n) {
		*addr = symbols.at[0]->addr + place.off;
		*size = place.off < symbols.at[0]->size ? symbols.at[0]->size - place.off : 0;
	}
	free(symbols.at);
	free(copy);
	return status;
}
