/* SPDX-License-Identifier: MIT */
/*
 * The end of a probe session: every probe is stopped, counted, drained, deleted, and its text
 * verified. See run.h.
 */
#include <stdlib.h>
#include <string.h>

#include "base/say.h"
#include "base/util.h"
#include "error.h"
#include "session/images.h"
#include "session/run.h"
#include "session/run_parts.h"
#include "session/session_parts.h"

enum {
	DRAIN_QUIET = 1500, /* ms without a frame after which nothing more is expected */
	DRAIN_MAX = 10000,
};

static bool drained(const struct run *run)
{
	for (size_t i = 0; i < run->n; i++) {
		const struct probe *p = &run->probes[i];
		const struct counters *c = &p->remote.counters;

		if (!p->added && kind_records(p->remote.kind) &&
		    p->last_seq != c->recorded + c->dropped && p->received < c->recorded)
			return false;
	}
	return true;
}

/* Waits for the records that were in the ring or on the line; those that do not come are lost. */
static void drain(struct run *run)
{
	struct patience patience = patience_begin(DRAIN_MAX);

	run->last_frame = patience.start;
	while (!drained(run) && now_ms() - run->last_frame < DRAIN_QUIET &&
	       patience_left(&patience, "the last records")) {
		session_pump(&run->attached->session, 20, -1);
		if (session_keep(&run->attached->session))
			break;
	}
	for (size_t i = 0; i < run->n; i++) {
		struct probe *p = &run->probes[i];
		uint32_t last = p->remote.counters.recorded + p->remote.counters.dropped;

		if (!p->added && kind_records(p->remote.kind) && p->armed &&
		    (int32_t)(last - p->last_seq) > 0) {
			run_lose(run, p, last - p->last_seq);
			p->last_seq = last;
		}
	}
}

/* Has its program gone, since or before? Then its text has, too. */
static bool has_gone(struct run *run, const struct probe *p)
{
	struct attached *a = run->attached;
	const struct elf_file *image = a->elf ? elf_image_at(a->elf, p->point.addr) : NULL;
	uint32_t token;

	if (!image)
		return false;
	session_ping(&a->session, true, &token);
	images_follow(&a->session, a->elf, &run->image_changes);
	return image->gone || !image->there;
}

/* Are the bytes at a probe's point what they were? Said if not. */
static int verify(struct run *run, const struct probe *p)
{
	uint8_t now[INSN_MAX];
	int result;

	if (has_gone(run, p))
		return 0;
	result = target_raw(&run->attached->session, p->point.addr, now, p->length);
	if (result && has_gone(run, p))
		return result == SESSION_LOST ? result : 0;
	if (!result && memcmp(now, p->original, p->length) != 0 && !has_gone(run, p)) {
		warn("0x%08llx (%s): the original bytes are not back",
		     (unsigned long long)p->point.addr, p->point.name);
		run->verified = false;
	}
	return result;
}

/* Does one of our own probes that are still to be removed stand there, too? It is verified with
 * that. */
static bool shared_with_later(const struct run *run, const struct probe *p)
{
	for (const struct probe *q = p + 1; q < run->probes + run->n; q++)
		if (q->armed && q->point.addr == p->point.addr)
			return true;
	return false;
}

static int remove_one(struct run *run, struct probe *p)
{
	bool restored;
	int result = target_delete(&run->attached->session, p->remote.id, &restored);

	if (result)
		return result;
	p->armed = false;
	if (p->remote.kind & (KIND_LIVE | KIND_WATCH))
		return 0; /* it has changed nothing */
	if (restored)
		return p->remote.step & STEP_FLASH ? 0 : verify(run, p);
	p->kept = true;
	if (!shared_with_later(run, p)) {
		run->kept++;
		chat("%s: another probe keeps the point", p->point.name);
	}
	return 0;
}

/* Now that all have gone, and with them what kept their pages as they are. */
static int remove_from_flash(struct run *run)
{
	int result = run_flash_out(run);

	for (size_t i = 0; i < run->n && !result; i++) {
		const struct probe *p = &run->probes[i];

		if (!p->added && p->remote.step & STEP_FLASH && !p->kept)
			result = verify(run, p);
	}
	return result;
}

static int remove_all(struct run *run)
{
	int result = 0;

	run->verified = true;
	for (size_t i = 0; i < run->n && !result; i++)
		if (run->probes[i].armed && !run->probes[i].added)
			result = remove_one(run, &run->probes[i]);
	if (!result)
		result = remove_from_flash(run);
	if (result)
		run->verified = false;
	return result;
}

