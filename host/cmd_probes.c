/* SPDX-License-Identifier: MIT */
/*
 * trapline add, list, enable, disable, del: probes that outlive the session, on the target until they are deleted.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attach.h"
#include "cmd.h"
#include "csv.h"
#include "error.h"
#include "export.h"
#include "json.h"
#include "place.h"
#include "record.h"
#include "say.h"
#include "spec.h"
#include "target.h"
#include "util.h"

enum { NAME_MAX_SHOWN = 160 };

struct remotes {
	struct remote_probe at[TL_PROBE_MAX];
	size_t n;
};

static int read_all(struct session *s, struct remotes *r)
{
	unsigned id = 0;

	session_wait(s, 0, "the list of the target's probes");
	for (r->n = 0; r->n < TL_PROBE_MAX; r->n++) {
		int result = target_next(s, id, &r->at[r->n]);

		if (result)
			return target_report(s, result, "listing the probes");
		if (r->at[r->n].id <= id)
			break;
		id = r->at[r->n].id;
	}
	session_wait_over(s);
	return DONE;
}

/* As it is shown, and may be typed. */
static void describe(const struct elf *elf, const struct remote_probe *p, char name[NAME_MAX_SHOWN])
{
	char place[NAME_MAX_SHOWN - sizeof "%return"];

	elf_describe(elf, p->addr, place, sizeof place);
	snprintf(name, NAME_MAX_SHOWN, "%s%s", place, p->kind & KIND_RETURN ? "%return" : "");
}

/* -- add -- */

static int add_one(struct attached *a, const struct options *o, const struct point *p, unsigned id)
{
	struct remote_probe probe = {.id = id,
	                             .addr = p->addr,
	                             .kind = (o->count ? KIND_COUNT : KIND_SNAPSHOT) | (p->at_return ? KIND_RETURN : 0),
	                             .mask = p->mask,
	                             .every = p->every,
	                             .limit = p->limit,
	                             .maxactive = p->maxactive,
	                             .stay = true,
	                             .enabled = true};
	unsigned length, points;
	int result = target_add(&a->session, &probe, &length, &points);

	if (result)
		return target_report(&a->session, result, p->name);
	printf("probe  %u %s  0x%08llx   %s, %u of %u points\n", id, p->name, (unsigned long long)p->addr, step_name(probe.step),
	       points, a->session.target.points);
	return DONE;
}

static int add(struct attached *a, const struct options *o, const struct points *points)
{
	struct remotes remotes;
	bool taken[TL_PROBE_MAX + 1] = {true};
	unsigned id = 0;
	int status = read_all(&a->session, &remotes);

	for (size_t i = 0; i < remotes.n; i++)
		taken[remotes.at[i].id] = true;
	for (size_t i = 0; i < points->n && !status; i++) {
		while (id <= TL_PROBE_MAX && taken[id])
			id++;
		if (id > TL_PROBE_MAX)
			return target_report(&a->session, TL_EFULL, points->at[i].name);
		status = add_one(a, o, &points->at[i], id++);
	}
	return status;
}

int cmd_add(const struct options *o, int argc, char **argv)
{
	return on_points("add", o, argc, argv, add);
}

/* -- list -- */

/* Has it ended by itself? What it dropped counts, too: the agent has caught it. */
static bool limit_reached(const struct remote_probe *p)
{
	return !p->enabled && p->limit && (uint64_t)p->counters.recorded + p->counters.dropped >= p->limit;
}

static const char *kind_name(const struct remote_probe *p)
{
	return p->kind & KIND_SNAPSHOT ? "snapshot" : "count";
}

static void print_text(FILE *out, const struct remote_probe *p, const char *name)
{
	const struct counters *c = &p->counters;
	const char *state = p->enabled ? "enabled" : limit_reached(p) ? "limit reached" : "disabled";

	fprintf(out, "%3u %-24s 0x%08llx  %-8s  %-12s  %-13s  %-7s  %u hits", p->id, name, (unsigned long long)p->addr,
	        kind_name(p), step_name(p->step), state, p->stay ? "stays" : "session", c->hits);
	if (c->filtered)
		fprintf(out, ", %u filtered", c->filtered);
	fprintf(out, ", %u missed, %u dropped", c->missed, c->dropped);
	if (p->maxactive)
		fprintf(out, ", maxactive %u", p->maxactive);
	fputc('\n', out);
}

static void print_csv(FILE *out, const struct remote_probe *p, const char *name)
{
	const struct counters *c = &p->counters;

	fprintf(out, "%u,", p->id);
	csv_string(out, name);
	fprintf(out, ",0x%llx,%s,%s,%d,%d,%u,%u,%u,%u,%u,%u,%u,%d\n", (unsigned long long)p->addr, kind_name(p),
	        step_name(p->step), p->enabled, p->stay, c->hits, c->recorded, c->filtered, c->missed, c->dropped, p->maxactive,
	        p->limit, limit_reached(p));
}

