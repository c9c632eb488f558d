/* SPDX-License-Identifier: MIT */
/*
 * Hits as JSON lines. A hit is
 *   {"t":…,"probe":…,"name":…,"seq":…,"pc":…,"regs":{…}}
 * where "pc" is that of the access, if data is watched; and before "regs"
 *   "elapsed":…        of a return: in ticks
 *   "user":true        if the code was unprivileged
 *   "values":{…}       where they have names
 *   "unavailable":{…}  why some of these are null, if some are
 *   "stack":[{"pc":…,"function":…,"line":…,"kind":…}…],"stack_end":…
 *                      of a backtrace, and why it ends; "kind" is "inlined", "interrupted" or
 *                      "tail call"
 *
 * Other lines:
 *   {"lost":…,"probe":…}
 *   {"event":…,"t":…,"silence":…,"lease":…,"gap":…}
 *                      what happened to the session: "cut", "resumed", "reset", "lease" (it ran
 *                      out), "taken" (by another host) or "overload" (a probe took too much of the
 *                      target's time, and is off); times in seconds; gap: hits were not counted
 *                      meanwhile
 *   {"end":true,"gaps":…,"probes":[…]}
 *                      the last one, with the counters; "gaps" if there were any
 */
#include "base/json.h"
#include "output/formats.h"
#include "output/frames.h"
#include "output/values.h"

static void begin(struct export *e, const struct run *run)
{
	(void)e, (void)run;
}

static void hit(struct export *e, const struct hit *h)
{
	const char *comma = "";

	fprintf(e->out, "{\"t\":%.6f,\"probe\":%u,\"name\":", h->time, h->probe->remote.id);
	json_string(e->out, h->probe->point.name);
	fprintf(e->out, ",\"seq\":%u,\"pc\":\"0x%llx\",", h->seq, (unsigned long long)hit_pc(e, h));
	if (h->returned)
		fprintf(e->out, "\"elapsed\":%u,", h->elapsed);
	if (h->user)
		fputs("\"user\":true,", e->out);
	values_json(e, h);
	frames_json(e, h);
	fputs("\"regs\":{", e->out);
	for (unsigned i = 0; i < e->isa->ncore; i++)
		if (hit_registers(h) >> i & 1) {
			fprintf(e->out, "%s\"%s\":\"0x%llx\"", comma, e->isa->regs[i].name,
			        (unsigned long long)h->regs[i]);
			comma = ",";
		}
	fputs("}}\n", e->out);
}

static void lost(struct export *e, const struct probe *p, uint64_t records)
{
	fprintf(e->out, "{\"lost\":%llu,\"probe\":%u}\n", (unsigned long long)records,
	        p->remote.id);
}

void export_json_event(FILE *out, const struct event *v)
{
	fprintf(out, "{\"event\":\"%s\",\"t\":%.6f,\"silence\":%.3f,\"lease\":%.3f,\"gap\":%s}\n",
	        event_name(v->kind), v->time, v->silence, v->lease, v->gap ? "true" : "false");
}

static void event(struct export *e, const struct event *v)
{
	export_json_event(e->out, v);
}

static void end(struct export *e, const struct run *run)
{
	fputs("{\"end\":true,", e->out);
	if (run->gaps)
		fprintf(e->out, "\"gaps\":%u,", run->gaps);
	fputs("\"probes\":[", e->out);
	for (size_t i = 0; i < run->n; i++) {
		const struct probe *p = &run->probes[i];
		const struct totals *t = &p->total;

		fprintf(e->out, "%s{\"probe\":%u,\"name\":", i ? "," : "", p->remote.id);
		json_string(e->out, p->point.name);
		fprintf(e->out,
		        ",\"hits\":%llu,\"recorded\":%llu,\"filtered\":%llu,\"missed\":%llu,"
		        "\"dropped\":%llu}",
		        (unsigned long long)t->hits, (unsigned long long)t->recorded,
		        (unsigned long long)t->filtered, (unsigned long long)t->missed,
		        (unsigned long long)t->dropped);
	}
	fputs("]}\n", e->out);
}

const struct export_ops export_jsonl = {begin, hit, lost, event, end};
