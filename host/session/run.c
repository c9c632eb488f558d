/* SPDX-License-Identifier: MIT */
/*
 * The life of a probe session: see run.h.
 */
#include "session/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/interrupt.h"
#include "base/say.h"
#include "base/util.h"
#include "error.h"
#include "program/isas.h"
#include "session/images.h"
#include "session/run_parts.h"
#include "session/stacks.h"
#include "session/windows.h"

/* -- What the stream brings -- */

void run_lose(struct run *run, struct probe *p, uint64_t records)
{
	p->lost += records;
	run->lost += records;
	if (run->on_lost && records)
		run->on_lost(run->ctx, p, records);
}

static void on_record(void *ctx, const struct tl_record *r)
{
	struct run *run = ctx;
	struct probe *p = run->by_id[r->probe];
	const struct tl_isa *isa = run->attached->session.target.isa;
	struct fetch_output output;
	struct captured captured;
	int32_t ahead;
	struct hit hit;

	if (!p) {
		run->passed++;
		return;
	}
	if (p->added && !p->heard)
		p->last_seq = r->seq - 1;
	p->heard = true;
	ahead = (int32_t)(r->seq - p->last_seq);
	if (ahead <= 0)
		return; /* a key frame came twice, or after what it left out was given up */
	if (ahead > 1)
		run_lose(run, p, (uint64_t)ahead - 1);
	p->last_seq = r->seq;
	p->received++;
	run->hits++;
	hit = (struct hit){.probe = p,
	                   .time = session_seconds(&run->attached->session, r->time),
	                   .ticks = r->time,
	                   .seq = r->seq,
	                   .returned = r->returned,
	                   .user = r->user,
	                   .elapsed = r->elapsed,
	                   .took = session_duration(&run->attached->session, r->elapsed),
	                   .mask = p->remote.mask ? p->remote.mask : isa_all(isa),
	                   .regs = r->regs};
	if (r->stack.any) {
		captured = run_captured(r, isa);
		run_shift(run, p, r->returned, &captured);
		hit.captured = &captured;
	}
	if (p->fetch) {
		fetch_decode(p->fetch, r->regs, &output);
		hit.output = &output;
		hit.regs = output.regs;
		hit.mask = output.mask;
	}
	if (run->on_hit)
		run->on_hit(run->ctx, &hit);
}

static void on_frame(void *ctx, const uint8_t *data, unsigned n)
{
	struct run *run = ctx;

	run->last_frame = now_ms();
	if (run->arming) {
		frames_push(&run->held, data, n);
		return;
	}
	if (!stream_frame(&run->stream, data, n))
		run->attached->session.want_key = true;
}

/* All probes are armed: now what they have caught already. */
static void release(struct run *run)
{
	run->arming = false;
	if (run->on_armed)
		run->on_armed(run->ctx, run);
	while (run->held.n) {
		const uint8_t *data;
		size_t n = frames_first(&run->held, &data);

		on_frame(run, data, (unsigned)n);
		frames_pop(&run->held);
	}
}

static void on_text(void *ctx, const char *text, size_t n)
{
	(void)ctx;
	say_console(text, n);
}

/* -- Arming -- */

/*
 * Before anything is armed: frames that came while nobody listened are no memory to decode the next
 * ones by, but from the next key frame on all can be read.
 */
static int join(struct run *run)
{
	if (!run->listens)
		return DONE; /* the ring keeps what it has, for one who does */
	stream_start(&run->stream, run->attached->session.target.isa);
	return session_ask_key(&run->attached->session) ? session_explain(&run->attached->session)
	                                                : DONE;
}

static int report(struct run *run, const struct probe *p, int result)
{
	char what[200];

	snprintf(what, sizeof what, p->remote.kind == KIND_LIVE ? "%s" : "%s (0x%08llx)",
	         p->point.name, (unsigned long long)elf_linked(run->attached->elf, p->point.addr));
	return target_report(&run->attached->session, result, what);
}

