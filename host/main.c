/* SPDX-License-Identifier: MIT */
/*
 * trapline: kprobes for bare metal, over a serial line. The tables of commands and options, from
 * which the command line is parsed, the help is written and the completions are made.
 */
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "base/say.h"
#include "base/util.h"
#include "cmd/cmd.h"
#include "output/export.h"

static const char version[] = "0.1";

enum {
	ONLINE = OPT_ELF | OPT_PORT,
	PROBING = ONLINE | OPT_DATA | OPT_STREAM | OPT_TIME | OPT_FORCE | OPT_POINT,
};

/* clang-format off */
const struct command commands[] = {
    {"ports",   "",                "serial ports that are there",                                OPT_DATA, cmd_ports, NAMES_NONE},
    {"info",    "",                "what the target and the ELF are",                            ONLINE | OPT_DATA | OPT_FORCE, cmd_info, NAMES_NONE},
    {"funcs",   "[GLOB…]",         "functions that can be probed; -v: their instructions",       OPT_ELF | OPT_DATA, cmd_funcs, NAMES_FUNCTIONS},
    {"check",   "POINT…",          "would a probe be accepted, and why not",                     ONLINE | OPT_DATA | OPT_FORCE | OPT_POINT, cmd_check, NAMES_FUNCTIONS},
    {"watch",   "POINT…",          "add probes, stream their hits, remove them on exit",         PROBING, cmd_watch, NAMES_FUNCTIONS},
    {"count",   "POINT…",          "count hits on the target",                                   PROBING, cmd_count, NAMES_FUNCTIONS},
    {"add",     "POINT…",          "add probes that stay after this command",                    ONLINE | OPT_FORCE | OPT_ADD | OPT_POINT, cmd_add, NAMES_FUNCTIONS},
    {"list",    "",                "probes on the target, with their counters",                  ONLINE | OPT_DATA | OPT_FORCE, cmd_list, NAMES_NONE},
    {"enable",  "ID|NAME|all…",    "let probes fire again",                                      ONLINE | OPT_FORCE, cmd_enable, NAMES_FUNCTIONS},
    {"disable", "ID|NAME|all…",    "keep probes from firing",                                    ONLINE | OPT_FORCE, cmd_disable, NAMES_FUNCTIONS},
    {"del",     "ID|NAME|all…",    "remove probes",                                              ONLINE | OPT_FORCE, cmd_del, NAMES_FUNCTIONS},
    {"regs",    "[POINT]",         "the firmware's core registers, now or at the next hit of a point",         ONLINE | OPT_DATA | OPT_TIME | OPT_FORCE | OPT_POINT, cmd_regs, NAMES_FUNCTIONS},
    {"read",    "ADDR|SYMBOL [LEN]", "memory, with patches hidden",                              ONLINE | OPT_DATA | OPT_FORCE, cmd_read, NAMES_ALL},
    {"write",   "ADDR|SYMBOL HEX", "bytes to memory: write counter 01000000",                    ONLINE | OPT_FORCE, cmd_write, NAMES_ALL},
    {"console", "",                "the firmware's console, both ways",                          ONLINE | OPT_TIME | OPT_FORCE, cmd_console, NAMES_NONE},
    {"gdb",     "[POINT…]",        "share the line with stock GDB; probes stream meanwhile",     PROBING | OPT_LISTEN, cmd_gdb, NAMES_FUNCTIONS},
    {"completion", "bash|zsh|fish", "a completion script for a shell",                           0, cmd_completion, NAMES_NONE},
    {"complete", "COMMAND WORD",   NULL,                                                         OPT_ELF, cmd_complete, NAMES_NONE},
    {NULL, NULL, NULL, 0, NULL, NAMES_NONE},
};

