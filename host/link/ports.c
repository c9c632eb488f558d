/* SPDX-License-Identifier: MIT */
/*
 * Serial ports, with what /sys knows about them: see ports.h.
 */
#include "link/ports.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/say.h"
#include "base/util.h"

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

size_t ports_find(struct port **ports)
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
	size_t n = ports_find(&ports);

	if (!n)
		hint("there is no serial port on this machine now: is the board plugged in?");
	for (size_t i = 0; i < n && i < 4; i++)
		hint("there is %s  %s", ports[i].path, ports[i].about);
	if (n > 4)
		hint("and %zu more: trapline ports", n - 4);
	free(ports);
}