/* The bytes that belong at a probe: as in the ELF, else as the target has them without patches. */
static int keep_original(struct run *run, struct probe *p)
{
	const struct elf *elf = run->attached->elf;
	const struct elf_section *section = elf ? elf_section_at(elf, p->point.addr) : NULL;
	unsigned most = run->attached->session.target.isa->insn_max;

	memset(p->original, 0, sizeof p->original);
	if (section && section->code &&
	    section->addr + section->size - p->point.addr >= p->length && !run->options->force) {
		memcpy(p->original, section->bytes + (p->point.addr - section->addr), p->length);
		return 0;
	}
	return target_read(&run->attached->session, p->point.addr, p->original,
	                   p->length < most ? p->length : most);
}

static int add(struct run *run, struct probe *p)
{
	if (p->remote.kind == KIND_LIVE)
		return target_live(&run->attached->session, p->remote.id, p->remote.every);
	return target_add(&run->attached->session, run->attached->elf, &p->remote, &p->length,
	                  &p->points);
}

static int arm(struct run *run, struct probe *p)
{
	int result;

	if (p->added)
		return run_find_added(run, p);
	p->last_seq = 0; /* before it is added: hits may come with the answer */
	p->received = p->lost = 0;
	p->remote.enabled = p->written = false;
	result = add(run, p);
	p->armed = !result;
	if (!result && p->remote.kind != KIND_LIVE && !p->point.watch) {
		if (p->length > INSN_MAX)
			p->length = INSN_MAX;
		result = keep_original(run, p);
	}
	if (!result && p->fetch)
		result = target_fetch(&run->attached->session, p->remote.id, p->fetch, NULL);
	if (!result && run->options->stack)
		result = target_stack(&run->attached->session, p->remote.id, run->options->stack);
	return result;
}

/* Those that are on the target. */
static size_t ids_of(const struct run *run, uint8_t ids[TL_PROBE_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < run->n; i++)
		if (run->probes[i].armed && !run->probes[i].added)
			ids[n++] = (uint8_t)run->probes[i].remote.id;
	return n;
}

int run_set_all(struct run *run, bool on)
{
	uint8_t ids[TL_PROBE_MAX];
	size_t n = ids_of(run, ids);

	return target_enable_set(&run->attached->session, ids, n, on);
}

/* Programs, and reads of the stack, read what the windows are over, whichever probe they are of. */
static int open_windows(struct run *run)
{
	bool any = run->options->stack && run->stay < run->n;

	for (size_t i = 0; i < run->n; i++)
		any |= run->probes[i].fetch != NULL && !run->probes[i].added;
	return any ? windows_open(run->attached, run->options) : DONE;
}

/* All at one moment. If that is refused, one by one, to say which it is. */
static int enable_all(struct run *run)
{
	int result = run_set_all(run, true);

	for (size_t i = 0; i < run->n; i++)
		run->probes[i].remote.enabled |=
		        !run->probes[i].added; /* until the target says that a limit is reached */
	if (!result)
		return DONE;
	for (size_t i = 0; i < run->n && result > 0; i++) {
		int one = run->probes[i].added ? 0
		                               : target_enable(&run->attached->session,
		                                               run->probes[i].remote.id, true);

		if (one)
			return report(run, &run->probes[i],
			              target_of_watch(run->probes[i].remote.kind, one));
	}
	return target_report(&run->attached->session, result, "arming the probes");
}

/* Ids that are not taken by probes of others (which stay from earlier sessions). */
static int choose_ids(struct run *run)
{
	bool taken[TL_PROBE_MAX + 1] = {true};
	struct remote_probe other = {0};
	unsigned id = 0;

	do {
		int result = target_next(&run->attached->session, NULL, other.id, &other);

		if (result)
			return target_report(&run->attached->session, result, "listing the probes");
		taken[other.id] = true;
	} while (other.id);
	for (size_t i = 0; i < run->n; i++) {
		if (run->probes[i].added)
			continue;
		while (id <= TL_PROBE_MAX && taken[id])
			id++;
		if (id > TL_PROBE_MAX)
			return target_report(&run->attached->session, TL_EFULL,
			                     "numbering the probes");
		run->probes[i].remote.id = id;
		run->by_id[id] = &run->probes[i];
		taken[id] = true;
	}
	return DONE;
}

