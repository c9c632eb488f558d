/* SPDX-License-Identifier: MIT */
/*
 * From an option's name and its value's text to struct options: see settings.h.
 */
#include "settings.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/say.h"
#include "base/util.h"

/* -- What each does: it takes the value's text, and its place in struct options -- */

static bool is_yes(const char *text, bool *yes)
{
	static const char *const words[] = {"no", "yes", "off", "on", "false", "true", "0", "1"};

	for (unsigned i = 0; i < sizeof words / sizeof *words; i++)
		if (strcmp(text, words[i]) == 0) {
			*yes = i % 2;
			return true;
		}
	return false;
}

static bool set_flag(const char *text, void *to)
{
	*(bool *)to = true;
	return !text || is_yes(text, to);
}

static bool count_up(const char *text, void *to)
{
	bool yes;

	if (!text) {
		++*(int *)to;
		return true;
	}
	if (!is_yes(text, &yes))
		return false;
	*(int *)to = yes;
	return true;
}

static bool set_text(const char *text, void *to)
{
	*(const char **)to = text;
	return true;
}

static bool set_number(const char *text, void *to)
{
	uint64_t v;

	if (!parse_number(text, &v) || !v || v > 0xffffffff)
		return false;
	*(unsigned *)to = (unsigned)v;
	return true;
}

static bool set_time(const char *text, void *to)
{
	return parse_duration(text, to) && *(unsigned *)to;
}

static bool set_lease(const char *text, void *to)
{
	unsigned *ms = to;

	return parse_duration(text, ms) && *ms >= 100 && *ms <= 600000;
}

static bool set_interval(const char *text, void *to)
{
	unsigned *ms = to;

	return parse_duration(text, ms) && *ms >= 1 && *ms <= 600000;
}

/* Without a value as many bytes as usual; a file says yes for that. */
static bool set_stack(const char *text, void *to)
{
	enum { USUAL = 512, LEAST = 8, MOST = 32768 };
	unsigned *bytes = to;
	uint64_t v;
	bool yes;

	if (text && parse_number(text, &v)) {
		*bytes = (unsigned)v;
		return v >= LEAST && v <= MOST;
	}
	if (text && !is_yes(text, &yes))
		return false;
	*bytes = !text || yes ? USUAL : 0;
	return true;
}

static bool set_level(const char *text, void *to)
{
	enum link_level *level = to;

	*level = strcmp(text, "on") == 0 ? LEVEL_ON : LEVEL_OFF;
	return *level == LEVEL_ON || strcmp(text, "off") == 0;
}

static bool set_format(const char *text, void *to)
{
	static const char *const names[] = {
	        [FORMAT_TEXT] = "text", [FORMAT_JSONL] = "jsonl", [FORMAT_CSV] = "csv"};

	for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
		if (strcmp(names[i], text) == 0) {
			*(enum format *)to = (enum format)i;
			return true;
		}
	return false;
}

/* How long the NAME of `NAME=FILE` is; 0: it is a FILE. */
static size_t image_length(const char *text)
{
	size_t n =
	        strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.");

	return text[n] == '=' && access(text, F_OK) != 0 ? n : 0;
}

static bool add_elf(const char *text, void *to)
{
	struct options *o = to;
	size_t n = image_length(text);

	if (o->nelfs == ELFS_MAX || n > IMAGE_NAME)
		return false;
	o->elfs[o->nelfs] = (struct elf_input){.path = n ? text + n + 1 : text, .offline = true};
	if (n)
		o->elfs[o->nelfs].image = setting_text(format_string("%.*s", (int)n, text));
	o->nelfs++;
	return true;
}

static bool add_expect(const char *text, void *to)
{
	struct options *o = to;

	if (o->nexpect == EXPECT_MAX)
		return false;
	o->expect[o->nexpect++] = text;
	return true;
}

/* ADDR,SIZE: at least a word. */
static bool add_io(const char *text, void *to)
{
	enum { LEAST = 8 };
	struct options *o = to;
	const char *comma = strchr(text, ',');
	struct io_range r;
	char *base;
	bool ok;

	if (o->nio == IO_MAX || !comma)
		return false;
	base = format_string("%.*s", (int)(comma - text), text);
	ok = parse_number(base, &r.base) && parse_number(comma + 1, &r.size) && r.size >= LEAST;
	free(base);
	if (ok)
		o->io[o->nio++] = r;
	return ok;
}

#define NOT_A_TIME "not a time: 500ms, 5s, 1m"
#define NOT_YES    "yes or no"
#define AT(member) offsetof(struct options, member)

