/* SPDX-License-Identifier: MIT */
/*
 * trapline(1): see manual.h. Follows man(7) of groff. What commands and options are is in their
 * tables, so a page that is missing one cannot be made.
 */
#include "manual.h"

#include <string.h>

#include "commands.h"
#include "help.h"

/* Text as it is: what troff would take for its own is escaped. */
static void plain(FILE *out, const char *text)
{
	bool start = true;

	for (; *text; start = *text++ == '\n') {
		if (start && (*text == '.' || *text == '\''))
			fputs("\\&", out);
		if (*text == '\\')
			fputs("\\e", out);
		else if (*text == '-')
			fputs("\\-", out);
		else
			fputc(*text, out);
	}
}

static void bold(FILE *out, const char *before, const char *text)
{
	fputs("\\fB", out);
	plain(out, before);
	plain(out, text);
	fputs("\\fR", out);
}

static void italic(FILE *out, const char *text)
{
	if (!*text)
		return;
	fputs(" \\fI", out);
	plain(out, text);
	fputs("\\fR", out);
}

static void option_name(FILE *out, const struct option_text *o)
{
	char letter[2] = {o->letter, 0};

	if (o->letter) {
		bold(out, "-", letter);
		fputs(", ", out);
	}
	bold(out, "--", o->name);
	if (option_alone(o))
		plain(out, o->value ? o->value : "");
	else
		italic(out, o->value);
}

/* The options that a command takes, by name: they are explained once, below. */
static void options_of(FILE *out, const struct command *c)
{
	const char *separator = "Options: ";

	for (const struct option_text *o = tables.options; o->name; o++) {
		if (!(o->group & c->options))
			continue;
		fputs(separator, out);
		bold(out, "--", o->name);
		separator = ", ";
	}
	if (*separator == ',')
		fputs(".\n", out);
}

static void commands(FILE *out)
{
	fputs(".SH COMMANDS\n", out);
	for (const struct command *c = tables.commands; c->name; c++) {
		if (!c->help)
			continue;
		fputs(".TP\n", out);
		bold(out, "", c->name);
		italic(out, c->usage);
		fputc('\n', out);
		plain(out, c->help);
		fputs(".\n", out);
		options_of(out, c);
	}
	fputs(".TP\n\\fBhelp\\fR \\fICOMMAND\\fR\nWhat a command takes.\n", out);
}

static void options(FILE *out)
{
	fputs(".SH OPTIONS\n", out);
	for (const struct option_text *o = tables.options; o->name; o++) {
		fputs(".TP\n", out);
		option_name(out, o);
		fputc('\n', out);
		plain(out, o->help);
		fputs(".\n", out);
	}
}

static void as_it_stands(FILE *out, const char *title, const char *text)
{
	fprintf(out, ".SH %s\n.nf\n", title);
	plain(out, text + strspn(text, "\n"));
	fputs(".fi\n", out);
}

static void statuses(FILE *out)
{
	static const struct {
		const char *status, *text;
	} table[] = {
	        {"0", "done; Ctrl-C and SIGTERM are clean ends, too"},
	        {"1", "an --expect was not met"},
	        {"2", "usage"},
	        {"3", "port or link: cannot be opened, silent, lost"},
	        {"4", "refused, by the target or by the check before it is asked"},
	        {"5", "symbol, ELF or build-id"},
	        {"6", "loss, under --fail-on-loss"},
	        {"7", "the output could not be written"},
	        {"129", "a clean end after SIGHUP"},
	        {"130, 143", "left at once, at a second Ctrl-C or SIGTERM"},
	        {"141", "a clean end because nobody reads the output"},
	};

	fputs(".SH EXIT STATUS\n", out);
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		fprintf(out, ".TP\n\\fB%s\\fR\n", table[i].status);
		plain(out, table[i].text);
		fputs(".\n", out);
	}
}

static void environment(FILE *out)
{
	static const struct {
		const char *name, *text;
	} table[] = {
	        {"TRAPLINE_PORT", "the port, where no -p is given"},
	        {"TRAPLINE_BAUD", "its rate, where no -b is given"},
	        {"TRAPLINE_ELF", "the ELF, where no -e is given; several with colons between them"},
	        {"TRAPLINE_PROFILE", "the profile of trapline.ini, where no --profile is given"},
	        {"XDG_CONFIG_HOME", "the folder in which trapline/trapline.ini is looked for, else "
	                            "~/.config"},
	        {"NO_COLOR", "if it is not empty, nothing is coloured"},
	};

	fputs(".SH ENVIRONMENT\n", out);
	for (size_t i = 0; i < sizeof table / sizeof *table; i++) {
		fprintf(out, ".TP\n\\fB%s\\fR\n", table[i].name);
		plain(out, table[i].text);
		fputs(".\n", out);
	}
}

void manual(FILE *out, const char *version)
{
	fprintf(out, ".TH TRAPLINE 1 \"\" \"trapline %s\" \"User Commands\"\n", version);
	fputs(".SH NAME\ntrapline \\- kprobes for bare metal, over a serial line\n"
	      ".SH SYNOPSIS\n\\fBtrapline\\fR \\fICOMMAND\\fR [\\fIoptions\\fR] "
	      "[\\fIarguments\\fR]\n"
	      ".SH DESCRIPTION\n",
	      out);
	plain(out,
	      "An agent in the firmware patches probes into running code. trapline registers them "
	      "over a serial line, and gathers what they catch: registers, arguments, results, "
	      "times. The firmware is not halted. Data goes to stdout, all else to stderr.\n");
	commands(out);
	as_it_stands(out, "POINTS", point_help);
	as_it_stands(out, "PLACES", place_help);
	options(out);
	statuses(out);
	as_it_stands(out, "FILES", settings_help);
	environment(out);
}