/* Of a probe that is not there any more: at least the records that came were hits. */
static void keep_what_came(struct probe *p)
{
	struct counters *c = &p->remote.counters;

	if (c->recorded < p->received)
		c->recorded = (uint32_t)p->received;
	if (c->hits < c->recorded + c->filtered + c->missed + c->dropped)
		c->hits = c->recorded + c->filtered + c->missed + c->dropped;
}

/* Stops every probe at one moment, so that counters stand still. One that is not there has gone
 * with a reset or the lease. */
static int stop_all(struct run *run)
{
	int result = run_set_all(run, false);

	if (result != TL_ENOENT)
		return result;
	result = 0;
	for (size_t i = 0; i < run->n && !result; i++) {
		struct probe *p = &run->probes[i];

		result = p->armed && !p->added
		                 ? target_enable(&run->attached->session, p->remote.id, false)
		                 : 0;
		if (result == TL_ENOENT) {
			keep_what_came(p);
			p->armed = false;
			run->vanished++;
			result = 0;
		}
	}
	return result;
}

static void add_up_all(struct run *run)
{
	for (size_t i = 0; i < run->n; i++)
		run_add_up(&run->probes[i]);
}

int run_end(struct run *run)
{
	struct session *s = &run->attached->session;
	int result;

	if (run->gone) {
		run_fold(run);
		add_up_all(run);
		return LINK;
	}
	result = stop_all(run);
	if (!result)
		result = run_read_counters(run);
	if (!result) {
		drain(run);
		if (run->stay)
			result = run_hush(run);
	}
	if (!result && run->stay)
		result = run_read_counters(run);
	if (!result) {
		session_wait(s, 0, "the target to remove the %ss", run_noun(run));
		result = remove_all(run);
		session_wait_over(s);
	}
	if (run->passed)
		note("%llu %s of probes that were added before went by: trapline watch ID shows "
		     "those",
		     (unsigned long long)run->passed, run->passed == 1 ? "record" : "records");
	if (result == SESSION_LOST)
		run_fold(run);
	add_up_all(run);
	if (run->vanished)
		run->gaps++;
	if (!result)
		return run->verified ? DONE : REFUSED;
	if (result == SESSION_LOST) {
		run->gone = true;
		session_explain(s);
		hint("the %ss could not be removed: the agent does that when its lease has run "
		     "out",
		     run_noun(run));
		return LINK;
	}
	return target_report(s, result, "removing the probes");
}

struct totals run_total(const struct run *run)
{
	struct totals t = {0};

	for (size_t i = 0; i < run->n; i++) {
		const struct totals *one = &run->probes[i].total;

		t.hits += one->hits;
		t.recorded += one->recorded;
		t.filtered += one->filtered;
		t.missed += one->missed;
		t.dropped += one->dropped;
		t.lost += one->lost;
	}
	return t;
}

void run_free(struct run *run)
{
	if (run->attached)
		run->attached->session.listener = (struct listener){0};
	for (size_t i = 0; i < run->n; i++) {
		fields_free(run->probes[i].fields);
		fetch_free(run->probes[i].fetch);
	}
	types_close(run->types);
	free(run->probes);
	frames_free(&run->held);
	stream_end(&run->stream);
	run->probes = NULL;
	run->n = 0;
}

/* They are in no text, of which there would be something to verify. */
static bool all_watches(const struct run *run)
{
	bool all = true;

	for (size_t i = 0; i < run->n; i++)
		all &= run->probes[i].point.watch != 0;
	return all;
}

const char *run_outcome(const struct run *run)
{
	if (run->gone)
		return run->reset ? "probes gone with the session"
		                  : "target gone, probes left to its lease";
	if (run->stay == run->n)
		return "the probes stay on the target";
	if (!run->verified)
		return "probes removed, ORIGINAL BYTES NOT VERIFIED";
	if (run->vanished)
		return run->vanished == run->n
		               ? "probes were gone already: nothing removed, nothing verified"
		               : "probes removed, but some were gone already: those not verified";
	if (all_watches(run))
		return run->stay ? "watches removed; those added before stay" : "watches removed";
	if (run->stay)
		return "probes removed, original bytes verified; those added before stay";
	return run->kept ? "probes removed, original bytes verified but for points that other "
	                   "probes keep"
	                 : "probes removed, original bytes verified";
}

int run_loss(const struct run *run)
{
	struct totals t = run_total(run);

	if (run->lost)
		return fail(LOSS, "%llu %s lost", (unsigned long long)run->lost,
		            run->lost == 1 ? "record was" : "records were");
	if (t.dropped || t.missed)
		return fail(LOSS, "%llu hits were missed, %llu dropped",
		            (unsigned long long)t.missed, (unsigned long long)t.dropped);
	if (run->gaps)
		return fail(LOSS, "hits were not counted for a while, %u %s: nobody knows how many",
		            run->gaps, run->gaps == 1 ? "time" : "times");
	return DONE;
}
