/* SPDX-License-Identifier: MIT */
/*
 * Probes that were added before: see added.h.
 */
#include "session/added.h"

#include <stdio.h>
#include <string.h>

#include "base/say.h"
#include "base/util.h"
#include "error.h"
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

	elf_describe(elf, p->remote.addr, place, sizeof place);
	snprintf(p->name, sizeof p->name, "%s%s%s", watch_prefix(p->remote.kind), place,
	         p->remote.kind & KIND_RETURN ? "%return" : "");
}

/* What it was added as, if the target keeps that; then its place does not matter. */
static int read_name(struct session *s, const struct elf *elf, struct added_probe *p)
{
	int result = target_name(s, p->remote.id, p->name, sizeof p->name);

	p->given = !result && p->name[0];
	for (char *c = p->name; *c; c++)
		if (*c < ' ' || *c == 0x7f)
			*c = '?'; /* nothing that a terminal would obey */
	if (!p->given)
		describe(elf, p);
	return result == SESSION_LOST ? result : 0;
}

int added_read(struct session *s, const struct elf *elf, struct added *added)
{
	unsigned id = 0;

	session_wait(s, 0, "the list of the target's probes");
	for (added->n = 0; added->n < TL_PROBE_MAX; added->n++) {
		struct added_probe *p = &added->at[added->n];
		int result = target_next(s, id, &p->remote);

		if (!result && p->remote.id > id)
			result = read_name(s, elf, p);
		if (result)
			return target_report(s, result, "listing the probes");
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

/* A point without instructions of its own about what to do: it does what it was added for. */
static int append(struct points *points, const struct added_probe *p, const struct tl_isa *isa)
{
	if (!(p->remote.kind & KIND_SNAPSHOT)) {
		fail(REFUSED, "probe %u (%s) only counts: it has no records", p->remote.id,
		     p->name);
		hint("trapline list shows its hits");
		return REFUSED;
	}
	points->at = grow(points->at, points->n + 1, sizeof *points->at);
	points->at[points->n++] =
	        (struct point){.name = copy_string(p->name),
	                       .id = p->remote.id,
	                       .addr = p->remote.addr,
	                       .at_return = p->remote.kind & KIND_RETURN,
	                       .watch = (p->remote.kind & KIND_WRITE ? WATCH_WRITE : 0u) |
	                                (p->remote.kind & KIND_READ ? WATCH_READ : 0u),
	                       .mask = p->remote.mask == isa_all(isa) ? 0 : p->remote.mask};
	if (!p->remote.enabled && !p->remote.limit)
		note("probe %u (%s) is disabled: trapline enable %u", p->remote.id, p->name,
		     p->remote.id);
	return DONE;
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
	return status;
}
