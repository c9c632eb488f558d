/* SPDX-License-Identifier: MIT */
/*
 * Compares paths: see paths.h.
 */
#include "program/paths.h"

#include <stdlib.h>
#include <string.h>

#include "base/util.h"

const char *path_last(const char *path)
{
	const char *last = path + strlen(path);

	while (last > path && last[-1] != '/' && last[-1] != '\\')
		last--;
	return last;
}

/* One name of a path, put behind `to`, which is n bytes long; its new length. */
static size_t add_name(char *to, size_t n, const char *name, size_t length)
{
	size_t root = *to == '/';

	if (length == 0 || (length == 1 && *name == '.'))
		return n;
	if (length == 2 && memcmp(name, "..", 2) == 0) {
		while (n > root && to[n - 1] != '/')
			n--;
		return n > root ? n - 1 : n;
	}
	if (n > root)
		to[n++] = '/';
	memcpy(to + n, name, length);
	return n + length;
}

char *path_plain(const char *path)
{
	char *to = copy_string(path);
	size_t n = *path == '/' || *path == '\\';

	if (n)
		*to = '/';
	while (*path) {
		size_t length = strcspn(path, "/\\");

		n = add_name(to, n, path, length);
		path += length + (path[length] != 0);
	}
	to[n] = 0;
	return to;
}

bool path_ends(const char *path, const char *typed)
{
	char *whole, *end;
	size_t n, length;
	bool ends;

	if (strcmp(path_last(path), path_last(typed)) != 0)
		return false;
	whole = path_plain(path);
	end = path_plain(typed);
	n = strlen(whole);
	length = strlen(end);
	ends = n >= length && strcmp(whole + n - length, end) == 0 &&
	       (n == length || (*end != '/' && whole[n - length - 1] == '/'));
	free(whole);
	free(end);
	return ends;
}
