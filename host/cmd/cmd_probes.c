/* SPDX-License-Identifier: MIT */
/*
 * trapline list, enable, disable, del: probes that trapline add has added, on the target until they
 * are deleted.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/csv.h"
#include "base/json.h"
#include "base/say.h"
#include "base/util.h"
#include "cmd/cmd.h"
#include "error.h"
#include "output/output.h"
#include "program/place.h"
#include "program/spec.h"
#include "record.h"
#include "session/added.h"
#include "session/attach.h"
#include "session/data.h"
#include "session/fields.h"
#include "session/flash.h"
#include "session/target.h"

/* -- list -- */

/* Has it ended by itself? What it dropped counts, too: the agent has caught it. */
static bool limit_reached(const struct remote_probe *p)
{
	return !p->enabled && p->limit &&
	       (uint64_t)p->counters.recorded + p->counters.dropped >= p->limit;
}

/* Then `maxactive` is its bytes, and its address that of data. */
static bool is_watch(const struct remote_probe *p)
{
	return p->kind & KIND_WATCH;
}

/* Of a program's, as it was linked: where it is loaded may change. */
static uint64_t address_of(const struct remote_probe *p)
{
	return *p->image ? p->link : p->addr;
}

static const char *kind_name(const struct remote_probe *p)
{
	return p->kind & KIND_SNAPSHOT ? "snapshot" : "count";
}

static void print_text(FILE *out, const struct added_probe *added)
{
	const struct remote_probe *p = &added->remote;
	const struct counters *c = &p->counters;
	const char *state = p->enabled         ? p->step & STEP_OVER ? "overload" : "enabled"
	                    : limit_reached(p) ? "limit reached"
	                                       : "disabled";

	fprintf(out, "%3u %-24s 0x%08llx  %-8s  %-12s  %-13s  %-7s  %u hits", p->id, added->name,
	        (unsigned long long)address_of(p), kind_name(p),
	        p->step & STEP_COMPARATOR ? "comparator" : step_name(p->step), state,
	        p->stay ? "stays" : "session", c->hits);
	if (c->filtered)
		fprintf(out, ", %u filtered", c->filtered);
	fprintf(out, ", %u missed, %u dropped", c->missed, c->dropped);
	if (*p->image)
		fprintf(out, ", in %s", p->image);
	if (p->error)
		fprintf(out, ": %s", error_text((unsigned)p->error));
	if (p->maxactive)
		fprintf(out, p->kind & KIND_WATCH ? ", %u bytes" : ", maxactive %u", p->maxactive);
	if (added->stack)
		fprintf(out, ", %u bytes of stack", added->stack);
	if (added->io)
		fprintf(out, ", --io %s", added->io);
	if (added->words && *added->words)
		fprintf(out, "; %s", added->words);
	fputc('\n', out);
}

static void print_csv(FILE *out, const struct added_probe *added)
{
	const struct remote_probe *p = &added->remote;
	const struct counters *c = &p->counters;

	fprintf(out, "%u,", p->id);
	csv_string(out, added->name);
	fprintf(out, ",0x%llx,%s,%s,%d,%d,%u,%u,%u,%u,%u,%u,%u,%d,%u,%u,",
	        (unsigned long long)address_of(p), kind_name(p), step_name(p->step), p->enabled,
	        p->stay, c->hits, c->recorded, c->filtered, c->missed, c->dropped,
	        is_watch(p) ? 0 : p->maxactive, p->limit, limit_reached(p),
	        is_watch(p) ? p->maxactive : 0, added->stack);
	csv_string(out, added->words ? added->words : "");
	fputc(',', out);
	csv_string(out, added->io ? added->io : "");
	fprintf(out, ",%s,%d\n", p->image, !!(p->step & STEP_OVER));
}

