/* SPDX-License-Identifier: MIT */
/*
 * trapline check POINT…: would a probe be accepted? By the ELF alone, and by the target too where a
 * port is given.
 */
#include <stdio.h>
#include <stdlib.h>

#include "base/csv.h"
#include "base/json.h"
#include "base/say.h"
#include "base/util.h"
#include "cmd/cmd.h"
#include "output/output.h"
#include "program/check.h"
#include "program/danger.h"
#include "program/lookup.h"
#include "program/spec.h"
#include "session/attach.h"
#include "session/data.h"
#include "session/flash.h"
#include "session/settle.h"
#include "session/stacks.h"
#include "session/target.h"

/* A point, and the bytes of its fetch program; 0: it has none. */
struct checked {
	const struct point *p;
	const struct elf *elf;
	unsigned program;
};

/* What is known of a point: by whom, how it would be stepped. */
static void accepted(FILE *out, const struct checked *c, const char *by, const char *step,
                     unsigned length, enum format format)
{
	const struct point *p = c->p;
	uint64_t addr = elf_linked(c->elf, p->addr);

	if (format == FORMAT_TEXT) {
		fprintf(out, "%s  0x%08llx  %u bytes  %s  accepted by %s", p->name,
		        (unsigned long long)addr, length, step, by);
		if (c->program)
			fprintf(out, "  fetch program of %u bytes", c->program);
		fputc('\n', out);
	} else if (format == FORMAT_CSV) {
		csv_string(out, p->name);
		fprintf(out, ",0x%llx,%u,%s,%s,", (unsigned long long)addr, length, step, by);
		fprintf(out, c->program ? "%u\n" : "\n", c->program);
	} else {
		fputs("{\"name\":", out);
		json_string(out, p->name);
		fprintf(out, ",\"addr\":\"0x%llx\",\"length\":%u,\"step\":\"%s\",\"by\":\"%s\"",
		        (unsigned long long)addr, length, step, by);
		if (c->program)
			fprintf(out, ",\"program\":%u", c->program);
		fputs("}\n", out);
	}
}

static int ask_target(FILE *out, struct attached *a, const struct checked *c,
                      const struct options *o)
{
	const struct point *p = c->p;
	struct remote_probe probe = {.addr = p->addr,
	                             .kind = kind_of_point(p),
	                             .maxactive = (unsigned)p->bytes,
	                             .flash = o->flash && !p->watch};
	unsigned length;
	int result = target_check(&a->session, a->elf, &probe, &length);

	if (result)
		return target_report(&a->session, result, p->name);
	accepted(out, c, "the target", step_name(probe.step), length, o->format);
	return DONE;
}

/* What the agent calls in a trap only the target knows for sure. */
static void what_is_open(const struct attached *a)
{
	if (!a->online && elf_find(a->elf, "tl_init", NULL) && !danger_knows_ticks(a->elf->danger))
		note("%s does not tell what the agent calls in a trap (no variable of type struct "
		     "tl_port); the target will",
		     a->elf->name);
}

/* Could a hit show what is asked for? */
static int check_values(const struct fields_source *from, struct checked *c)
{
	struct fields *fields;
	struct fetch *fetch;
	int status = fields_make(c->p, from, &fields, &fetch);

	if (fetch)
		fetch_code(fetch, &c->program);
	fields_free(fields);
	fetch_free(fetch);
	return status;
}

/* By the ELF alone. */
static void check_host(FILE *out, const struct attached *a, const struct checked *c,
                       enum format format)
{
	struct verdict v;

	if (c->p->watch) {
		accepted(out, c, "the host", "watchpoint", (unsigned)c->p->bytes, format);
		return;
	}
	check_address(a->elf, c->p->addr, c->p->at_return, &v);
	if (!v.error)
		accepted(out, c, "the host", check_step_name(a->elf->isa, &v.insn, c->p->addr),
		         v.insn.len, format);
}

/* The points of one argument. */
static int check_points(FILE *out, struct attached *a, const struct options *o,
                        const struct tl_isa *isa, struct points *points)
{
	struct checked *c = grow(NULL, points->n + 1, sizeof *c);
	struct types *types = a->elf ? types_open(a->elf->lines, isa->word) : NULL;
	struct fields_source from = {.elf = a->elf,
	                             .isa = isa,
	                             .types = types,
	                             .fetch = !a->online ||
	                                      a->session.target.features & TL_FEATURE_FETCH,
	                             .stack = o->stack};
	int status = points_locate(points, &from);

	if (status) {
		free(c);
		types_close(types);
		return status;
	}
	points_settle(points, &from);
	for (size_t i = 0; i < points->n; i++) {
		c[i] = (struct checked){.p = &points->at[i], .elf = a->elf};
		if (!status)
			status = check_values(&from, &c[i]);
	}
	for (size_t i = 0; i < points->n; i++) {
		if (status && (c[i].p->nargs || c[i].p->condition))
			break;
		if (a->elf)
			check_host(out, a, &c[i], o->format);
		if (a->online && !status)
			status = ask_target(out, a, &c[i], o);
	}
	free(c);
	types_close(types);
	return status;
}

static int check(struct attached *a, const struct options *o, int argc, char **argv)
{
	const struct tl_isa *isa = a->online ? a->session.target.isa : a->elf->isa;
	FILE *out = output_open(o);
	int written;
	int worst = DONE;

	if (!out)
		return OUTPUT;
	if (a->online && o->flash)
		worst = flash_may(&a->session);
	if (!worst && o->stack)
		worst = stacks_may(a);
	if (a->online && !worst)
		session_wait(&a->session, 0, "what the target says of each point");
	if (o->format == FORMAT_CSV)
		fputs("name,addr,length,step,by,program\n", out);
	for (int i = 0; i < argc && worst != LINK; i++) {
		struct points points = {0};
		int status = points_parse(&points, 1, &argv[i], a->elf, isa,
		                          &(struct point_rules){o->all, o->force});

		if (!status)
			status = check_points(out, a, o, isa, &points);
		points_free(&points);
		if (status && (!worst || status == LINK))
			worst = status;
	}
	session_wait_over(&a->session);
	what_is_open(a);
	written = output_close(out);
	return worst ? worst : written;
}

int cmd_check(const struct options *o, int argc, char **argv)
{
	struct attached a;
	int status;

	if (!argc)
		return MISUSED;
	status = attach(&a, o, o->port ? MAY_ELF | MAY_PORT : WANT_ELF);
	if (status)
		return status;
	status = check(&a, o, argc, argv);
	detach(&a);
	return status;
}
