/* SPDX-License-Identifier: MIT */
/*
 * Settings from trapline.ini: see profiles.h. The keys are the options of the table.
 */
#include "profiles.h"

#include <stdlib.h>
#include <string.h>

#include "base/ini.h"
#include "base/say.h"
#include "base/util.h"
#include "commands.h"
#include "settings.h"

static bool holds_for_all(const char *section)
{
	return !*section || strcmp(section, "default") == 0;
}

static bool same_profile(const char *a, const char *b)
{
	return holds_for_all(a) ? holds_for_all(b) : strcmp(a, b) == 0;
}

static const struct option_text *find_key(const char *key)
{
	for (const struct option_text *o = tables.options; o->name; o++)
		if (strcmp(o->name, key) == 0)
			return o;
	return NULL;
}

/* -- What is wrong with a file -- */

static int unknown_key(const struct ini *ini, const struct ini_line *line)
{
	struct guess near = guess_for(line->key);

	for (const struct option_text *o = tables.options; o->name; o++)
		if (setting_exists(o->name))
			guess_try(&near, o->name);
	fail(USAGE, "%s:%u: no setting '%s'", ini->path, line->number, line->key);
	if (near.best)
		hint("did you mean '%s'?", near.best);
	hint("settings are the options without their dashes: trapline help lists them");
	return USAGE;
}

/* The line before `line` that gives the same, in the same profile; NULL: none, or it is of those
 * that may stand several times. */
static const struct ini_line *given_before(const struct ini *ini, const struct ini_line *line)
{
	if (strcmp(line->key, "elf") == 0 || strcmp(line->key, "expect") == 0)
		return NULL;
	for (const struct ini_line *l = ini->at; l < line; l++)
		if (l->key && strcmp(l->key, line->key) == 0 &&
		    same_profile(l->section, line->section))
			return l;
	return NULL;
}

static int check_line(const struct ini *ini, const struct ini_line *line)
{
	const struct ini_line *before = line->key ? given_before(ini, line) : NULL;

	if (!line->key)
		return DONE;
	if (!setting_exists(line->key) && find_key(line->key)) {
		fail(USAGE, "%s:%u: '%s' cannot be set in a file", ini->path, line->number,
		     line->key);
		hint("give it on the command line: --%s", line->key);
		return USAGE;
	}
	if (!find_key(line->key))
		return unknown_key(ini, line);
	if (before)
		return fail(USAGE, "%s:%u: '%s' again: line %u gives it already", ini->path,
		            line->number, line->key, before->number);
	if (!*line->value)
		return fail(USAGE, "%s:%u: '%s' has no value", ini->path, line->number, line->key);
	/* Whoever may put a file where trapline is called must not run commands there. */
	if (!ini->ours && strcmp(line->key, "port") == 0 && strncmp(line->value, "exec:", 5) == 0) {
		fail(USAGE, "%s:%u: a command from a file of another user", ini->path,
		     line->number);
		hint("give it with -p, or make the file yours");
		return USAGE;
	}
	return DONE;
}

static int read_file(struct ini *ini, const char *path)
{
	int status = ini_read(ini, path);

	for (size_t i = 0; i < ini->n && !status; i++)
		status = check_line(ini, &ini->at[i]);
	return status;
}

/* -- Profiles -- */

static bool has_profile(const struct ini *ini, const char *profile)
{
	for (size_t i = 0; i < ini->n; i++)
		if (!holds_for_all(ini->at[i].section) && strcmp(ini->at[i].section, profile) == 0)
			return true;
	return false;
}

static void list_profiles(const struct ini *ini, struct guess *near)
{
	char *list = copy_string("");

	for (size_t i = 0; i < ini->n; i++) {
		const char *section = ini->at[i].section;
		char *longer;

		if (ini->at[i].key || holds_for_all(section))
			continue;
		guess_try(near, section);
		longer = format_string("%s%s%s", list, *list ? ", " : "", section);
		free(list);
		list = longer;
	}
	if (*list)
		hint("%s has %s", ini->path, list);
	else
		hint(ini->there ? "%s has none" : "there is no %s", ini->path);
	free(list);
}

static int unknown_profile(const struct ini *files, size_t n, const char *profile)
{
	struct guess near = guess_for(profile);

	fail(USAGE, "no profile '%s'", profile);
	while (n--)
		list_profiles(&files[n], &near);
	if (near.best)
		hint("did you mean '%s'?", near.best);
	return USAGE;
}

/* -- Applying them -- */

static int apply_line(struct options *o, const struct ini *ini, const struct ini_line *line,
                      unsigned rank)
{
	const char *slash = strrchr(ini->path, '/');
	bool all = holds_for_all(line->section);
	char *name = format_string("%s:%u: %s", ini->path, line->number, line->key);
	char *where =
	        format_string(all ? "%s:%u" : "%s:%u [%s]", ini->path, line->number, line->section);
	char *folder = format_string("%.*s", slash ? (int)(slash - ini->path) : 0, ini->path);
	struct source source = {.rank = rank,
	                        .name = setting_text(name),
	                        .where = setting_text(where),
	                        .folder = setting_text(folder),
	                        .listed = true};

	return setting_make(o, line->key, line->value, &source);
}

static int apply_section(struct options *o, const struct command *c, const struct ini *ini,
                         const char *profile, unsigned rank)
{
	int status = DONE;

	for (size_t i = 0; i < ini->n && !status; i++) {
		const struct ini_line *line = &ini->at[i];

		if (line->key && same_profile(line->section, profile) &&
		    find_key(line->key)->group & (c->options | OPT_ALWAYS))
			status = apply_line(o, ini, line, rank);
	}
	return status;
}

static char *users_file(void)
{
	const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");

	if (config && *config == '/')
		return format_string("%s/trapline/trapline.ini", config);
	return home && *home ? format_string("%s/.config/trapline/trapline.ini", home) : NULL;
}

int profiles_apply(struct options *o, const struct command *c, const char *profile)
{
	static struct ini files[2]; /* the farther first */
	char *users = users_file();
	int status = users ? read_file(&files[0], users) : DONE;
	size_t first = !users;

	free(users);
	if (!status)
		status = read_file(&files[1], "trapline.ini");
	if (!status && profile && !has_profile(&files[0], profile) &&
	    !has_profile(&files[1], profile) && !holds_for_all(profile))
		status = unknown_profile(files + first, 2 - first, profile);
	for (unsigned i = 0; i < 2 && !status; i++) {
		status = apply_section(o, c, &files[i], "", 2 * i);
		if (!status && profile && !holds_for_all(profile))
			status = apply_section(o, c, &files[i], profile, 2 * i + 1);
	}
	return status;
}