/* What hits show by name: an ARG that cannot be is an error before anything is armed. */
static int name_values(struct run *run, const struct points *points)
{
	const struct target *t = &run->attached->session.target;
	struct fields_source from = {.elf = run->attached->elf,
	                             .isa = t->isa,
	                             .fetch = t->features & TL_FEATURE_FETCH,
	                             .counts = !run->listens,
	                             .live = run->samples};
	int status = run->listens ? DONE : fields_none(points, true);

	if (from.elf)
		run->types = types_open(from.elf->lines, t->isa->word);
	from.types = run->types;
	for (size_t i = 0; i < run->n && !status; i++) {
		struct probe *p = &run->probes[i];
		struct fields_source own = from;

		/* The hits of one that was added bring what it was added for. */
		own.stack = p->added ? p->point.stack : run->options->stack;
		own.kept = p->point.nprogram;
		own.fetch &= own.kept || !p->added;
		status = fields_make(&p->point, &own, &p->fields, &p->fetch);
		if (!status)
			status = images_allow(from.elf, p->point.name, p->fetch, &p->remote.fixed);
		if (!status && p->added)
			status = run_match_added(run, p);
	}
	return status;
}

/* Registers that the target is to record, 0: all. Those that ARGs need are among all; so is where a
 * watch was hit. */
static uintptr_t mask_of(const struct point *asked, const struct point *shown,
                         const struct options *o)
{
	return o->stack || asked->nargs ? 0 : shown->mask;
}

int run_begin(struct run *run, struct attached *a, const struct options *o,
              const struct points *points, enum probe_kind kind)
{
	int status;

	run->attached = a;
	run->options = o;
	run->n = points->n;
	run->probes = grow(NULL, points->n, sizeof *run->probes);
	run->stream.record = on_record;
	run->stream.ctx = run;
	run->arming = true;
	run->listens = kind_records(kind) && run->n;
	run->samples = kind == KIND_LIVE;
	a->session.listener = (struct listener){.frame = on_frame, .text = on_text, .ctx = run};
	for (size_t i = 0; i < run->n; i++) {
		struct probe *p = &run->probes[i];
		uint32_t limit = points->at[i].limit;

		if (o->hits && !run->samples && (!limit || o->hits < limit))
			limit = o->hits; /* nobody wants more: let the target stop by itself */
		*p = (struct probe){.point = points->at[i], .added = points->at[i].id};
		if (p->point.watch && !p->added) /* who it was */
			p->point.mask |= (uintptr_t)1 << a->session.target.isa->pc;
		run->stay += p->added;
		p->remote = (struct remote_probe){
		        .id = p->point.id,
		        .addr = p->point.addr,
		        .kind = kind | kind_of_point(&p->point),
		        .mask = mask_of(&points->at[i], &p->point, o),
		        .every = p->point.every,
		        .limit = limit,
		        .maxactive = p->point.watch ? (unsigned)p->point.bytes : p->point.maxactive,
		        .flash = o->flash && !p->point.watch};
	}
	status = o->stack ? stacks_may(a) : DONE;
	if (!status)
		status = name_values(run, points);
	if (status)
		return status;
	session_wait(&a->session, 0, "the target to take %zu %s%s", run->n, run_noun(run),
	             run->n == 1 ? "" : "s");
	status = join(run);
	if (!status)
		status = run_may_write_flash(run);
	if (!status)
		status = open_windows(run);
	if (!status)
		status = choose_ids(run);
	for (size_t i = 0; i < run->n && !status; i++) {
		int result = arm(run, &run->probes[i]);

		if (result) {
			status = report(run, &run->probes[i], result);
			run_disarm_quietly(run);
		}
	}
	if (!status) {
		status = run_flash_in(run);
		if (!status)
			status = enable_all(run);
		if (status)
			run_disarm_quietly(run);
	}
	session_wait_over(&a->session);
	if (!status)
		release(run);
	return status;
}

/* -- Going on -- */

void run_fold(struct run *run)
{
	for (size_t i = 0; i < run->n; i++) {
		struct probe *p = &run->probes[i];
		const struct counters *seen = &p->remote.counters;
		uint64_t recorded = seen->recorded > p->received ? seen->recorded : p->received;
		uint64_t dropped = seen->dropped > p->lost ? seen->dropped : p->lost;

		if (p->added)
			continue; /* the target counts on, or it is gone */
		p->past.recorded += recorded;
		p->past.dropped += dropped;
		p->past.filtered += seen->filtered;
		p->past.missed += seen->missed;
		p->past.lost += p->lost;
		p->past.hits += recorded + dropped + seen->filtered + seen->missed;
		p->remote.counters = (struct counters){0};
		p->received = p->lost = 0;
		p->armed = false;
	}
}

