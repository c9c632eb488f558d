/* SPDX-License-Identifier: MIT */
/*
 * Parses the command line by the table of options: see arguments.h.
 */
#include "arguments.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/say.h"
#include "base/util.h"
#include "commands.h"

static int bad_value(const char *option, const char *value, const char *form)
{
	fail(USAGE, "--%s '%s': %s", option, value, form);
	return USAGE;
}

static bool set_number(const char *text, unsigned *to)
{
	uint64_t v;

	if (!parse_number(text, &v) || !v || v > 0xffffffff)
		return false;
	*to = (unsigned)v;
	return true;
}

static bool set_format(const char *text, enum format *to)
{
	static const char *const names[] = {
	        [FORMAT_TEXT] = "text", [FORMAT_JSONL] = "jsonl", [FORMAT_CSV] = "csv"};

	for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(names[i], text) == 0) {
			*to = (enum format)i;
			return true;
		}
	return false;
}

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

static bool set_level(const char *text, enum link_level *to)
{
	*to = strcmp(text, "on") == 0 ? LEVEL_ON : LEVEL_OFF;
	return *to == LEVEL_ON || strcmp(text, "off") == 0;
}

static bool add_expect(struct options *o, const char *text)
{
	if (o->nexpect == EXPECT_MAX)
		return false;
	o->expect[o->nexpect++] = text;
	return true;
}

/* One option of the table; what is not a value is a flag. */
static int set_option(struct options *o, const char *name, const char *value)
{
	static const char time_form[] = "not a time: 500ms, 5s, 1m";
	const struct {
		const char *name;
		bool *flag;
	} flags[] = {
	        {"force", &o->force},
	        {"all", &o->all},
	        {"no-reconnect", &o->no_reconnect},
	        {"fail-on-loss", &o->fail_on_loss},
	        {"count", &o->count},
	        {"quiet", &o->quiet},
	};
	const struct {
		const char *name;
		const char **text;
	} texts[] = {{"debug-file", &o->debug_file},
	             {"port", &o->port},
	             {"output", &o->output},
	             {"listen", &o->listen}};

	for (size_t i = 0; i < sizeof flags / sizeof *flags; i++)
		if (strcmp(name, flags[i].name) == 0)
			*flags[i].flag = true;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (strcmp(name, texts[i].name) == 0)
			*texts[i].text = value;
	if (strcmp(name, "elf") == 0)
		return add_elf(o, value);
	if (strcmp(name, "verbose") == 0)
		o->verbose++;
	else if (strcmp(name, "expect") == 0 && !add_expect(o, value))
		return bad_value(name, value, "too many of them");
	else if (strcmp(name, "baud") == 0 && !set_number(value, &o->line.baud))
		return bad_value(name, value, "not a baud rate");
	else if (strcmp(name, "hits") == 0 && !set_number(value, &o->hits))
		return bad_value(name, value, "not a number above 0");
	else if (strcmp(name, "format") == 0 && !set_format(value, &o->format))
		return bad_value(name, value, "not a format: text, jsonl, csv");
	else if (strcmp(name, "duration") == 0 &&
	         !(parse_duration(value, &o->duration) && o->duration))
		return bad_value(name, value, time_form);
	else if (strcmp(name, "wait") == 0 && !(parse_duration(value, &o->wait) && o->wait))
		return bad_value(name, value, time_form);
	else if (strcmp(name, "dtr") == 0 && !set_level(value, &o->line.dtr))
		return bad_value(name, value, "on or off");
	else if (strcmp(name, "rts") == 0 && !set_level(value, &o->line.rts))
		return bad_value(name, value, "on or off");
	else if (strcmp(name, "lease") == 0 &&
	         !(parse_duration(value, &o->lease) && o->lease >= 100 && o->lease <= 600000))
		return bad_value(name, value, "not a time from 100ms to 10m");
	return DONE;
}

static int from_environment(struct options *o)
{
	static const struct {
		const char *variable, *option;
	} settings[] = {{"TRAPLINE_PORT", "port"}, {"TRAPLINE_BAUD", "baud"}};
	char *elfs = getenv("TRAPLINE_ELF");
	int status = elfs && *elfs ? add_elfs(o, elfs) : DONE;

	for (size_t i = 0; i < sizeof settings / sizeof *settings && !status; i++) {
		const char *value = getenv(settings[i].variable);

		if (value && *value)
			status = set_option(o, settings[i].option, value);
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