const struct option_text option_table[] = {
    {'e', "elf",          "FILE",   OPT_ELF,    "the firmware's ELF (TRAPLINE_ELF); several are one firmware: bootloader, application"},
    {0,   "debug-file",   "FILE",   OPT_ELF,    "the file that has the symbols, if the (first) ELF was stripped"},
    {'p', "port",         "PORT",   OPT_PORT,   "/dev/tty…, a pty, tcp:HOST:PORT, unix:PATH, exec:COMMAND (TRAPLINE_PORT)"},
    {'b', "baud",         "N",      OPT_PORT,   "of a serial line, 115200 if not given (TRAPLINE_BAUD)"},
    {0,   "wait",         "TIME",   OPT_PORT,   "for the port to appear and the target to answer: it may still boot"},
    {0,   "dtr",          "on|off", OPT_PORT,   "set this line of a serial port; else it is as the kernel opens it (on)"},
    {0,   "rts",          "on|off", OPT_PORT,   "likewise"},
    {0,   "lease",        "TIME",   OPT_PORT,   "after so much silence the agent removes this session's probes"},
    {'f', "format",       "FORMAT", OPT_DATA,   "text, jsonl or csv"},
    {'o', "output",       "FILE",   OPT_DATA,   "write data there instead of to stdout"},
    {'d', "duration",     "TIME",   OPT_TIME,   "end after 500ms, 5s, 1m …"},
    {'n', "hits",         "N",      OPT_STREAM, "end after N hits; what is on its way then is shown too"},
    {0,   "expect",       "EXPR",   OPT_STREAM, "exit 1 if not met: N hits at least, 'hits >= 3', of one probe 'parse.missed == 0' …; may be repeated"},
    {0,   "fail-on-loss", NULL,     OPT_STREAM, "exit 6 if a record or a hit was lost, or there is a gap of unknown size"},
    {0,   "no-reconnect", NULL,     OPT_STREAM, "exit 3 if the target is reset or goes away"},
    {'l', "listen",       "WHERE",  OPT_LISTEN, "for GDB: :PORT of this machine (:2331 if not given), a path with a slash, or pty"},
    {0,   "count",        NULL,     OPT_ADD,    "only count, take no snapshots"},
    {0,   "all",          NULL,     OPT_POINT,  "take all functions of a name, and the copies that compilers made of them"},
    {0,   "force",        NULL,     OPT_FORCE,  "overrule this tool's own checks; never the target's"},
    {'q', "quiet",        NULL,     OPT_ALWAYS, "data and errors only"},
    {'v', "verbose",      NULL,     OPT_ALWAYS, "say and show more"},
    {'h', "help",         NULL,     OPT_ALWAYS, "this text, or that of a command"},
    {'V', "version",      NULL,     OPT_ALWAYS, "the version of trapline"},
    {0, NULL, NULL, 0, NULL},
};
/* clang-format on */

enum { OPTIONS = sizeof option_table / sizeof *option_table - 1 };

const struct command *find_command(const char *name)
{
	for (const struct command *c = commands; c->name; c++)
		if (strcmp(c->name, name) == 0)
			return c;
	return NULL;
}

static void print_options(FILE *out, unsigned groups)
{
	fputs("\noptions:\n", out);
	for (const struct option_text *o = option_table; o->name; o++) {
		char left[64];

		if (!(o->group & (groups | OPT_ALWAYS)))
			continue;
		snprintf(left, sizeof left, "%c%c%s --%s%s%s", o->letter ? '-' : ' ',
		         o->letter ? o->letter : ' ', o->letter ? "," : " ", o->name,
		         o->value ? " " : "", o->value ? o->value : "");
		fprintf(out, "  %-24s %s\n", left, o->help);
	}
}

static const char point_help[] =
        "\nPOINT: [NAME=]FUNC[+OFF|%return] or 0xADDR, then [%REG…] [every=N] [limit=N] "
        "[maxactive=N], in one argument:\n"
        "  trapline watch parse 'slow=pid_step %r0 every=10'\n"
        "  FUNC%return is every return of the function: trapline watch pid_step%return shows its "
        "result and the time it took\n"
        "  FUNC may be a glob: trapline count 'can_*'\n"
        "  C++ and Rust names are typed as in the source: 'drive::Motor::set(int)'; without the "
        "arguments or the namespaces,\n"
        "  'Motor::set', if that is one function, or with --all. A name with = + : or spaces "
        "stands in quotes: '\"a+b\"+4 %r0'\n";
