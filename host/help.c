/* SPDX-License-Identifier: MIT */
/*
 * What people read who do not know how to call it: see help.h.
 */
#include "help.h"

#include <string.h>

#include "base/say.h"
#include "base/util.h"
#include "commands.h"

static void print_options(FILE *out, unsigned groups)
{
	fputs("\noptions:\n", out);
	for (const struct option_text *o = tables.options; o->name; o++) {
		char left[64];

		if (!(o->group & (groups | OPT_ALWAYS)))
			continue;
		snprintf(left, sizeof left, "%c%c%s --%s%s%s", o->letter ? '-' : ' ',
		         o->letter ? o->letter : ' ', o->letter ? "," : " ", o->name,
		         option_alone(o) ? "" : " ", o->value ? o->value : "");
		fprintf(out, "  %-24s %s\n", left, o->help);
	}
}

const char point_help[] =
        "\nPOINT: [NAME=]PLACE [ARG…] [%REG…] [if EXPR] [task=NAME] [user|kernel] [every=N] "
        "[limit=N]\n"
        "  [maxactive=N], one argument:\n"
        "  trapline watch parse 'slow=pid_step %r0 every=10' 'parse line[0] d=length-4'\n"
        "  ARG is [NAME=]EXPR, a C expression over variables, registers and memory at the hit.\n"
        "  Without any, a function's entry shows its parameters, and FUNC%return what it returns\n"
        "  if EXPR lets those hits pass for which it is true: 'parse if length > 8'. The target\n"
        "  decides, and does not divide. Then every= counts, then limit=\n"
        "  task=NAME lets pass what that task runs, user and kernel what is unprivileged, or not\n";
const char place_help[] =
        "\nPLACE: FUNC[@FILE][+OFF|:RLN|%return], FILE:LINE or 0xADDR\n"
        "  pid.c:20 is a line of a file, pid_step:7 one counted from the function's first,\n"
        "  init@uart.c the init() from there\n"
        "  FUNC%return is every return of the function: trapline watch pid_step%return shows its\n"
        "  result and the time it took\n"
        "  FUNC may be a glob: trapline count 'can_*'\n"
        "  C++ and Rust names are typed as in the source: 'drive::Motor::set(int)'; without the\n"
        "  arguments or the namespaces, 'Motor::set', if that is one function, or with --all. A "
        "name\n"
        "  with = + : or spaces stands in quotes: '\"a+b\"+4 %r0'\n";
const char settings_help[] =
        "\nsettings: what the command line does not say is taken from TRAPLINE_PORT, _BAUD and "
        "_ELF,\n"
        "  then from trapline.ini in this folder, then from that in $XDG_CONFIG_HOME/trapline\n"
        "  (~/.config/trapline). A line there is OPTION = VALUE, without the dashes; relative "
        "paths\n"
        "  of ELFs begin where the file is; # begins a line that is a comment. [NAME] begins a "
        "profile,\n"
        "  which --profile NAME adds to what stands before the first one, or below [default]\n";
static const char exit_help[] = "\nexit status: 0 done, 1 --expect not met, 2 usage, 3 port or "
                                "link, 4 refused, 5 symbol, ELF or build-id,\n"
                                "  6 loss under --fail-on-loss, 7 the output could not be written; "
                                "after a clean end: 129 hung up (SIGHUP),\n"
                                "  141 nobody read the output. Ctrl-C and SIGTERM are clean ends, "
                                "too: 0; a second one leaves at once: 130, 143\n";

int help(FILE *out, const struct command *c)
{
	if (c) {
		fprintf(out, "usage: trapline %s [options] %s\n%s\n", c->name, c->usage,
		        c->help ? c->help : "for completion scripts");
		if (strstr(c->usage, "POINT"))
			fputs(point_help, out);
		if (strstr(c->usage, "POINT") || strstr(c->usage, "PLACE"))
			fputs(place_help, out);
		print_options(out, c->options);
	} else {
		fputs("trapline: kprobes for bare metal, over a serial line\n\nusage: trapline "
		      "COMMAND [options] [arguments]\n\n",
		      out);
		for (c = tables.commands; c->name; c++)
			if (c->help)
				fprintf(out, "  %-11s %s\n", c->name, c->help);
		fprintf(out, "  %-11s %s\n", "help",
		        "this text, or that of a command; help man: the manual page");
		fputs(point_help, out);
		fputs(place_help, out);
		print_options(out, ~0u);
		fputs(settings_help, out);
	}
	fputs(exit_help, out);
	return DONE;
}

int misused(const struct command *c)
{
	fail(USAGE, "usage: trapline %s [options] %s", c->name, c->usage);
	hint("trapline help %s", c->name);
	return USAGE;
}

int unknown_command(const char *name)
{
	struct guess near = guess_for(name);

	for (const struct command *c = tables.commands; c->name; c++)
		if (c->help)
			guess_try(&near, c->name);
	fail(USAGE, "no command '%s'", name);
	if (near.best)
		hint("did you mean '%s'?  see: trapline help", near.best);
	else
		hint("trapline help lists the commands");
	return USAGE;
}
