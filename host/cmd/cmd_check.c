/* SPDX-License-Identifier: MIT */
/*
 * trapline check POINT…: would a probe be accepted? By the ELF alone, and by the target too where a
 * port is given.
 */
#include <stdio.h>

#include "base/csv.h"
#include "base/json.h"
#include "base/say.h"
#include "cmd/cmd.h"
#include "output/output.h"
#include "program/check.h"
#include "program/danger.h"
#include "program/lookup.h"
#include "program/spec.h"
#include "session/attach.h"
#include "session/fields.h"
#include "session/target.h"

/* What is known of a point: by whom, how it would be stepped. */
static void accepted(FILE *out, const struct point *p, const char *by, const char *step,
                     unsigned length, enum format format)
{
	if (format == FORMAT_TEXT) {
		fprintf(out, "%s  0x%08llx  %u bytes  %s  accepted by %s\n", p->name,
		        (unsigned long long)p->addr, length, step, by);
	} else if (format == FORMAT_CSV) {
		csv_string(out, p->name);
		fprintf(out, ",0x%llx,%u,%s,%s\n", (unsigned long long)p->addr, length, step, by);
	} else {
		fputs("{\"name\":", out);
		json_string(out, p->name);
		fprintf(out, ",\"addr\":\"0x%llx\",\"length\":%u,\"step\":\"%s\",\"by\":\"%s\"}\n",
		        (unsigned long long)p->addr, length, step, by);
	}
}

static int ask_target(FILE *out, struct attached *a, const struct point *p, enum format format)
{
	unsigned step, length;
	int result = target_check(&a->session, a->elf, p->addr,
	                          p->at_return ? KIND_RETURN : KIND_COUNT, &step, &length);

	if (result)
		return target_report(&a->session, result, p->name);
	accepted(out, p, "the target", step_name(step), length, format);
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
static int check_values(const struct attached *a, const struct tl_isa *isa,
                        const struct point *point)
{
	struct types *types = a->elf ? types_open(a->elf->lines, isa->word) : NULL;
	struct fields *fields;
	int status = fields_make(point, a->elf, isa, types, &fields);

	fields_free(fields);
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
	if (a->online)
		session_wait(&a->session, 0, "what the target says of each point");
	if (o->format == FORMAT_CSV)
		fputs("name,addr,length,step,by\n", out);
	for (int i = 0; i < argc; i++) {
		struct points points = {0};
		int status = points_parse(&points, 1, &argv[i], a->elf, isa,
		                          &(struct point_rules){o->all, o->force});

		for (size_t j = 0; j < points.n && !status; j++)
			status = check_values(a, isa, &points.at[j]);
		for (size_t j = 0; j < points.n && (!status || !points.at[j].nargs); j++) {
			struct verdict v;

			if (a->elf) {
				check_address(a->elf, points.at[j].addr, points.at[j].at_return,
				              &v);
				if (!v.error)
					accepted(out, &points.at[j], "the host",
					         check_step_name(a->elf->isa, &v.insn,
					                         points.at[j].addr),
					         v.insn.len, o->format);
			}
			if (a->online && !status)
				status = ask_target(out, a, &points.at[j], o->format);
		}
		points_free(&points);
		if (status && !worst)
			worst = status;
		if (status == LINK)
			break;
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