static const struct setting {
	const char *option;
	bool (*set)(const char *text, void *to);
	size_t to;
	const char *otherwise; /* what is wrong with a text that it does not take */
	size_t count;          /* of a list: where its length is */
	bool path;             /* of a file that is read */
} settings[] = {
        {"force", set_flag, AT(force), NOT_YES, 0, false},
        {"all", set_flag, AT(all), NOT_YES, 0, false},
        {"flash", set_flag, AT(flash), NOT_YES, 0, false},
        {"no-reconnect", set_flag, AT(no_reconnect), NOT_YES, 0, false},
        {"fail-on-loss", set_flag, AT(fail_on_loss), NOT_YES, 0, false},
        {"count", set_flag, AT(count), NOT_YES, 0, false},
        {"quiet", set_flag, AT(quiet), NOT_YES, 0, false},
        {"verbose", count_up, AT(verbose), NOT_YES, 0, false},
        {"elf", add_elf, 0, "too many of them, or a program's name has more than 15 characters",
         AT(nelfs), true},
        {"debug-file", set_text, AT(debug_file), NULL, 0, true},
        {"port", set_text, AT(port), NULL, 0, false},
        {"output", set_text, AT(output), NULL, 0, false},
        {"listen", set_text, AT(listen), NULL, 0, false},
        {"baud", set_number, AT(line.baud), "not a baud rate", 0, false},
        {"hits", set_number, AT(hits), "not a number above 0", 0, false},
        {"depth", set_number, AT(depth), "not a number above 0", 0, false},
        {"elements", set_number, AT(elements), "not a number above 0", 0, false},
        {"stack", set_stack, AT(stack), "not a number of bytes from 8 to 32768", 0, false},
        {"frames", set_number, AT(frames), "not a number above 0", 0, false},
        {"duration", set_time, AT(duration), NOT_A_TIME, 0, false},
        {"wait", set_time, AT(wait), NOT_A_TIME, 0, false},
        {"lease", set_lease, AT(lease), "not a time from 100ms to 10m", 0, false},
        {"interval", set_interval, AT(interval), "not a time from 1ms to 10m", 0, false},
        {"dtr", set_level, AT(line.dtr), "on or off", 0, false},
        {"rts", set_level, AT(line.rts), "on or off", 0, false},
        {"format", set_format, AT(format), "not a format: text, jsonl, csv", 0, false},
        {"expect", add_expect, 0, "too many of them", AT(nexpect), false},
        {"io", add_io, 0, "not ADDR,SIZE with 8 bytes at least, or more than 4 of them", AT(nio),
         false},
};

static const struct setting *find(const char *option)
{
	for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
		if (strcmp(option, settings[i].option) == 0)
			return &settings[i];
	return NULL;
}

bool setting_exists(const char *option)
{
	return find(option) != NULL;
}

/* -- Making one -- */

char *setting_text(char *allocated)
{
	static char **kept;
	static size_t n;

	kept = grow(kept, n + 1, sizeof *kept);
	kept[n++] = allocated;
	return allocated;
}

static int set(struct options *o, const struct setting *s, const char *text,
               const struct source *source)
{
	if (s->set(text, (char *)o + s->to))
		return DONE;
	fail(USAGE, "%s '%s': %s", source->name, text, s->otherwise);
	if (source->folder && (strstr(text, " #") || strstr(text, " ;")))
		hint("a comment stands on a line of its own");
	return USAGE;
}

/* As whoever wrote it meant it: in a file, from the folder that the file is in. */
static char *whole_path(const char *path, const struct source *source)
{
	const char *home = getenv("HOME");
	size_t n = image_length(path);
	int before = n ? (int)n + 1 : 0;
	const char *file = path + before;

	if (source->folder && home && strncmp(file, "~/", 2) == 0)
		return format_string("%.*s%s%s", before, path, home, file + 1);
	if (!source->folder || !*source->folder || *file == '/' || !*file)
		return copy_string(path);
	return format_string("%.*s%s/%s", before, path, source->folder, file);
}

/* Files with colons between them, as in PATH; a file that has a colon in its name is one. */
static int set_paths(struct options *o, const struct setting *s, const char *text,
                     const struct source *source)
{
	char *whole = setting_text(whole_path(text, source)), *rest = NULL;
	int status = DONE;

	if (!source->listed || !s->count || access(whole, F_OK) == 0)
		return set(o, s, whole, source);
	whole = copy_string(text);
	for (char *path = strtok_r(whole, ":", &rest); path && !status;
	     path = strtok_r(NULL, ":", &rest))
		status = set(o, s, setting_text(whole_path(path, source)), source);
	free(whole);
	return status;
}

/* Who gave it last; false: a nearer one has. */
static bool note_origin(struct options *o, const struct setting *s, const struct source *source)
{
	struct origin *origin = &o->origins[s - settings];

	if (origin->option && origin->rank > source->rank)
		return false;
	if (s->count && (!origin->option || origin->rank < source->rank))
		*(unsigned *)((char *)o + s->count) = 0;
	*origin = (struct origin){s->option, source->where, source->rank};
	return true;
}

int setting_make(struct options *o, const char *option, const char *text,
                 const struct source *source)
{
	const struct setting *s = find(option);

	_Static_assert(sizeof settings / sizeof *settings <= OPTIONS_MAX, "a larger OPTIONS_MAX");
	if (!s || !note_origin(o, s, source))
		return DONE;
	return s->path ? set_paths(o, s, text, source) : set(o, s, text, source);
}
