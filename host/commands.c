/* SPDX-License-Identifier: MIT */
/*
 * The tables of commands and options: a new one is a row here.
 */
#include "commands.h"

#include "cmd/cmd.h"

enum {
	ONLINE = OPT_ELF | OPT_PORT,
	PROBING = ONLINE | OPT_DATA | OPT_STREAM | OPT_EXPECT | OPT_TIME | OPT_FORCE | OPT_POINT |
	          OPT_FLASH | OPT_IO,
};

static int completion(const struct options *, int argc, char **argv);
static int complete(const struct options *, int argc, char **argv);

/* clang-format off */
static const struct command commands[] = {
	{"ports", "", OPT_DATA, cmd_ports, NAMES_NONE,
	 "serial ports that are there"},
	{"info", "", ONLINE | OPT_DATA | OPT_FORCE, cmd_info, NAMES_NONE,
	 "what the target and the ELF are"},
	{"doctor", "", ONLINE | OPT_DATA, cmd_doctor, NAMES_NONE,
	 "is the port, the line, the agent, the ELF well; what to do if not"},
	{"funcs", "[GLOB[@FILE]…]", OPT_ELF | OPT_DATA, cmd_funcs, NAMES_FUNCTIONS,
	 "functions that can be probed; -v: their instructions"},
	{"lines", "FUNC…", OPT_ELF | OPT_DATA, cmd_lines, NAMES_FUNCTIONS,
	 "a function's source; * are lines that can be probed; -v: all places of each"},
	{"vars", "PLACE…", OPT_ELF | OPT_DATA | OPT_POINT, cmd_vars, NAMES_FUNCTIONS,
	 "variables at a place: their types, and where they are"},
	{"check", "POINT…", ONLINE | OPT_DATA | OPT_FORCE | OPT_POINT | OPT_FLASH | OPT_STACK,
	 cmd_check, NAMES_FUNCTIONS,
	 "would a probe be accepted, and why not"},
	{"watch", "POINT…", PROBING | OPT_VALUES | OPT_STACK | OPT_FRAMES, cmd_watch,
	 NAMES_FUNCTIONS,
	 "add probes, stream their hits, remove them on exit"},
	{"count", "POINT…", PROBING, cmd_count, NAMES_FUNCTIONS,
	 "count hits on the target"},
	{"latency", "POINT POINT [by KEY [KEY]]", PROBING | OPT_VALUES, cmd_latency,
	 NAMES_FUNCTIONS,
	 "the time from hits of a place to those of another, with the same KEY; -v: each"},
	{"async", "POINT [by KEY] done EXPR", PROBING | OPT_VALUES, cmd_async, NAMES_FUNCTIONS,
	 "a function that is called until its result says so: polls, time in them, time in all"},
	{"add", "POINT…",
	 ONLINE | OPT_FORCE | OPT_ADD | OPT_POINT | OPT_FLASH | OPT_STACK | OPT_IO, cmd_add,
	 NAMES_FUNCTIONS,
	 "add probes that stay after this command"},
	{"list", "", ONLINE | OPT_DATA | OPT_FORCE, cmd_list, NAMES_NONE,
	 "probes on the target, with their counters"},
	{"enable", "ID|NAME|all…", ONLINE | OPT_FORCE, cmd_enable, NAMES_FUNCTIONS,
	 "let probes fire again"},
	{"disable", "ID|NAME|all…", ONLINE | OPT_FORCE, cmd_disable, NAMES_FUNCTIONS,
	 "keep probes from firing"},
	{"del", "ID|NAME|all…", ONLINE | OPT_FORCE, cmd_del, NAMES_FUNCTIONS,
	 "remove probes"},
	{"regs", "[POINT]", ONLINE | OPT_DATA | OPT_TIME | OPT_FORCE | OPT_POINT, cmd_regs,
	 NAMES_FUNCTIONS, "the firmware's core registers, now or at the next hit of a point"},
	{"read", "ADDR|SYMBOL [LEN]", ONLINE | OPT_DATA | OPT_FORCE, cmd_read, NAMES_ALL,
	 "memory, with patches hidden"},
	{"write", "ADDR|SYMBOL HEX", ONLINE | OPT_FORCE, cmd_write, NAMES_ALL,
	 "bytes to memory: write counter 01000000"},
	{"print", "EXPR…", ONLINE | OPT_DATA | OPT_FORCE | OPT_VALUES, cmd_print, NAMES_ALL,
	 "values of C expressions over variables: print pid.kp 'ring[0..3]'"},
	{"live", "[NAME=]EXPR…",
	 ONLINE | OPT_DATA | OPT_STREAM | OPT_TIME | OPT_FORCE | OPT_VALUES | OPT_LIVE | OPT_IO,
	 cmd_live, NAMES_ALL,
	 "values of variables while the firmware runs, sampled on the target: "
	 "live pid.integral -i 10ms"},
	{"set", "VARIABLE VALUE", ONLINE | OPT_FORCE, cmd_set, NAMES_ALL,
	 "a typed value to a variable, a member or an element: set pid.kp 0.35"},
	{"console", "", ONLINE | OPT_TIME | OPT_FORCE, cmd_console, NAMES_NONE,
	 "the firmware's console, both ways"},
	{"gdb", "[POINT…]", PROBING | OPT_LISTEN | OPT_STACK | OPT_FRAMES, cmd_gdb,
	 NAMES_FUNCTIONS,
	 "share the line with stock GDB; probes stream meanwhile"},
	{"completion", "bash|zsh|fish", 0, completion, NAMES_NONE,
	 "a completion script for a shell"},
	{"complete", "COMMAND WORD", OPT_ELF, complete, NAMES_NONE,
	 NULL},
	{NULL, NULL, 0, NULL, NAMES_NONE, NULL},
};

