/* SPDX-License-Identifier: MIT */
/*
 * Files of settings: see ini.h.
 */
#include "base/ini.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/say.h"
#include "base/util.h"

/* Without the blanks around it. */
static char *trimmed(char *s)
{
	size_t n;

	while (isspace((unsigned char)*s))
		s++;
	n = strlen(s);
	while (n && isspace((unsigned char)s[n - 1]))
		s[--n] = 0;
	return s;
}

static char *unquoted(char *s)
{
	size_t n = strlen(s);

	if (n < 2 || (*s != '"' && *s != '\'') || strchr(s + 1, *s) != s + n - 1)
		return s;
	s[n - 1] = 0;
	return s + 1;
}

static int malformed(const struct ini *ini, unsigned number, const char *why)
{
	fail(USAGE, "%s:%u: %s", ini->path, number, why);
	hint("KEY = VALUE, a line each; [NAME] begins a profile, # a line that is a comment");
	return USAGE;
}

static void add(struct ini *ini, struct ini_line line)
{
	if (ini->n % 32 == 0)
		ini->at = grow(ini->at, ini->n + 32, sizeof *ini->at);
	ini->at[ini->n++] = line;
}

/* One line, which is cut up. `section`: the one it stands in. */
static int take(struct ini *ini, unsigned number, char *text, const char **section)
{
	char *s = trimmed(text), *equals;
	size_t n = strlen(s);

	if (!*s || *s == '#' || *s == ';')
		return DONE;
	if (*s == '[') {
		if (s[n - 1] != ']')
			return malformed(ini, number, "a [ without its ]");
		s[n - 1] = 0;
		s = trimmed(s + 1);
		if (!*s)
			return malformed(ini, number, "a profile without a name");
		*section = copy_string(s);
		add(ini, (struct ini_line){number, *section, NULL, NULL});
		return DONE;
	}
	equals = strchr(s, '=');
	if (!equals || equals == s)
		return malformed(ini, number,
		                 equals ? "no key before the =" : "neither KEY = VALUE nor [NAME]");
	*equals = 0;
	add(ini, (struct ini_line){number, *section, copy_string(trimmed(s)),
	                           copy_string(unquoted(trimmed(equals + 1)))});
	return DONE;
}

static int take_lines(struct ini *ini, FILE *f)
{
	static const char mark[] = "\xef\xbb\xbf"; /* as some editors begin a file in UTF-8 */
	const char *section = "";
	char *text = NULL;
	unsigned number = 0;
	size_t room = 0;
	int status = DONE;
	ssize_t n;

	while (!status && (n = getline(&text, &room, f)) >= 0) {
		number++;
		if (memchr(text, 0, (size_t)n))
			status = malformed(ini, number, "a zero byte: this is no text");
		else
			status = take(ini, number,
			              text + (number == 1 && strncmp(text, mark, 3) == 0 ? 3 : 0),
			              &section);
	}
	free(text);
	return status;
}

int ini_read(struct ini *ini, const char *path)
{
	struct stat st;
	FILE *f = fopen(path, "re");
	int status;

	*ini = (struct ini){.path = copy_string(path)};
	if (!f && stat(path, &st) < 0)
		return DONE; /* or where this user may not look */
	if (!f || fstat(fileno(f), &st) < 0 || S_ISDIR(st.st_mode)) {
		status = fail(USAGE, "cannot read %s: %s", path, strerror(f ? EISDIR : errno));
		hint("settings are read from it; see: trapline help");
	} else {
		ini->there = true;
		ini->ours = st.st_uid == geteuid() || st.st_uid == 0;
		status = take_lines(ini, f);
	}
	if (f)
		fclose(f);
	return status;
}
