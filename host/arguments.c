/* SPDX-License-Identifier: MIT */
/*
 * Parses the command line by the table of options, and asks the others: see arguments.h.
 */
#include "arguments.h"

#include <ctype.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "base/say.h"
#include "base/util.h"
#include "commands.h"
#include "profiles.h"
#include "settings.h"

enum { RANK_ENVIRONMENT = RANK_PROFILES, RANK_COMMAND_LINE };

/* getopt_long's own tables, from ours. */
static void make_tables(struct option *longs, char *shorts)
{
	for (unsigned i = 0; tables.options[i].name; i++) {
		const struct option_text *o = &tables.options[i];

		longs[i] = (struct option){.name = o->name,
		                           .has_arg = !o->value         ? no_argument
		                                      : option_alone(o) ? optional_argument
		                                                        : required_argument,
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

int arguments_parse(struct request *r, int argc, char **argv)
{
	struct option longs[OPTIONS_MAX] = {0};
	char shorts[2 * OPTIONS_MAX];
	int c, index;

	make_tables(longs, shorts);
	opterr = 0;
	for (;;) {
		const struct option_text *o;

		index = -1;
		optopt = 0;
		c = getopt_long(argc, argv, shorts, longs, &index);
		if (c == -1)
			return DONE;
		if (c == '?')
			return unknown_option(argv);
		o = index >= 0 ? &tables.options[index] : find_letter(c);
		r->help |= o->letter == 'h';
		r->version |= o->letter == 'V';
		r->given = grow(r->given, r->ngiven + 1, sizeof *r->given);
		r->given[r->ngiven++] = (struct given_option){o, optarg};
	}
}

/* -- For a command, from all that give some -- */

static int check_given(const struct request *r, const struct command *c)
{
	for (unsigned i = 0; i < r->ngiven; i++) {
		const struct option_text *o = r->given[i].option;

		if (!(o->group & (c->options | OPT_ALWAYS))) {
			fail(USAGE, "trapline %s takes no --%s", c->name, o->name);
			hint("trapline help %s", c->name);
			return USAGE;
		}
	}
	return DONE;
}

static const char *profile_of(const struct request *r)
{
	const char *profile = getenv("TRAPLINE_PROFILE");

	for (unsigned i = 0; i < r->ngiven; i++)
		if (strcmp(r->given[i].option->name, "profile") == 0)
			profile = r->given[i].value;
	return profile && *profile ? profile : NULL;
}

static int from_environment(struct options *o)
{
	static const struct {
		const char *variable, *option;
	} variables[] = {
	        {"TRAPLINE_PORT", "port"}, {"TRAPLINE_BAUD", "baud"}, {"TRAPLINE_ELF", "elf"}};
	int status = DONE;

	for (size_t i = 0; i < sizeof variables / sizeof *variables && !status; i++) {
		const char *name = variables[i].variable, *value = getenv(name);
		struct source source = {
		        .rank = RANK_ENVIRONMENT, .name = name, .where = name, .listed = true};

		if (value && *value)
			status = setting_make(o, variables[i].option, value, &source);
	}
	return status;
}

static int from_command_line(struct options *o, const struct request *r)
{
	int status = DONE;

	for (unsigned i = 0; i < r->ngiven && !status; i++) {
		const char *option = r->given[i].option->name,
		           *name = setting_text(format_string("--%s", option));
		struct source source = {.rank = RANK_COMMAND_LINE, .name = name, .where = name};

		status = setting_make(o, option, r->given[i].value, &source);
	}
	return status;
}

int arguments_settle(struct request *r, const struct command *c)
{
	struct options *o = &r->options;
	int status = check_given(r, c);

	*o = (struct options){.line.baud = 115200, .depth = 4, .elements = 200, .frames = 32};
	o->profile = profile_of(r);
	if (!status && c->options)
		status = profiles_apply(o, c, o->profile);
	if (!status)
		status = from_environment(o);
	if (!status)
		status = from_command_line(o, r);
	return status;
}