static void print_jsonl(FILE *out, const struct added_probe *added)
{
	const struct remote_probe *p = &added->remote;
	const struct counters *c = &p->counters;

	fprintf(out, "{\"probe\":%u,\"name\":", p->id);
	json_string(out, added->name);
	fprintf(out,
	        ",\"pc\":\"0x%llx\",\"kind\":\"%s\",\"step\":\"%s\",\"enabled\":%s,\"stay\":%s,"
	        "\"hits\":%u,\"recorded\":%u,"
	        "\"filtered\":%u,\"missed\":%u,\"dropped\":%u,\"maxactive\":%u,\"limit\":%u,"
	        "\"limit_reached\":%s,\"bytes\":%u,\"stack\":%u",
	        (unsigned long long)address_of(p), kind_name(p), step_name(p->step),
	        p->enabled ? "true" : "false", p->stay ? "true" : "false", c->hits, c->recorded,
	        c->filtered, c->missed, c->dropped, is_watch(p) ? 0 : p->maxactive, p->limit,
	        limit_reached(p) ? "true" : "false", is_watch(p) ? p->maxactive : 0, added->stack);
	if (added->words) {
		fputs(",\"words\":", out);
		json_string(out, added->words);
	}
	if (added->io) {
		fputs(",\"io\":", out);
		json_string(out, added->io);
	}
	if (*p->image)
		fprintf(out, ",\"image\":\"%s\"", p->image);
	if (p->step & STEP_OVER)
		fputs(",\"overload\":true", out);
	if (p->error) {
		fputs(",\"refused\":", out);
		json_string(out, error_text((unsigned)p->error));
	}
	fputs("}\n", out);
}

/* By enum format. */
static const struct {
	const char *head;
	void (*print)(FILE *, const struct added_probe *);
} forms[] = {
        [FORMAT_TEXT] = {" id name                     address     kind      step          state   "
                         "       stays    counts\n",
                         print_text},
        [FORMAT_JSONL] = {"", print_jsonl},
        [FORMAT_CSV] = {"probe,name,pc,kind,step,enabled,stay,hits,recorded,filtered,missed,"
                        "dropped,maxactive,limit,limit_reached,bytes,stack,words,io,"
                        "image,overload\n",
                        print_csv},
};

static int list(struct attached *a, const struct options *o)
{
	struct added added;
	FILE *out;
	int status = added_read(&a->session, a->elf, &added);

	if (status) {
		added_free(&added);
		return status;
	}
	out = output_open(o);
	if (!out) {
		added_free(&added);
		return OUTPUT;
	}
	if (added.n || o->format == FORMAT_CSV)
		fputs(forms[o->format].head, out);
	for (size_t i = 0; i < added.n; i++)
		forms[o->format].print(out, &added.at[i]);
	if (!added.n)
		note("no probes on the target");
	added_free(&added);
	return output_close(out);
}

int cmd_list(const struct options *o, int argc, char **argv)
{
	struct attached a;
	int status;

	(void)argv;
	if (argc)
		return MISUSED;
	status = attach(&a, o, WANT_PORT | MAY_ELF | IF_SAME);
	if (status)
		return status;
	status = list(&a, o);
	detach(&a);
	return status;
}

/* -- enable, disable, del -- */

enum change { ENABLE, DISABLE, DELETE };

static int apply(struct session *s, const struct remote_probe *p, enum change change,
                 const char *name)
{
	static const char *const done[] = {"enabled", "disabled", "deleted"};
	bool restored = true;
	int result = change == DELETE ? target_delete(s, p->id, &restored)
	                              : target_enable(s, p->id, change == ENABLE);

	if (result)
		return target_report(s, target_of_watch(p->kind, result), name);
	note("probe  %u %s  %s%s", p->id, name, done[change],
	     restored ? "" : "; its breakpoint stays, for another probe");
	return DONE;
}

/* What a word names: an id, `all`, or what is at an address or a name as `list` shows it; with
 * %return only its returns. */
