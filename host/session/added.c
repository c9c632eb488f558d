/* SPDX-License-Identifier: MIT */
/*
 * Probes that were added before: see added.h.
 */
#include "session/added.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/say.h"
#include "base/util.h"
#include "error.h"
#include "expr/fetch.h"
#include "frame.h"
#include "program/isas.h"
#include "program/lookup.h"

/* What stands before the data of a watch. */
static const char *watch_prefix(unsigned kind)
{
	switch (kind & KIND_WATCH) {
	case KIND_WRITE:
		return "write:";
	case KIND_READ:
		return "read:";
	default:
		return kind & KIND_WATCH ? "access:" : "";
	}
}

static void describe(const struct elf *elf, struct added_probe *p)
{
	char place[ADDED_NAME - sizeof "access:%return"];

	if (p->data)
		snprintf(place, sizeof place, "%s", p->data);
	else if (*p->remote.image && !p->remote.addr)
		snprintf(place, sizeof place, "%s:0x%llx", p->remote.image,
		         (unsigned long long)p->remote.link);
	else
		elf_describe(elf, p->remote.addr, place, sizeof place);
	snprintf(p->name, sizeof p->name, "%s%s%s", watch_prefix(p->remote.kind), place,
	         p->remote.kind & KIND_RETURN ? "%return" : "");
}

/* Nothing that a terminal would obey. */
static void make_plain(char *text)
{
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			*text = '?';
}

/* What it was added as, if the target keeps that; then its place does not matter. */
static int read_name(struct session *s, const struct elf *elf, struct added_probe *p)
{
	int result = target_name(s, p->remote.id, p->name, sizeof p->name);

	p->given = !result && p->name[0];
	make_plain(p->name);
	if (!p->given)
		describe(elf, p);
	return result == SESSION_LOST ? result : 0;
}

/* What stands before the words: was the place moved? */
enum { AT_PLACE = ' ', MOVED = '+' };

/* The flag; of a watch its data; the words; what --io opened. A line each but for the flag. */
char *added_text(const struct point *p, const struct tl_isa *isa, const struct options *o)
{
	char *words = point_text(p, isa), *data = copy_string(p->watch ? p->data : ""), *text,
	     *longer;

	for (char *c = data; *c; c++)
		if (strchr("\t\n", *c))
			*c = ' ';
	text = format_string("%c%s%s%s", p->moved ? MOVED : AT_PLACE, data, p->watch ? "\n" : "",
	                     words);
	for (unsigned i = 0; i < o->nio; i++) {
		longer = format_string("%s%c0x%llx,0x%llx", text, i ? ' ' : '\n',
		                       (unsigned long long)o->io[i].base,
		                       (unsigned long long)o->io[i].size);
		free(text);
		text = longer;
	}
	free(words);
	free(data);
	return text;
}

/* Up to the end of the line, which *text is moved behind: to be freed. */
static char *take_line(const char **text, const char *end)
{
	const char *stop = memchr(*text, '\n', (size_t)(end - *text));
	char *line = format_string("%.*s", (int)((stop ? stop : end) - *text), *text);

	*text = stop ? stop + 1 : end;
	make_plain(line);
	return line;
}

static void take_words(struct added_probe *p)
{
	unsigned size = fetch_size(p->program, p->nprogram);
	const char *text = (const char *)p->program + size,
	           *end = (const char *)p->program + p->nprogram;

	if (!size || text == end)
		return;
	p->moved = *text++ == MOVED;
	if (p->remote.kind & KIND_WATCH)
		p->data = take_line(&text, end);
	p->words = take_line(&text, end);
	if (text < end)
		p->io = take_line(&text, end);
}

/* What its hits do besides, if the target tells. */
static int read_program(struct session *s, struct added_probe *p)
{
	uint8_t program[TARGET_PROGRAM];
	int result = 0;

	if (s->target.features & TL_FEATURE_FETCH)
		result = target_program(s, p->remote.id, program, &p->nprogram);
	if (result && result != SESSION_LOST) {
		p->nprogram = 1; /* it has one that nobody can tell */
		program[0] = 0;
		result = 0;
	}
	if (!result && p->nprogram) {
		p->program = grow(NULL, p->nprogram, 1);
		memcpy(p->program, program, p->nprogram);
		take_words(p);
	}
	if (!result && s->target.features & TL_FEATURE_STACK)
		result = target_stacked(s, p->remote.id, &p->stack);
	return result == SESSION_LOST ? result : 0;
}

static void free_probe(struct added_probe *p)
{
	free(p->program);
	free(p->words);
	free(p->data);
	free(p->io);
}

void added_free(struct added *added)
{
	for (size_t i = 0; i < added->n; i++)
		free_probe(&added->at[i]);
	added->n = 0;
}

