/* SPDX-License-Identifier: MIT */
/*
 * Finds and reads source files: see source.h.
 */
#include "program/source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/util.h"
#include "program/paths.h"

static bool is_file(const char *path, time_t *changed)
{
	struct stat st;

	if (stat(path, &st) != 0 || !S_ISREG(st.st_mode))
		return false;
	*changed = st.st_mtime;
	return true;
}

static char *find(const char *folder, const char *path, time_t *changed)
{
	bool joined = folder && *path != '/';
	char *whole = joined ? format_string("%s/%s", folder, path) : copy_string(path);
	char *plain = path_plain(whole), *found = NULL;

	for (char *at = plain; at && !found; at = strchr(at + 1, '/')) {
		const char *end = at == plain ? whole : at + 1;

		if (is_file(end, changed))
			found = copy_string(end);
	}
	free(plain);
	free(whole);
	return found;
}

/* From the current folder, if it is below that. */
static void shorten(char *path)
{
	char *here = realpath(".", NULL);
	size_t n = here ? strlen(here) : 0;

	if (n > 1 && strncmp(path, here, n) == 0 && path[n] == '/')
		memmove(path, path + n + 1, strlen(path + n));
	free(here);
}

static char *read_all(const char *path)
{
	FILE *in = fopen(path, "re");
	char *text = NULL;
	size_t n = 0, got;

	if (!in)
		return NULL;
	do {
		text = grow(text, n + 65537, 1);
		got = fread(text + n, 1, 65536, in);
		n += got;
	} while (got);
	text[n] = 0;
	fclose(in);
	return text;
}

static void split(struct source *s)
{
	for (char *at = s->text; at && *at;) {
		char *end = strchr(at, '\n'), *next = end ? end + 1 : NULL;

		if (end) {
			*end = 0;
			if (end > at && end[-1] == '\r')
				end[-1] = 0;
		}
		if (s->n % 256 == 0)
			s->lines = grow(s->lines, s->n + 256, sizeof *s->lines);
		s->lines[s->n++] = at;
		at = next;
	}
}

void source_open(struct source *s, const char *folder, const char *path)
{
	*s = (struct source){0};
	s->path = find(folder, path, &s->changed);
	if (s->path)
		shorten(s->path);
	s->text = s->path ? read_all(s->path) : NULL;
	split(s);
}

void source_close(struct source *s)
{
	free(s->path);
	free(s->text);
	free(s->lines);
	*s = (struct source){0};
}

const char *source_line(const struct source *s, unsigned line)
{
	return line && line <= s->n ? s->lines[line - 1] : "";
}
