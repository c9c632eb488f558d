/* SPDX-License-Identifier: MIT */
/*
 * Who has a port open, see holders.h. Follows proc(5).
 */
#define _GNU_SOURCE
#include "link/holders.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Does process `pid` hold `device` open? */
static bool holds(const char *pid, const struct stat *device)
{
	char path[300];
	struct dirent *entry;
	bool found = false;
	DIR *dir;

	snprintf(path, sizeof path, "/proc/%s/fd", pid);
	dir = opendir(path);
	if (!dir)
		return false;
	while (!found && (entry = readdir(dir))) {
		struct stat st;

		if (fstatat(dirfd(dir), entry->d_name, &st, 0) == 0)
			found = S_ISCHR(st.st_mode) && st.st_rdev == device->st_rdev;
	}
	closedir(dir);
	return found;
}

static void name_of(const char *pid, char *to, size_t size)
{
	char path[300];
	FILE *f;

	snprintf(to, size, "?");
	snprintf(path, sizeof path, "/proc/%s/comm", pid);
	f = fopen(path, "re");
	if (!f)
		return;
	if (fgets(to, (int)size, f))
		to[strcspn(to, "\n")] = 0;
	fclose(f);
}

size_t holders_find(const char *path, struct holder *to, size_t room)
{
	struct stat device;
	struct dirent *entry;
	DIR *proc = opendir("/proc");
	size_t n = 0;

	if (proc && stat(path, &device) == 0 && S_ISCHR(device.st_mode))
		while (n < room && (entry = readdir(proc))) {
			if (entry->d_name[0] < '0' || entry->d_name[0] > '9' ||
			    atol(entry->d_name) == getpid() || !holds(entry->d_name, &device))
				continue;
			to[n].pid = atoi(entry->d_name);
			name_of(entry->d_name, to[n].name, sizeof to[n].name);
			n++;
		}
	if (proc)
		closedir(proc);
	return n;
}

/* How many lines of one of /proc's tables `match`. */
static unsigned count_lines(const char *table, bool (*match)(char *line, const void *what),
                            const void *what)
{
	FILE *f = fopen(table, "re");
	char *line = NULL;
	size_t room = 0;
	unsigned n = 0;

	while (f && getline(&line, &room, f) >= 0) {
		line[strcspn(line, "\n")] = 0;
		n += match(line, what);
	}
	free(line);
	if (f)
		fclose(f);
	return n;
}

/* A line is: address, references, protocol, flags, type, state, inode, path. The server's end of a
 * connection has the path of its socket. */
static bool is_connected(char *line, const void *path)
{
	enum { CONNECTED = 3 };
	unsigned state;
	int at = 0;

	return sscanf(line, "%*s %*s %*s %*s %*s %x %*s %n", &state, &at) == 1 && at > 0 &&
	       state == CONNECTED && strcmp(line + at, path) == 0;
}

unsigned holders_of_socket(const char *path)
{
	return count_lines("/proc/net/unix", is_connected, path);
}

/* A line is: number, local address, the other end's, state … in hex. The client's end has the port
 * as the other end's. */
static bool is_client(char *line, const void *what)
{
	enum { ESTABLISHED = 1 };
	unsigned addr, port, state;

	return sscanf(line, "%*s %*s %x:%x %x", &addr, &port, &state) == 3 &&
	       addr == htonl(INADDR_LOOPBACK) && port == *(const unsigned *)what &&
	       state == ESTABLISHED;
}

unsigned holders_of_port(unsigned port)
{
	return count_lines("/proc/net/tcp", is_client, &port);
}
