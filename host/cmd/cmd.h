/* SPDX-License-Identifier: MIT */
/*
 * The commands: one cmd_*.c each (or a family that shares everything), one row of the table in
 * commands.c. argv[0..argc) are the command's arguments; the result is the exit status, or MISUSED.
 */
#ifndef HOST_CMD_H
#define HOST_CMD_H

#include "cmd/command.h"

int cmd_ports(const struct options *, int argc, char **argv);
int cmd_doctor(const struct options *, int argc, char **argv);
int cmd_info(const struct options *, int argc, char **argv);
int cmd_funcs(const struct options *, int argc, char **argv);
int cmd_lines(const struct options *, int argc, char **argv);
int cmd_vars(const struct options *, int argc, char **argv);
int cmd_check(const struct options *, int argc, char **argv);
int cmd_watch(const struct options *, int argc, char **argv);
int cmd_async(const struct options *, int argc, char **argv);
int cmd_latency(const struct options *, int argc, char **argv);
int cmd_count(const struct options *, int argc, char **argv);
int cmd_add(const struct options *, int argc, char **argv);
int cmd_list(const struct options *, int argc, char **argv);
int cmd_enable(const struct options *, int argc, char **argv);
int cmd_disable(const struct options *, int argc, char **argv);
int cmd_del(const struct options *, int argc, char **argv);
int cmd_regs(const struct options *, int argc, char **argv);
int cmd_read(const struct options *, int argc, char **argv);
int cmd_write(const struct options *, int argc, char **argv);
int cmd_print(const struct options *, int argc, char **argv);
int cmd_live(const struct options *, int argc, char **argv);
int cmd_set(const struct options *, int argc, char **argv);
int cmd_console(const struct options *, int argc, char **argv);
int cmd_gdb(const struct options *, int argc, char **argv);

/* What is made from the tables themselves. */
int cmd_complete(const struct tables *, const struct options *, int argc, char **argv);
int cmd_completion(const struct tables *, int argc, char **argv);

#endif
