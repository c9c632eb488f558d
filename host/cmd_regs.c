/* SPDX-License-Identifier: MIT */
/*
 * trapline regs [POINT]: the core registers where the agent is polled, or at the next hit of a point.
 */
#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "export.h"
#include "interrupt.h"
#include "isas.h"
#include "say.h"
#include "util.h"

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
			fprintf(out, "%s%s\n", isa->regs[i].kind == TL_REG_POINTER && place[0] != '0' ? "  " : "",
			        isa->regs[i].kind == TL_REG_POINTER && place[0] != '0' ? place : "");
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

/* Arms the point once, and waits. */
static int at_hit(struct attached *a, const struct options *o, char **argv, struct capture *c)
{
	struct options once = *o;
	struct run run = {.on_hit = on_hit, .ctx = c};
	struct points points = {0};
	uint64_t end = now_ms() + o->duration;
	int status = points_parse(&points, 1, argv, a->elf, a->session.target.isa, o);

	if (status)
		return status;
	once.hits = 1;
	status = run_begin(&run, a, &once, &points, KIND_SNAPSHOT);
	if (!status) {
		int ended;

		while (!status && !c->taken && !interrupted() && !(o->duration && now_ms() >= end))
			status = run_step(&run, 50);
		ended = run_end(&run);
		if (!status)
			status = ended;
	}
	run_free(&run);
	points_free(&points);
	if (!status && !c->taken) {
		fail(UNMET, "%s was not hit", argv[0]);
		hint("give it more time: -d TIME, or none to wait until Ctrl-C");
		return UNMET;
	}
	return status;
}

int cmd_regs(const struct options *o, int argc, char **argv)
{
	struct capture c = {0};
	struct attached a;
	int status;

	if (argc > 1)
		return usage("regs");
	status = attach(&a, o, WANT_PORT | MAY_ELF);
	if (status)
		return status;
	if (argc) {
		status = at_hit(&a, o, argv, &c);
	} else {
		int result = target_registers(&a.session, c.regs);

		c.mask = isa_all(a.session.target.isa);
		if (result)
			status = target_report(&a.session, result, "reading the registers");
		else
			note("these are the agent's, where it is polled; trapline regs POINT shows the firmware's at a hit");
	}
	if (!status) {
		FILE *out = output_open(o);

		if (out)
			print(out, &a, &c, o->format);
		status = out ? output_close(out) : OUTPUT;
	}
	detach(&a);
	return status;
}
