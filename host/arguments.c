/* SPDX-License-Identifier: MIT */
/*
 * Parses the command line by the table of options: see arguments.h.
 */
#include "arguments.h"

#include <ctype.h>
#include <getopt.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/say.h"
#include "base/util.h"
#include "commands.h"

/* -- What options set: each takes the value's text, and a place in struct options -- */

static bool set_flag(const char *text, void *to)
{
	(void)text;
	*(bool *)to = true;
	return true;
}

static bool count_up(const char *text, void *to)
{
	(void)text;
	++*(int *)to;
	return true;
}

static bool set_text(const char *text, void *to)
{
	*(const char **)to = text;
	return true;
}

static bool set_number(const char *text, void *to)
{
	uint64_t v;

	if (!parse_number(text, &v) || !v || v > 0xffffffff)
		return false;
	*(unsigned *)to = (unsigned)v;
	return true;
}

static bool set_time(const char *text, void *to)
{
	return parse_duration(text, to) && *(unsigned *)to;
}

static bool set_lease(const char *text, void *to)
{
	unsigned *ms = to;

	return parse_duration(text, ms) && *ms >= 100 && *ms <= 600000;
}

static bool set_level(const char *text, void *to)
{
	enum link_level *level = to;

	*level = strcmp(text, "on") == 0 ? LEVEL_ON : LEVEL_OFF;
	return *level == LEVEL_ON || strcmp(text, "off") == 0;
}

static bool set_format(const char *text, void *to)
{
	static const char *const names[] = {
	        [FORMAT_TEXT] = "text", [FORMAT_JSONL] = "jsonl", [FORMAT_CSV] = "csv"};

	for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(names[i], text) == 0) {
			*(enum format *)to = (enum format)i;
			return true;
		}
	return false;
}

static bool add_expect(const char *text, void *to)
{
	struct options *o = to;

	if (o->nexpect == EXPECT_MAX)
		return false;
	o->expect[o->nexpect++] = text;
	return true;
}

#define NOT_A_TIME "not a time: 500ms, 5s, 1m"
#define AT(member) offsetof(struct options, member)

static const struct setting {
	const char *option;
	bool (*set)(const char *text, void *to);
	size_t to;
	const char *otherwise; /* what is wrong with a text that it does not take */
} settings[] = {
        {"force", set_flag, AT(force), NULL},
        {"all", set_flag, AT(all), NULL},
        {"no-reconnect", set_flag, AT(no_reconnect), NULL},
        {"fail-on-loss", set_flag, AT(fail_on_loss), NULL},
        {"count", set_flag, AT(count), NULL},
        {"quiet", set_flag, AT(quiet), NULL},
        {"verbose", count_up, AT(verbose), NULL},
        {"debug-file", set_text, AT(debug_file), NULL},
        {"port", set_text, AT(port), NULL},
        {"output", set_text, AT(output), NULL},
        {"listen", set_text, AT(listen), NULL},
        {"baud", set_number, AT(line.baud), "not a baud rate"},
        {"hits", set_number, AT(hits), "not a number above 0"},
        {"depth", set_number, AT(depth), "not a number above 0"},
        {"elements", set_number, AT(elements), "not a number above 0"},
        {"duration", set_time, AT(duration), NOT_A_TIME},
        {"wait", set_time, AT(wait), NOT_A_TIME},
        {"lease", set_lease, AT(lease), "not a time from 100ms to 10m"},
        {"dtr", set_level, AT(line.dtr), "on or off"},
        {"rts", set_level, AT(line.rts), "on or off"},
        {"format", set_format, AT(format), "not a format: text, jsonl, csv"},
        {"expect", add_expect, 0, "too many of them"},
};

static int add_elf(struct options *o, const char *path)
{
	if (o->nelfs == ELFS_MAX)
		return fail(USAGE, "more than %d ELFs", ELFS_MAX);
	o->elfs[o->nelfs++] = path;
	return DONE;
}

/* Files with colons between them, as in PATH; a file that has a colon in its name is one. The text
 * is cut up. */
static int add_elfs(struct options *o, char *paths)
{
	char *rest = NULL;
	int status = DONE;

	if (access(paths, F_OK) == 0)
		return add_elf(o, paths);
	for (char *path = strtok_r(paths, ":", &rest); path && !status;
	     path = strtok_r(NULL, ":", &rest))
		status = add_elf(o, path);
	return status;
}