static const struct option_text option_table[] = {
	{'e', "elf", "FILE", OPT_ELF,
	 "the firmware's ELF (TRAPLINE_ELF); several are one firmware: bootloader, application; "
	 "NAME=FILE is that of a program which it loads"},
	{0, "debug-file", "FILE", OPT_ELF,
	 "the file that has the symbols, if the (first) ELF was stripped"},
	{'p', "port", "PORT", OPT_PORT,
	 "/dev/tty…, a pty, tcp:HOST:PORT, unix:PATH, exec:COMMAND (TRAPLINE_PORT)"},
	{'b', "baud", "N", OPT_PORT,
	 "of a serial line, 115200 if not given (TRAPLINE_BAUD)"},
	{0, "wait", "TIME", OPT_PORT,
	 "for the port to appear and the target to answer: it may still boot, or be busy"},
	{0, "dtr", "on|off", OPT_PORT,
	 "set this line of a serial port; else it is as the kernel opens it (on)"},
	{0, "rts", "on|off", OPT_PORT,
	 "likewise"},
	{0, "lease", "TIME", OPT_PORT,
	 "after so much silence the agent removes this session's probes"},
	{'f', "format", "FORMAT", OPT_DATA,
	 "text, jsonl or csv"},
	{'o', "output", "FILE", OPT_DATA,
	 "write data there instead of to stdout"},
	{'d', "duration", "TIME", OPT_TIME,
	 "end after 500ms, 5s, 1m …"},
	{'i', "interval", "TIME", OPT_LIVE,
	 "from one sample to the next, 1ms to 10m; 100ms if not given"},
	{'n', "hits", "N", OPT_STREAM,
	 "end after N hits; what is on its way then is shown too; of live: after N samples"},
	{0, "expect", "EXPR", OPT_EXPECT,
	 "exit 1 if not met: N hits at least, 'hits >= 3', of one probe "
	 "'parse.missed == 0' …; may be repeated"},
	{0, "fail-on-loss", NULL, OPT_STREAM,
	 "exit 6 if a record or a hit was lost, or there is a gap of unknown size"},
	{0, "no-reconnect", NULL, OPT_STREAM,
	 "exit 3 if the target is reset or goes away"},
	{'l', "listen", "WHERE", OPT_LISTEN,
	 "for GDB: :PORT of this machine (:2331 if not given), a path with a slash, or pty"},
	{0, "count", NULL, OPT_ADD,
	 "only count, take no snapshots"},
	{0, "depth", "N", OPT_VALUES,
	 "structs within structs that are shown, 4 if not given"},
	{0, "elements", "N", OPT_VALUES,
	 "elements of an array, and characters of a text, that are shown, 200 if not given"},
	{0, "io", "ADDR,SIZE", OPT_IO,
	 "conditions and values may read device registers there; may be repeated"},
	{0, "stack", "[=N]", OPT_STACK,
	 "show who called, and values that only callers tell: each hit brings the top N bytes of "
	 "the stack, 512 if not given"},
	{0, "frames", "N", OPT_FRAMES,
	 "of such a backtrace that are shown, 32 if not given"},
	{0, "all", NULL, OPT_POINT,
	 "take all places of a line or a name, and the copies that compilers made of functions"},
	{0, "flash", NULL, OPT_FLASH,
	 "write breakpoints into pages of flash: milliseconds in which the firmware stands, and "
	 "wear"},
	{0, "force", NULL, OPT_FORCE,
	 "overrule this tool's own checks; never the target's"},
	{0, "profile", "NAME", OPT_ALWAYS,
	 "of trapline.ini the settings below [NAME], too (TRAPLINE_PROFILE)"},
	{'q', "quiet", NULL, OPT_ALWAYS,
	 "data and errors only"},
	{'v', "verbose", NULL, OPT_ALWAYS,
	 "say and show more"},
	{'h', "help", NULL, OPT_ALWAYS,
	 "this text, or that of a command"},
	{'V', "version", NULL, OPT_ALWAYS,
	 "the version of trapline"},
	{0, NULL, NULL, 0, NULL},
};
/* clang-format on */

_Static_assert(sizeof option_table / sizeof *option_table <= OPTIONS_MAX, "a larger OPTIONS_MAX");

const struct tables tables = {commands, option_table};

static int completion(const struct options *o, int argc, char **argv)
{
	(void)o;
	return cmd_completion(&tables, argc, argv);
}

static int complete(const struct options *o, int argc, char **argv)
{
	return cmd_complete(&tables, o, argc, argv);
}
