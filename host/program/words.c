/* SPDX-License-Identifier: MIT */
/*
 * The words behind the place of a point: see words.h. Those that filter become a condition.
 */
#include "program/words.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/say.h"
#include "base/util.h"
#include "program/isas.h"
#include "program/system_register.h"

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

/* Both, if there are two. */
static void add_condition(struct point_words *words, char *more)
{
	char *was = words->condition;

	words->condition = was ? format_string("(%s) && (%s)", was, more) : copy_string(more);
	free(was);
	free(more);
}

static int task_option(const char *word, const char *name, struct point_words *words)
{
	size_t n = strlen(name), quoted = n > 1 && words_quote(*name) && name[n - 1] == *name;

	if (n <= 2 * quoted || (!quoted && strpbrk(name, "\"\\"))) {
		fail(USAGE, "'%s' needs the name of a task", word);
		hint("like this: trapline watch 'send task=worker', or task=\"idle task\"; where "
		     "tasks have numbers, if $task == 3");
		return USAGE;
	}
	add_condition(words,
	              format_string("$task == \"%.*s\"", (int)(n - 2 * quoted), name + quoted));
	return DONE;
}

static bool is_mode(const char *word)
{
	return strcmp(word, "user") == 0 || strcmp(word, "kernel") == 0;
}

/* A word after the place. */
static int option_parse(const char *word, const struct tl_isa *isa, struct point *point,
                        struct point_words *words)
{
	if (strncmp(word, "every=", 6) == 0)
		return number_option(word, word + 6, &point->every);
	if (strncmp(word, "limit=", 6) == 0)
		return number_option(word, word + 6, &point->limit);
	if (strncmp(word, "maxactive=", 10) == 0)
		return number_option(word, word + 10, &point->maxactive);
	if (strncmp(word, "task=", 5) == 0)
		return task_option(word, word + 5, words);
	if (is_mode(word)) {
		add_condition(words, copy_string(*word == 'u' ? "$user" : "!$user"));
		return DONE;
	}
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

/* Is that all of an expression? Then a name behind it is no part of it. */
static bool is_whole(const char *text)
{
	size_t n = strlen(text);

	return n && (isalnum((unsigned char)text[n - 1]) || strchr("_)]\"'", text[n - 1]));
}

/* NAME=N of a point, and no comparison; or one of the words that filter, behind `text`. */
static bool is_option(const char *word, const char *text)
{
	static const char *const names[] = {"every=", "limit=", "maxactive=", "task="};

	if (is_mode(word))
		return is_whole(text);
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
	char *text = copy_string("");

	while ((*word = next_word(options)) && !is_option(*word, text)) {
		char *longer = format_string("%s%s%s", text, *text ? " " : "", *word);

		free(text);
		text = longer;
	}
	if (*text) {
		add_condition(words, text);
		return DONE;
	}
	free(text);
	fail(USAGE, "'if' needs an expression behind it");
	hint("like this: trapline watch 'parse if len > 8 every=10'");
	return USAGE;
}

static int options_parse(char *options, const struct tl_isa *isa, struct point *point,
                         struct point_words *words)
{
	char *word = next_word(&options);
	bool decided = false;
	int status = DONE;

	while (word && !status)
		if (strcmp(word, "if") == 0 && decided) {
			fail(USAGE, "'if' stands twice");
			hint("put both into one: if (A) && (B)");
			status = USAGE;
		} else if (strcmp(word, "if") == 0) {
			decided = true;
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