static const char exit_help[] = "\nexit status: 0 done, 1 --expect not met, 2 usage, 3 port or "
                                "link, 4 refused, 5 symbol, ELF or build-id,\n"
                                "  6 loss under --fail-on-loss, 7 the output could not be written; "
                                "after a clean end: 129 hung up (SIGHUP),\n"
                                "  141 nobody read the output. Ctrl-C and SIGTERM are clean ends, "
                                "too: 0; a second one leaves at once: 130, 143\n";

static int help(FILE *out, const struct command *c)
{
	if (c) {
		fprintf(out, "usage: trapline %s [options] %s\n%s\n", c->name, c->usage,
		        c->help ? c->help : "for completion scripts");
		if (strstr(c->usage, "POINT"))
			fputs(point_help, out);
		print_options(out, c->options);
	} else {
		fputs("trapline: kprobes for bare metal, over a serial line\n\nusage: trapline "
		      "COMMAND [options] [arguments]\n\n",
		      out);
		for (c = commands; c->name; c++)
			if (c->help)
				fprintf(out, "  %-11s %s\n", c->name, c->help);
		fprintf(out, "  %-11s %s\n", "help", "this text, or that of a command");
		fputs(point_help, out);
		print_options(out, ~0u);
	}
	fputs(exit_help, out);
	return DONE;
}

int usage(const char *command)
{
	const struct command *c = find_command(command);

	fail(USAGE, "usage: trapline %s [options] %s", command, c ? c->usage : "");
	hint("trapline help %s", command);
	return USAGE;
}

static int unknown_command(const char *name)
{
	unsigned best = edit_limit(name) + 1;
	const char *near = NULL;

	for (const struct command *c = commands; c->name; c++) {
		unsigned d = c->help ? edit_distance(name, c->name, best - 1) : best;

		if (d < best) {
			best = d;
			near = c->name;
		}
	}
	fail(USAGE, "no command '%s'", name);
	if (near)
		hint("did you mean '%s'?  see: trapline help", near);
	else
		hint("trapline help lists the commands");
	return USAGE;
}

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
	for (unsigned i = 0; i < OPTIONS; i++) {
		const struct option_text *o = &option_table[i];

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
	for (const struct option_text *o = option_table; o->name; o++)
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

struct request {
	struct options options;
	const struct option_text *given[64];
	unsigned ngiven;
	bool help, version;
};

static bool given(const struct request *r, const struct option_text *o)
{
	for (unsigned i = 0; i < r->ngiven; i++)
		if (r->given[i] == o)
			return true;
	return false;
}

static int parse(struct request *r, int argc, char **argv)
{
	struct option longs[OPTIONS + 1] = {0};
	char shorts[2 * OPTIONS + 1];
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
		o = index >= 0 ? &option_table[index] : find_letter(c);
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

/* An option that a command has no use for is a mistake, not to be passed over. */
static int check_options(const struct request *r, const struct command *c)
{
	for (unsigned i = 0; i < r->ngiven; i++)
		if (!(r->given[i]->group & (c->options | OPT_ALWAYS))) {
			fail(USAGE, "trapline %s takes no --%s", c->name, r->given[i]->name);
			hint("trapline help %s", c->name);
			return USAGE;
		}
	return DONE;
}

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
	struct request r = {0};
	const struct command *c;
	const char *name;
	int status;

	keep_standard_files();
	status = parse(&r, argc, argv);

	if (status)
		return status;
	say_init(r.options.quiet, r.options.verbose);
	name = optind < argc ? argv[optind++] : NULL;
	if (r.version) {
		printf("trapline %s\n", version);
		return DONE;
	}
	if (name && strcmp(name, "help") == 0) {
		r.help = true;
		name = optind < argc ? argv[optind++] : NULL;
	}
	c = name ? find_command(name) : NULL;
	if (name && !c)
		return unknown_command(name);
	if (!c && !r.help) {
		help(stderr, NULL);
		return USAGE;
	}
	if (r.help)
		return help(stdout, c);
	status = check_options(&r, c);
	if (status)
		return status;
	interrupt_init();
	status = c->run(&r.options, argc - optind, argv + optind);
	say_console_end();
	if (!status)
		status = output_close(stdout);
	if (!status && hung_up())
		status = HUNG_UP;
	return status;
}