/* One option of the table. */
static int set_option(struct options *o, const char *name, const char *value)
{
	if (strcmp(name, "elf") == 0)
		return add_elf(o, value);
	for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
		const struct setting *s = &settings[i];

		if (strcmp(name, s->option) == 0 && !s->set(value, (char *)o + s->to))
			return fail(USAGE, "--%s '%s': %s", name, value, s->otherwise);
	}
	return DONE;
}

/* -- Where they come from -- */

static int from_environment(struct options *o)
{
	static const struct {
		const char *variable, *option;
	} variables[] = {{"TRAPLINE_PORT", "port"}, {"TRAPLINE_BAUD", "baud"}};
	char *elfs = getenv("TRAPLINE_ELF");
	int status = elfs && *elfs ? add_elfs(o, elfs) : DONE;

	for (size_t i = 0; i < sizeof variables / sizeof *variables && !status; i++) {
		const char *value = getenv(variables[i].variable);

		if (value && *value)
			status = set_option(o, variables[i].option, value);
	}
	return status;
}

/* getopt_long's own tables, from ours. */
static void make_tables(struct option *longs, char *shorts)
{
	for (unsigned i = 0; tables.options[i].name; i++) {
		const struct option_text *o = &tables.options[i];

		longs[i] = (struct option){.name = o->name,
		                           .has_arg = o->value ? required_argument : no_argument,
		                           .val = (int)i};
		if (o->letter) {
			*shorts++ = o->letter;
			if (o->value)
				*shorts++ = ':';
		}
	}
	*shorts = 0;
}

static const struct option_text *find_letter(int letter)
{
	for (const struct option_text *o = tables.options; o->name; o++)
		if (o->letter == letter)
			return o;
	return NULL;
}

static int unknown_option(char **argv)
{
	const char *word = argv[optind - 1];

	if (optopt && find_letter(optopt) && find_letter(optopt)->value)
		fail(USAGE, "-%c needs its %s", optopt, find_letter(optopt)->value);
	else if (strncmp(word, "--", 2) == 0)
		fail(USAGE, "no option '%s', or its value is missing", word);
	else
		fail(USAGE, "no option '-%c'", optopt ? optopt : '?');
	if (isdigit((unsigned char)word[1]))
		hint("a negative number goes behind a --: trapline set NAME -- %s", word);
	else
		hint("trapline help lists the options");
	return USAGE;
}

static bool given(const struct request *r, const struct option_text *o)
{
	for (unsigned i = 0; i < r->ngiven; i++)
		if (r->given[i] == o)
			return true;
	return false;
}

int arguments_parse(struct request *r, int argc, char **argv)
{
	struct option longs[OPTIONS_MAX] = {0};
	char shorts[2 * OPTIONS_MAX];
	int c, status, index;

	r->options.line.baud = 115200;
	r->options.depth = 4;
	r->options.elements = 200;
	status = from_environment(&r->options);
	make_tables(longs, shorts);
	opterr = 0;
	while (!status) {
		const struct option_text *o;

		index = -1;
		optopt = 0;
		c = getopt_long(argc, argv, shorts, longs, &index);
		if (c == -1)
			break;
		if (c == '?')
			return unknown_option(argv);
		o = index >= 0 ? &tables.options[index] : find_letter(c);
		if (o->letter == 'e' && !given(r, o))
			r->options.nelfs = 0; /* not those of the environment, then */
		r->help |= o->letter == 'h';
		r->version |= o->letter == 'V';
		if (r->ngiven < sizeof r->given / sizeof *r->given)
			r->given[r->ngiven++] = o;
		status = set_option(&r->options, o->name, optarg);
	}
	return status;
}

int arguments_check(const struct request *r, const struct command *c)
{
	for (unsigned i = 0; i < r->ngiven; i++)
		if (!(r->given[i]->group & (c->options | OPT_ALWAYS))) {
			fail(USAGE, "trapline %s takes no --%s", c->name, r->given[i]->name);
			hint("trapline help %s", c->name);
			return USAGE;
		}
	return DONE;
}
