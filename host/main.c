/* SPDX-License-Identifier: MIT */
/*
 * trapline: kprobes for bare metal, over a serial line. From the command line to the command.
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "arguments.h"
#include "base/interrupt.h"
#include "base/say.h"
#include "commands.h"
#include "help.h"
#include "manual.h"
#include "output/output.h"

static const char version[] = "0.1";

/* What is opened later must not become stdout by accident. A closed stdout stays one that cannot be
 * written. */
static void keep_standard_files(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDONLY);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		close(fd);
}

int main(int argc, char **argv)
{
	static struct request r;
	const struct command *c;
	const char *name;
	int status;

	keep_standard_files();
	status = arguments_parse(&r, argc, argv);
	if (status)
		return status;
	name = optind < argc ? argv[optind++] : NULL;
	if (r.version) {
		printf("trapline %s\n", version);
		return DONE;
	}
	if (name && strcmp(name, "help") == 0) {
		r.help = true;
		name = optind < argc ? argv[optind++] : NULL;
	}
	if (r.help && name && strcmp(name, "man") == 0) {
		manual(stdout, version);
		return output_close(stdout);
	}
	c = name ? find_command(tables.commands, name) : NULL;
	if (name && !c)
		return unknown_command(name);
	if (!c && !r.help) {
		help(stderr, NULL);
		return USAGE;
	}
	if (r.help)
		return help(stdout, c);
	status = arguments_settle(&r, c);
	if (status)
		return status;
	say_init(r.options.quiet, r.options.verbose);
	interrupt_init();
	status = c->run(&r.options, argc - optind, argv + optind);
	if (status == MISUSED)
		status = misused(c);
	say_console_end();
	if (!status)
		status = output_close(stdout);
	if (!status && hung_up())
		status = HUNG_UP;
	return status;
}
