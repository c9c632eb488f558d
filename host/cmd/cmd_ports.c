/* SPDX-License-Identifier: MIT */
/*
 * trapline ports: the serial ports that are there, with what /sys knows about them.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/say.h"
#include "base/util.h"
#include "cmd/cmd.h"
#include "link/link.h"
#include "output/export.h"

struct port {
	char path[80];
	char about[256]; /* what is plugged in; may be empty */
	bool may_open;
};

static void read_line(const char *folder, const char *file, char *to, size_t size)
{
	char path[512];
	FILE *f;

	*to = 0;
	snprintf(path, sizeof path, "%s/%s", folder, file);
	f = fopen(path, "re");
	if (!f)
		return;
	if (fgets(to, (int)size, f))
		to[strcspn(to, "\n")] = 0;
	else
		*to = 0;
	fclose(f);
}

/* Manufacturer, product and serial number of the USB device above a tty, in whichever folder on the
 * way up they are. */
static void describe(const char *tty, char *to, size_t size)
{
	char folder[300], maker[64], product[96], serial[64];

	*to = 0;
	snprintf(folder, sizeof folder, "/sys/class/tty/%s/device", tty);
	for (int up = 0; up < 4; up++) {
		size_t n = strlen(folder);

		read_line(folder, "product", product, sizeof product);
		if (*product) {
			read_line(folder, "manufacturer", maker, sizeof maker);
			read_line(folder, "serial", serial, sizeof serial);
			snprintf(to, size, "%s%s%s%s%s", maker, *maker ? " " : "", product,
			         *serial ? ", serial " : "", serial);
			return;
		}
		snprintf(folder + n, sizeof folder - n, "/..");
	}
}

/* A port with hardware behind it: the kernel lists 8250 ports that are not there as type 0. */
static bool is_port(const char *tty)
{
	char folder[300], type[16];

	snprintf(folder, sizeof folder, "/sys/class/tty/%s/device", tty);
	if (access(folder, F_OK) != 0)
		return false;
	snprintf(folder, sizeof folder, "/sys/class/tty/%s", tty);
	read_line(folder, "type", type, sizeof type);
	return strcmp(type, "0") != 0;
}

static int by_path(const void *a, const void *b)
{
	return strcmp(((const struct port *)a)->path, ((const struct port *)b)->path);
}

static size_t find(struct port **ports)
{
	DIR *dir = opendir("/sys/class/tty");
	const struct dirent *entry;
	size_t n = 0;

	*ports = NULL;
	while (dir && (entry = readdir(dir))) {
		struct port *p;

		if (entry->d_name[0] == '.' || strlen(entry->d_name) > 60 ||
		    !is_port(entry->d_name))
			continue;
		*ports = grow(*ports, n + 1, sizeof **ports);
		p = &(*ports)[n++];
		snprintf(p->path, sizeof p->path, "/dev/%.60s", entry->d_name);
		describe(entry->d_name, p->about, sizeof p->about);
		p->may_open = access(p->path, R_OK | W_OK) == 0;
	}
	if (dir)
		closedir(dir);
	if (n)
		qsort(*ports, n, sizeof **ports, by_path);
	return n;
}

void ports_hint(void)
{
	struct port *ports;
	size_t n = find(&ports);

	if (!n)
		hint("there is no serial port on this machine now: is the board plugged in?");
	for (size_t i = 0; i < n && i < 4; i++)
		hint("there is %s  %s", ports[i].path, ports[i].about);
	if (n > 4)
		hint("and %zu more: trapline ports", n - 4);
	free(ports);
}

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
		return usage("ports");
	out = output_open(o);
	if (!out)
		return OUTPUT;
	n = find(&ports);
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
