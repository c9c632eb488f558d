/* SPDX-License-Identifier: MIT */
/*
 * The words behind the place of a point: see words.h. What is of the full grammar but not in this
 * version is told apart from a mistake.
 */
#include "program/words.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "base/say.h"
#include "base/util.h"
#include "program/isas.h"
#include "program/system_register.h"

/* Words of the grammar that are understood, and answered, but not yet supported. */
static const struct {
	const char *glob;
	const char *what, *instead;
} later_words[] = {
        {"task=*", "task filters (task=NAME) are",
         "take every hit, and filter what trapline prints (-f jsonl)"},
};

static int unsupported(const char *word, const char *what, const char *instead)
{
	fail(USAGE, "'%s': %s not supported by this version", word, what);
	hint("%s", instead);
	return USAGE;
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
		fail(USAGE,
		     "'%s': which registers there are is known from the ELF or from the target",
		     word);
		hint("give -e FILE or -p PORT");
		return USAGE;
	}
	reg = isa_register(isa, word + 1);
	if (reg < 0) {
		fail(USAGE, "%s has no register '%s'", isa->name, word + 1);
		hint("it has %%%s to %%%s: trapline info lists them; and %s", isa->regs[0].name,
		     isa->regs[isa->ncore - 1].name, system_register_list(isa));
		return USAGE;
	}
	*mask |= (uintptr_t)1 << reg;
	return DONE;
}

/* %r0 alone is a register to show; %r0+1 is an expression. */
static bool is_register_name(const char *s)
{
	return *s &&
	       !s[strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")];
}

/* One that no snapshot has is an expression, which the target works out. */
static bool is_system_register(const char *name, const struct tl_isa *isa)
{
	struct system_register reg;
	unsigned number;

	return isa && isa_register(isa, name) < 0 &&
	       system_register_named(isa, name, 0, &number, &reg);
}

/* A word after the place. */
static int option_parse(const char *word, const struct tl_isa *isa, struct point *point,
                        struct point_words *words)
{
	for (size_t i = 0; i < sizeof later_words / sizeof *later_words; i++)
		if (fnmatch(later_words[i].glob, word, 0) == 0)
			return unsupported(word, later_words[i].what, later_words[i].instead);
	if (strncmp(word, "every=", 6) == 0)
		return number_option(word, word + 6, &point->every);
	if (strncmp(word, "limit=", 6) == 0)
		return number_option(word, word + 6, &point->limit);
	if (strncmp(word, "maxactive=", 10) == 0)
		return number_option(word, word + 10, &point->maxactive);
	if (*word == '%' && is_register_name(word + 1) && !is_system_register(word + 1, isa))
		return register_option(word, isa, &point->mask);
	words->at = grow(words->at, words->n + 1, sizeof *words->at);
	words->at[words->n++] = copy_string(word);
	return DONE;
}

static struct point_words *new_words(struct points *points)
{
	struct point_words *w = grow(NULL, 1, sizeof *w);

	*w = (struct point_words){.next = points->words};
	points->words = w;
	return w;
}

/* Words are apart by spaces, but not within brackets or behind a quote. Cuts the text up. */
static char *next_word(char **text)
{
	char *start = *text + strspn(*text, " \t\n"), *s = start, quote = 0;
	unsigned depth = 0;

	for (; *s && (quote || depth || !strchr(" \t\n", *s)); s++)
		if (quote)
			quote = *s == quote ? 0 : quote;
		else if (words_quote(*s))
			quote = *s;
		else if (strchr("([", *s))
			depth++;
		else if (strchr(")]", *s) && depth)
			depth--;
	*text = *s ? s + 1 : s;
	*s = 0;
	return *start ? start : NULL;
}

/* NAME=N of a point, and no comparison. */
static bool is_option(const char *word)
{
	static const char *const names[] = {"every=", "limit=", "maxactive=", "task="};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		size_t n = strlen(names[i]);

		if (strncmp(word, names[i], n) == 0 && word[n] != '=')
			return true;
	}
	return false;
}

/* What stands behind `if`, up to where options go on: *word, NULL at the end. */
static int condition_parse(char **options, struct point_words *words, char **word)
{
	if (words->condition) {
		fail(USAGE, "'if' stands twice");
		hint("put both into one: if (A) && (B)");
		return USAGE;
	}
	words->condition = copy_string("");
	while ((*word = next_word(options)) && !is_option(*word)) {
		char *longer = format_string("%s%s%s", words->condition,
		                             *words->condition ? " " : "", *word);

		free(words->condition);
		words->condition = longer;
	}
	if (*words->condition)
		return DONE;
	fail(USAGE, "'if' needs an expression behind it");
	hint("like this: trapline watch 'parse if len > 8 every=10'");
	return USAGE;
}

static int options_parse(char *options, const struct tl_isa *isa, struct point *point,
                         struct point_words *words)
{
	char *word = next_word(&options);
	int status = DONE;

	while (word && !status)
		if (strcmp(word, "if") == 0) {
			status = condition_parse(&options, words, &word);
		} else {
			status = option_parse(word, isa, point, words);
			word = next_word(&options);
		}
	return status;
}

int words_parse(struct points *points, struct point *point, char *text, const struct tl_isa *isa)
{
	struct point_words *words = new_words(points);
	int status = options_parse(text, isa, point, words);

	point->args = words->at;
	point->nargs = words->n;
	point->condition = words->condition;
	return status;
}

static void append(char **text, const char *word)
{
	char *longer = format_string("%s%s%s", *text, **text ? " " : "", word);

	free(*text);
	*text = longer;
}

char *point_text(const struct point *point, const struct tl_isa *isa)
{
	char *text = copy_string("");

	/* First, since an ARG whose quote does not end has all that follows. */
	for (unsigned i = 0; i < isa->ncore; i++)
		if (point->mask >> i & 1) {
			char *word = format_string("%%%s", isa->regs[i].name);

			append(&text, word);
			free(word);
		}
	for (unsigned i = 0; i < point->nargs; i++)
		append(&text, point->args[i]);
	if (point->condition) {
		append(&text, "if");
		append(&text, point->condition);
	}
	for (char *c = text; *c; c++)
		if (strchr("\t\n", *c))
			*c = ' ';
	return text;
}

int point_text_parse(struct points *points, struct point *point, const char *text,
                     const struct tl_isa *isa)
{
	char *copy = copy_string(text);
	int status = words_parse(points, point, copy, isa);

	free(copy);
	return status;
}