static void print_jsonl(FILE *out, const struct remote_probe *p, const char *name)
{
	const struct counters *c = &p->counters;

	fprintf(out, "{\"probe\":%u,\"name\":", p->id);
	json_string(out, name);
	fprintf(out,
	        ",\"pc\":\"0x%llx\",\"kind\":\"%s\",\"step\":\"%s\",\"enabled\":%s,\"stay\":%s,\"hits\":%u,\"recorded\":%u,"
	        "\"filtered\":%u,\"missed\":%u,\"dropped\":%u,\"maxactive\":%u,\"limit\":%u,\"limit_reached\":%s}\n",
	        (unsigned long long)p->addr, kind_name(p), step_name(p->step), p->enabled ? "true" : "false",
	        p->stay ? "true" : "false", c->hits, c->recorded, c->filtered, c->missed, c->dropped, p->maxactive, p->limit,
	        limit_reached(p) ? "true" : "false");
}

/* By enum format. */
static const struct {
	const char *head;
	void (*print)(FILE *, const struct remote_probe *, const char *name);
} forms[] = {
        [FORMAT_TEXT] = {" id name                     address     kind      step          state          stays    counts\n",
                         print_text},
        [FORMAT_JSONL] = {"", print_jsonl},
        [FORMAT_CSV] =
                {"probe,name,pc,kind,step,enabled,stay,hits,recorded,filtered,missed,dropped,maxactive,limit,limit_reached\n",
                 print_csv},
};

static int list(struct attached *a, const struct options *o)
{
	struct remotes remotes;
	FILE *out;
	int status = read_all(&a->session, &remotes);

	if (status)
		return status;
	out = output_open(o);
	if (!out)
		return OUTPUT;
	if (remotes.n || o->format == FORMAT_CSV)
		fputs(forms[o->format].head, out);
	for (size_t i = 0; i < remotes.n; i++) {
		char name[NAME_MAX_SHOWN];

		describe(a->elf, &remotes.at[i], name);
		forms[o->format].print(out, &remotes.at[i], name);
	}
	if (!remotes.n)
		note("no probes on the target");
	return output_close(out);
}

int cmd_list(const struct options *o, int argc, char **argv)
{
	struct attached a;
	int status;

	(void)argv;
	if (argc)
		return usage("list");
	status = attach(&a, o, WANT_PORT | MAY_ELF | IF_SAME);
	if (status)
		return status;
	status = list(&a, o);
	detach(&a);
	return status;
}

/* -- enable, disable, del -- */

enum change { ENABLE, DISABLE, DELETE };

static int apply(struct session *s, const struct remote_probe *p, enum change change, const char *name)
{
	static const char *const done[] = {"enabled", "disabled", "deleted"};
	bool restored = true;
	int result = change == DELETE ? target_delete(s, p->id, &restored) : target_enable(s, p->id, change == ENABLE);

	if (result)
		return target_report(s, result, name);
	note("probe  %u %s  %s%s", p->id, name, done[change], restored ? "" : "; its breakpoint stays, for another probe");
	return DONE;
}

/* What a word names: an id, `all`, or what is at an address or a name as `list` shows it; with %return only its returns. */
struct named {
	bool all, id, returns;
	uint64_t number;
};

static int parse_named(struct named *named, const struct elf *elf, const char *word)
{
	char *place = copy_string(word);
	uint64_t size;
	int status = DONE;

	*named = (struct named){.all = strcmp(word, "all") == 0, .returns = place_at_return(place)};
	if (!named->all && parse_number(place, &named->number))
		named->id = strncmp(place, "0x", 2) != 0;
	else if (!named->all)
		status = place_parse(place, elf, &named->number, &size);
	free(place);
	return status;
}

static bool names(const struct named *named, const struct remote_probe *p)
{
	if (named->returns && !(p->kind & KIND_RETURN))
		return false;
	return named->all || named->number == (named->id ? p->id : p->addr);
}

static int change_named(struct attached *a, const struct remotes *remotes, const char *word, enum change change)
{
	struct named named;
	bool found;
	int status = parse_named(&named, a->elf, word);

	if (status)
		return status;
	found = named.all;
	for (size_t i = 0; i < remotes->n && !status; i++) {
		char name[NAME_MAX_SHOWN];

		if (!names(&named, &remotes->at[i]))
			continue;
		found = true;
		describe(a->elf, &remotes->at[i], name);
		status = apply(&a->session, &remotes->at[i], change, name);
	}
	if (!found) {
		fail(REFUSED, "no probe '%s' on the target", word);
		hint("%s", error_hint(TL_ENOENT));
		return REFUSED;
	}
	return status;
}

static int change_probes(const struct options *o, int argc, char **argv, enum change change, const char *command)
{
	struct remotes remotes;
	struct attached a;
	int status;

	if (!argc)
		return usage(command);
	status = attach(&a, o, WANT_PORT | MAY_ELF | IF_SAME);
	if (status)
		return status;
	status = read_all(&a.session, &remotes);
	for (int i = 0; i < argc && !status; i++)
		status = change_named(&a, &remotes, argv[i], change);
	detach(&a);
	return status;
}

int cmd_enable(const struct options *o, int argc, char **argv)
{
	return change_probes(o, argc, argv, ENABLE, "enable");
}

int cmd_disable(const struct options *o, int argc, char **argv)
{
	return change_probes(o, argc, argv, DISABLE, "disable");
}

int cmd_del(const struct options *o, int argc, char **argv)
{
	return change_probes(o, argc, argv, DELETE, "del");
}
