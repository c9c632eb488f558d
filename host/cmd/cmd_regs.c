/* SPDX-License-Identifier: MIT */
/*
 * trapline regs [POINT]: the firmware's core registers where it has called tl_poll(), or at the
 * next hit of a point.
 */
#include <stdio.h>
#include <string.h>

#include "base/interrupt.h"
#include "base/say.h"
#include "base/util.h"
#include "cmd/cmd.h"
#include "error.h"
#include "output/output.h"
#include "program/isas.h"
#include "program/lookup.h"
#include "session/run.h"

struct capture {
	bool taken;
	uintptr_t regs[TL_RECORD_REGS];
	uintptr_t mask;
};

static void print(FILE *out, const struct attached *a, const struct capture *c, enum format format)
{
	const struct tl_isa *isa = a->session.target.isa;
	const char *separator = "";
	char place[160];

	if (format == FORMAT_JSONL)
		fputs("{\"regs\":{", out);
	if (format == FORMAT_CSV)
		fputs("register,value\n", out);
	for (unsigned i = 0; i < isa->ncore; i++) {
		unsigned long long v = c->regs[i];

		if (!(c->mask >> i & 1))
			continue;
		if (format == FORMAT_JSONL) {
			fprintf(out, "%s\"%s\":\"0x%llx\"", separator, isa->regs[i].name, v);
		} else if (format == FORMAT_CSV) {
			fprintf(out, "%s,0x%llx\n", isa->regs[i].name, v);
		} else {
			fprintf(out, "%-6s 0x%0*llx", isa->regs[i].name, 2 * isa->word, v);
			elf_describe(a->elf, isa_code_address(isa, v), place, sizeof place);
			fprintf(out, "%s%s\n",
			        isa->regs[i].kind == TL_REG_POINTER && place[0] != '0' ? "  " : "",
			        isa->regs[i].kind == TL_REG_POINTER && place[0] != '0' ? place
			                                                               : "");
		}
		separator = ",";
	}
	if (format == FORMAT_JSONL)
		fputs("}}\n", out);
}

static void on_hit(void *ctx, const struct hit *h)
{
	struct capture *c = ctx;

	if (c->taken)
		return;
	c->taken = true;
	c->mask = h->mask;
	memcpy(c->regs, h->regs, sizeof c->regs);
}

/* Arms the points once, and waits. */
static int at_hit(struct attached *a, const struct options *o, const struct points *points,
                  struct capture *c)
{
	struct options once = *o;
	struct run run = {.on_hit = on_hit, .ctx = c};
	uint64_t end = now_ms() + o->duration;
	int status;

	once.hits = 1;
	status = run_begin(&run, a, &once, points, KIND_SNAPSHOT);
	if (!status) {
		int ended;

		while (!status && !c->taken && !interrupted() && !(o->duration && now_ms() >= end))
			status = run_step(&run, 50);
		ended = run_end(&run);
		if (!status)
			status = ended;
	}
	run_free(&run);
	if (!status && !c->taken) {
		fail(UNMET, "%s was not hit", points->at[0].name);
		hint("give it more time: -d TIME, or none to wait until Ctrl-C");
		return UNMET;
	}
	return status;
}

static int at_point(struct attached *a, const struct options *o, char **argv, struct capture *c)
{
	struct points points = {0};
	int status = points_parse(&points, 1, argv, a->elf, a->session.target.isa,
	                          &(struct point_rules){o->all, o->force});

	if (!status)
		status = fields_none(&points, false);
	if (!status && points.n && points.at[0].watch) {
		status = fail(USAGE, "'%s' is data, and this takes a place in code", argv[0]);
		hint("trapline watch '%s' shows who uses it", argv[0]);
	}
	if (!status)
		status = at_hit(a, o, &points, c);
	points_free(&points);
	return status;
}

/* The firmware's, where the agent goes back to it, if that can be probed; else the agent's own,
 * which is said. */
static int at_poll(struct attached *a, const struct options *o, struct capture *c)
{
	char name[] = "where tl_poll() was called";
	struct point point = {.name = name};
	struct remote_probe probe = {.kind = KIND_SNAPSHOT};
	unsigned length;
	int result = target_registers(&a->session, c->regs, &point.addr);

	c->mask = isa_all(a->session.target.isa);
	if (result)
		return target_report(&a->session, result, "reading the registers");
	if (!point.addr)
		return DONE; /* a debugger has stopped it */
	probe.addr = point.addr;
	result = target_check(&a->session, a->elf, &probe, &length);
	if (!result)
		return at_hit(a, o, &(struct points){.at = &point, .n = 1}, c);
	if (result < 0)
		return target_report(&a->session, result, name);
	note("these are the agent's own: it goes back to 0x%08llx, which cannot be probed: %s",
	     (unsigned long long)point.addr, error_text((enum tl_error)result));
	hint("trapline regs POINT shows the firmware's at a hit");
	return DONE;
}

int cmd_regs(const struct options *o, int argc, char **argv)
{
	struct capture c = {0};
	struct attached a;
	int status;

	if (argc > 1)
		return MISUSED;
	status = attach(&a, o, WANT_PORT | MAY_ELF);
	if (status)
		return status;
	status = argc ? at_point(&a, o, argv, &c) : at_poll(&a, o, &c);
	if (!status) {
		FILE *out = output_open(o);

		if (out)
			print(out, &a, &c, o->format);
		status = out ? output_close(out) : OUTPUT;
	}
	detach(&a);
	return status;
}