/* The target has forgotten our probes: why, and that they are armed again. */
static void tell_fate(struct run *run)
{
	static const enum event_kind kinds[] = {[FATE_SAME] = EVENT_RESET,
	                                        [FATE_RESET] = EVENT_RESET,
	                                        [FATE_LEASE] = EVENT_LEASE,
	                                        [FATE_TAKEN] = EVENT_TAKEN};
	const struct session *s = &run->attached->session;
	char *again = format_string(
	        "%zu %s%s armed again; what they would have caught meanwhile is not known", run->n,
	        run_noun(run), run->n == 1 ? "" : "s");

	if (s->fate == FATE_LEASE)
		note("the lease ran out: this host was silent for %.1f s, the lease is %.1f s: %s",
		     (double)s->silence / 1000, (double)s->lease_ms / 1000, again);
	else if (s->fate == FATE_TAKEN)
		note("another host has opened a session, which ended this one: %s", again);
	else
		note("target was reset: %s", again);
	free(again);
	run_tell_event(run, kinds[s->fate], true);
}

/* One that was added before has gone, with a reset perhaps: said once, and it does not stay. */
static void forget_added(struct run *run, struct probe *p)
{
	if (!run->by_id[p->point.id])
		return;
	note("probe %u (%s) is not on the target any more", p->point.id, p->point.name);
	run->by_id[p->point.id] = NULL;
	run->stay--;
	run->vanished++;
}

static int arm_again(struct run *run)
{
	int status = same_firmware(run->attached, run->options);
	size_t gone = 0;

	run_fold(run);
	if (status) {
		run->vanished = run->n;
		return status;
	}
	status = join(run);
	if (!status)
		status = open_windows(run);
	if (status)
		return status;
	run->stream.frames = 0;
	for (size_t i = 0; i < run->n; i++) {
		struct probe *p = &run->probes[i];
		int result = arm(run, p);

		if (result == TL_ENOENT && p->added)
			gone++, forget_added(run, p);
		else if (result)
			return report(run, p, result);
	}
	if (gone == run->n)
		return fail(REFUSED, "nothing is left to watch");
	status = run_flash_in(run);
	if (!status)
		status = enable_all(run);
	if (status)
		return status;
	run->resets++;
	tell_fate(run);
	return DONE;
}

static int give_up(struct run *run, int result)
{
	run->gone = true;
	run->gaps++;
	run->reset = result == SESSION_RESET;
	if (!run->reset)
		return session_explain(&run->attached->session);
	return fail(LINK, "%s, and --no-reconnect was given",
	            session_fate_text(&run->attached->session));
}

static int recover(struct run *run, int result)
{
	struct session *s = &run->attached->session;

	if (run->options->no_reconnect)
		return give_up(run, result);
	if (result == SESSION_LOST && session_may_resume(s)) {
		note("no answer from %s: waiting for the target (%u s at most)", s->link.port,
		     SESSION_COME_BACK / 1000);
		run_tell_event(run, EVENT_CUT, false);
	}
	result = session_resume(s);
	if (result == SESSION_RESET)
		return arm_again(run);
	if (result == SESSION_LOST)
		return give_up(run, result);
	note("the target answers again: the %ss are still armed", run_noun(run));
	run_tell_event(run, EVENT_RESUMED, false);
	s->want_key = run->listens;
	return DONE;
}

int run_keep(struct run *run)
{
	struct session *s = &run->attached->session;
	int result = session_keep(s);

	if (!result)
		result = images_follow(s, run->attached->elf, &run->image_changes);
	if (!result)
		result = run_follow_overloads(run);
	return result ? recover(run, result) : DONE;
}

int run_step(struct run *run, unsigned ms)
{
	session_pump(&run->attached->session, ms, -1);
	return run_keep(run);
}

int run_count(struct run *run)
{
	int result = run_read_counters(run);

	return result ? recover(run, result) : DONE;
}

bool run_exhausted(struct run *run)
{
	bool any = false;

	if (run_read_counters(run))
		return false; /* the next run_step() will see to it */
	for (size_t i = 0; i < run->n; i++)
		any |= run->probes[i].remote.enabled;
	return !any;
}
