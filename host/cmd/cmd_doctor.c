/* SPDX-License-Identifier: MIT */
/*
 * trapline doctor: is all well between here and the probes, and if not, what is to be done. Each
 * check is one row of the table. What a check says on its way is what it has found.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/csv.h"
#include "base/interrupt.h"
#include "base/json.h"
#include "base/say.h"
#include "base/util.h"
#include "cmd/cmd.h"
#include "cmd/doctor.h"
#include "output/output.h"

static const struct check {
	const char *name;
	unsigned needs;
	int (*run)(struct doctor *);
} checks[] = {
        {"port", 0, doctor_port},
        {"others", NEEDS_PORT, doctor_holders},
        {"open", NEEDS_PORT, doctor_open},
        {"agent", NEEDS_OPEN, doctor_agent},
        {"line", NEEDS_OPEN, doctor_line},
        {"loopback", NEEDS_OPEN, doctor_loopback},
        {"session", NEEDS_AGENT, doctor_session},
        {"answers", NEEDS_AGENT, doctor_answers},
        {"polls", NEEDS_AGENT, doctor_polls},
        {"errors", NEEDS_AGENT, doctor_errors},
        {"armed", NEEDS_AGENT, doctor_armed},
        {"debugger", NEEDS_AGENT, doctor_debugger},
        {"probes", NEEDS_AGENT, doctor_probes},
        {"elf", 0, doctor_elf},
        {"debug", NEEDS_ELF, doctor_debug},
        {"match", NEEDS_ELF | NEEDS_AGENT, doctor_match},
};

static const struct {
	unsigned need;
	const char *missing;
} needs[] = {{NEEDS_PORT, "no port is given"},
             {NEEDS_OPEN, "the port is not open"},
             {NEEDS_AGENT, "no agent answers"},
             {NEEDS_ELF, "no ELF is read"}};

static const struct {
	const char *name, *colour;
} verdicts[] = {[VERDICT_OK] = {"ok", "\033[32m"},
                [VERDICT_WARN] = {"warn", "\033[33m"},
                [VERDICT_BAD] = {"bad", "\033[1;31m"},
                [VERDICT_SKIPPED] = {"-", "\033[2m"}};

/* -- What a check finds -- */

/* What others say while a check runs. */
static void take(void *ctx, enum say_kind kind, const char *text)
{
	struct doctor *d = ctx;

	if (kind == SAY_HINT || d->finding.verdict == VERDICT_BAD)
		advise(d, "%s", text);
	else
		found(d, kind == SAY_ERROR ? VERDICT_BAD : VERDICT_WARN, "%s", text);
}

/* -- How it is shown -- */

static void show_text(FILE *out, const struct check *c, const struct finding *f)
{
	bool coloured = out == stdout && colour_on(STDOUT_FILENO);

	if (f->verdict == VERDICT_SKIPPED && !say_verbose())
		return; /* why, the check that failed has said */
	fprintf(out, "%s%-4s%s  %-8s  %s\n", coloured ? verdicts[f->verdict].colour : "",
	        verdicts[f->verdict].name, coloured ? "\033[0m" : "", c->name, f->found);
	for (unsigned i = 0; i < f->nhints; i++)
		fprintf(out, "                hint:  %s\n", f->hints[i]);
}

static void show_json(FILE *out, const struct check *c, const struct finding *f)
{
	fprintf(out, "{\"check\":\"%s\",\"verdict\":\"%s\",\"found\":", c->name,
	        f->verdict == VERDICT_SKIPPED ? "skipped" : verdicts[f->verdict].name);
	json_string(out, f->found);
	fputs(",\"hints\":[", out);
	for (unsigned i = 0; i < f->nhints; i++) {
		fputs(i ? "," : "", out);
		json_string(out, f->hints[i]);
	}
	fputs("]}\n", out);
}

/* The hints in one field, a line each. */
static void show_csv(FILE *out, const struct check *c, const struct finding *f)
{
	char *all = copy_string("");

	for (unsigned i = 0; i < f->nhints; i++) {
		char *longer = format_string("%s%s%s", all, i ? "\n" : "", f->hints[i]);

		free(all);
		all = longer;
	}
	fprintf(out, "%s,%s,", c->name,
	        f->verdict == VERDICT_SKIPPED ? "skipped" : verdicts[f->verdict].name);
	csv_string(out, f->found);
	fputc(',', out);
	csv_string(out, all);
	fputc('\n', out);
	free(all);
}

static void (*const show[])(FILE *, const struct check *, const struct finding *) = {
        [FORMAT_TEXT] = show_text, [FORMAT_JSONL] = show_json, [FORMAT_CSV] = show_csv};

/* -- All of them -- */

static const char *missing(const struct doctor *d, const struct check *c)
{
	for (size_t i = 0; i < sizeof needs / sizeof *needs; i++)
		if (c->needs & needs[i].need & ~d->has)
			return needs[i].missing;
	return NULL;
}

/* One check: the exit status of what is bad, or 0. */
static int examine(struct doctor *d, const struct check *c, FILE *out, unsigned *counts)
{
	struct finding *f = &d->finding;
	const char *why = missing(d, c);
	int status = DONE;

	*f = (struct finding){0};
	if (why) {
		found(d, VERDICT_SKIPPED, "not looked at: %s", why);
	} else {
		say_divert(take, d);
		status = c->run(d);
		say_divert(NULL, NULL);
	}
	if (status && f->verdict != VERDICT_BAD)
		found(d, VERDICT_BAD, "%s", f->found ? f->found : "it failed");
	counts[f->verdict]++;
	show[d->options->format](out, c, f);
	forget_hints(d);
	free(f->found);
	return f->verdict == VERDICT_BAD ? status : DONE;
}

static void summarise(FILE *out, enum format format, const unsigned *counts, int status)
{
	unsigned bad = counts[VERDICT_BAD], warn = counts[VERDICT_WARN];

	if (format == FORMAT_JSONL)
		fprintf(out, "{\"end\":true,\"bad\":%u,\"warn\":%u,\"skipped\":%u,\"status\":%d}\n",
		        bad, warn, counts[VERDICT_SKIPPED], status);
	if (bad)
		note("%u bad, %u to look at; %u not looked at before that is mended", bad, warn,
		     counts[VERDICT_SKIPPED]);
	else if (warn)
		note("nothing bad, %u to look at", warn);
	else if (!interrupted())
		note("all is well");
	if (interrupted())
		note("interrupted: not all was looked at");
}

int cmd_doctor(const struct options *o, int argc, char **argv)
{
	struct doctor d = {.options = o};
	unsigned counts[4] = {0};
	int first = DONE, written;
	FILE *out;

	(void)argv;
	if (argc)
		return MISUSED;
	out = output_open(o);
	if (!out)
		return OUTPUT;
	if (o->format == FORMAT_CSV)
		fputs("check,verdict,found,hints\n", out);
	for (size_t i = 0; i < sizeof checks / sizeof *checks && !interrupted(); i++) {
		int status = examine(&d, &checks[i], out, counts);

		first = first ? first : status;
		if (!output_flush(out))
			break;
	}
	if (d.has & NEEDS_OPEN)
		session_close(&d.attached.session);
	elf_close(d.attached.elf);
	summarise(out, o->format, counts, first);
	written = output_close(out);
	return first ? first : written;
}