struct named {
	bool all, id, returns;
	unsigned watch; /* of data: its kind, */
	unsigned bytes; /* and how many */
	uint64_t number;
};

/* As it is written when it is added. */
static int parse_watch(struct named *named, const struct attached *a, struct point *p)
{
	struct fields_source from = {.elf = a->elf, .isa = a->session.target.isa};
	struct points one = {.at = p, .n = 1};
	int status;

	if (a->elf)
		from.types = types_open(a->elf->lines, from.isa->word);
	status = points_locate(&one, &from);
	types_close(from.types);
	named->number = p->addr;
	named->watch = kind_of_point(p);
	named->bytes = (unsigned)p->bytes;
	return status;
}

static int parse_named(struct named *named, const struct attached *a, const char *word)
{
	char *place = copy_string(word);
	struct point data = {0};
	uint64_t size;
	int status = DONE;

	*named = (struct named){.all = strcmp(word, "all") == 0, .returns = place_at_return(place)};
	if (!named->all && parse_number(place, &named->number))
		named->id = strncmp(place, "0x", 2) != 0;
	else if (!named->all)
		status = place_of_data(place, a->elf, &data)
		                 ? parse_watch(named, a, &data)
		                 : place_parse(place, a->elf, &named->number, &size);
	free(place);
	return status;
}

static bool names(const struct named *named, const struct remote_probe *p)
{
	if (named->returns && !(p->kind & KIND_RETURN))
		return false;
	if (named->watch &&
	    ((p->kind & KIND_WATCH) != named->watch || p->maxactive != named->bytes))
		return false;
	return named->all || named->number == (named->id ? p->id : p->addr);
}

static int change_named(struct attached *a, const struct added *added, const char *word,
                        enum change change)
{
	const struct added_probe *one = added_find(added, word);
	struct named named = {.id = true};
	bool found;
	int status = DONE;

	if (one)
		named.number = one->remote.id;
	else
		status = parse_named(&named, a, word);
	if (status)
		return status;
	found = named.all;
	for (size_t i = 0; i < added->n && !status; i++) {
		const struct added_probe *p = &added->at[i];

		if (!names(&named, &p->remote))
			continue;
		found = true;
		status = apply(&a->session, &p->remote, change, p->name);
	}
	if (!found) {
		fail(REFUSED, "no probe '%s' on the target", word);
		hint("%s", error_hint(TL_ENOENT));
		return REFUSED;
	}
	return status;
}

/* What was deleted leaves its page, what was enabled waits for it. */
static int settle_flash(struct attached *a, enum change change)
{
	struct target_flash f;
	int result;

	if (change == DISABLE || !(a->session.target.features & TL_FEATURE_FLASH))
		return DONE;
	result = target_flash(&a->session, &f);
	if (result == TL_ENOSUP) /* the firmware gives no driver: there is nothing to do */
		return DONE;
	if (result)
		return target_report(&a->session, result, "asking for pages of flash");
	return f.used || f.left ? flash_write_or_say(&a->session, change == ENABLE) : DONE;
}

static int change_probes(const struct options *o, int argc, char **argv, enum change change)
{
	struct added added;
	struct attached a;
	int status;

	if (!argc)
		return MISUSED;
	status = attach(&a, o, WANT_PORT | MAY_ELF | IF_SAME);
	if (status)
		return status;
	status = added_read(&a.session, a.elf, &added);
	for (int i = 0; i < argc && !status; i++)
		status = change_named(&a, &added, argv[i], change);
	if (!status)
		status = settle_flash(&a, change);
	added_free(&added);
	detach(&a);
	return status;
}

int cmd_enable(const struct options *o, int argc, char **argv)
{
	return change_probes(o, argc, argv, ENABLE);
}

int cmd_disable(const struct options *o, int argc, char **argv)
{
	return change_probes(o, argc, argv, DISABLE);
}

int cmd_del(const struct options *o, int argc, char **argv)
{
	return change_probes(o, argc, argv, DELETE);
}
