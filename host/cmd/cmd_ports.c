/* SPDX-License-Identifier: MIT */
/*
 * trapline ports: the serial ports that are there.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/json.h"
#include "base/say.h"
#include "cmd/cmd.h"
#include "link/ports.h"
#include "output/output.h"

static void print(FILE *out, const struct port *p, enum format format)
{
	const char *remark = p->may_open ? "" : "  (may not be opened)";

	if (format == FORMAT_TEXT) {
		fprintf(out, "%-16s  %s%s\n", p->path, *p->about ? p->about : "-", remark);
	} else if (format == FORMAT_CSV) {
		fprintf(out, "%s,\"%s\",%d\n", p->path, p->about, p->may_open);
	} else {
		fputs("{\"port\":", out);
		json_string(out, p->path);
		fputs(",\"about\":", out);
		json_string(out, p->about);
		fprintf(out, ",\"openable\":%s}\n", p->may_open ? "true" : "false");
	}
}

int cmd_ports(const struct options *o, int argc, char **argv)
{
	struct port *ports;
	size_t n;
	FILE *out;

	(void)argv;
	if (argc)
		return MISUSED;
	out = output_open(o);
	if (!out)
		return OUTPUT;
	n = ports_find(&ports);
	if (o->format == FORMAT_CSV)
		fputs("port,about,openable\n", out);
	for (size_t i = 0; i < n; i++)
		print(out, &ports[i], o->format);
	if (!n) {
		note("no serial ports on this machine");
		hint("other lines: a pty, tcp:HOST:PORT, unix:PATH, exec:COMMAND");
	}
	free(ports);
	return output_close(out);
}