int added_read(struct session *s, const struct elf *elf, struct added *added)
{
	unsigned id = 0;

	session_wait(s, 0, "the list of the target's probes");
	for (added->n = 0; added->n < TL_PROBE_MAX; added->n++) {
		struct added_probe *p = &added->at[added->n];
		int result;

		*p = (struct added_probe){0};
		result = target_next(s, elf, id, &p->remote);
		if (!result && p->remote.id > id)
			result = read_program(s, p);
		if (!result && p->remote.id > id)
			result = read_name(s, elf, p);
		if (result) {
			added->n++; /* what it has is to be freed */
			return target_report(s, result, "listing the probes");
		}
		if (p->remote.id <= id)
			break;
		id = p->remote.id;
	}
	session_wait_over(s);
	return DONE;
}

const struct added_probe *added_find(const struct added *added, const char *word)
{
	uint64_t id;
	bool is_id = strncmp(word, "0x", 2) != 0 && parse_number(word, &id);

	for (size_t i = 0; i < added->n; i++) {
		const struct added_probe *p = &added->at[i];

		if (is_id ? p->remote.id == id : p->given && strcmp(p->name, word) == 0)
			return p;
	}
	return NULL;
}

int added_io(struct session *s, void (*take)(void *ctx, uint64_t base, uint64_t size), void *ctx)
{
	struct added_probe p = {0};
	int result;

	do {
		unsigned id = p.remote.id;

		p = (struct added_probe){0};
		result = target_next(s, NULL, id, &p.remote);
		if (!result && p.remote.id)
			result = read_program(s, &p);
		for (char *word = p.io ? strtok(p.io, " ") : NULL; word; word = strtok(NULL, " ")) {
			char *comma = strchr(word, ',');
			uint64_t base, size;

			if (comma)
				*comma = 0;
			if (comma && parse_number(word, &base) && parse_number(comma + 1, &size))
				take(ctx, base, size);
		}
		free_probe(&p);
	} while (!result && p.remote.id);
	return result;
}

/* What its records bring. */
static int take_program(struct points *points, struct point *point, const struct added_probe *p,
                        const struct tl_isa *isa)
{
	int status;

	if (!p->nprogram)
		return DONE;
	status = point_text_parse(points, point, p->words ? p->words : "", isa);
	if (point->watch) /* who it was */
		point->mask |= (uintptr_t)1 << isa->pc;
	if (p->data)
		point->data = points->words->data = copy_string(p->data);
	point->program = points->words->program = grow(NULL, p->nprogram, 1);
	memcpy(point->program, p->program, p->nprogram);
	point->nprogram = p->nprogram;
	if (p->moved) {
		const char *off = p->given ? NULL : strrchr(p->name, '+');

		point->moved = off ? (size_t)(off - p->name) : strlen(p->name);
	}
	return status;
}

/* A point without instructions of its own about what to do: it does what it was added for. */
static int append(struct points *points, const struct added_probe *p, const struct tl_isa *isa)
{
	struct point *point;

	if (!(p->remote.kind & KIND_SNAPSHOT)) {
		fail(REFUSED, "probe %u (%s) only counts: it has no records", p->remote.id,
		     p->name);
		hint("trapline list shows its hits");
		return REFUSED;
	}
	points->at = grow(points->at, points->n + 1, sizeof *points->at);
	point = &points->at[points->n++];
	*point = (struct point){
	        .name = copy_string(p->name),
	        .id = p->remote.id,
	        .addr = p->remote.addr,
	        .at_return = p->remote.kind & KIND_RETURN,
	        .watch = (p->remote.kind & KIND_WRITE ? WATCH_WRITE : 0u) |
	                 (p->remote.kind & KIND_READ ? WATCH_READ : 0u),
	        .bytes = p->remote.kind & KIND_WATCH ? p->remote.maxactive : 0,
	        .stack = p->stack,
	        .mask = p->nprogram || p->remote.mask == isa_all(isa) ? 0 : p->remote.mask};
	if (!p->remote.enabled && !p->remote.limit)
		note("probe %u (%s) is disabled: trapline enable %u", p->remote.id, p->name,
		     p->remote.id);
	return take_program(points, point, p, isa);
}

static bool is_id(const char *word)
{
	return *word && word[strspn(word, "0123456789")] == 0;
}

int added_points(struct points *points, int *argc, char **argv, struct session *s,
                 const struct elf *elf)
{
	struct added added;
	int kept = 0, status = added_read(s, elf, &added);

	for (int i = 0; i < *argc && !status; i++) {
		const struct added_probe *p = added_find(&added, argv[i]);

		if (p) {
			status = append(points, p, s->target.isa);
		} else if (is_id(argv[i])) {
			status = fail(REFUSED, "no probe '%s' on the target", argv[i]);
			hint("%s", error_hint(TL_ENOENT));
		} else {
			argv[kept++] = argv[i];
		}
	}
	*argc = kept;
	added_free(&added);
	return status;
}
