/* SPDX-License-Identifier: MIT */
/*
 * Packets of fetch programs: the memory that they may read, the program of each probe, and
 * samplers. SPEC.md has the fields.
 */
#include "line/memory.h"
#include "line/packet.h"
#include "stream/fetched.h"
#include "stream/sampler.h"
#include "stream/stacks.h"
#include "stream/stream.h"

#if TL_FETCH

#include "base/clock.h"
#include "pack.h"

TL_RAM(".bss");

/* ---- windows: each is tried before it is in force, outside of traps ---- */

enum { WORD = sizeof(uintptr_t), PAGE = 4096 }; /* a word in so many bytes is tried */

static struct {
	struct tl_window windows[TL_WINDOWS];
	uint8_t n, of_port; /* the first are the port's */
	uint8_t at;         /* the one under way */
	uintptr_t done;     /* bytes of it */
	uint32_t asked;     /* by which fields */
} trial;

static void tell_windows(struct tl_frame_tx *out)
{
	for (const struct tl_window *w = 0; (w = tl_windows_next(w)) != 0;) {
		tl_field(out, w->base);
		tl_field(out, w->size);
	}
}

static int add_window(uintptr_t base, uintptr_t size)
{
	if (size < WORD || base + (size - 1) < base)
		return -TL_EINVAL;
	if (trial.n == TL_WINDOWS)
		return -TL_EFULL;
	trial.windows[trial.n++] = (struct tl_window){base, size};
	return 0;
}

/* Of the port's regions those that are memory, as many as there is room for; then the fields. */
static int begin_trial(struct tl_args in)
{
	uintptr_t base, size;
	int err = 0;

	trial.n = trial.at = 0;
	trial.done = 0;
	for (const struct tl_region *r = tl_port.memory; r && r->length; r++)
		if (r->rom != TL_DEVICE && tl_arch_executable(r->start))
			add_window(r->start, r->length);
	trial.of_port = trial.n;
	while (!err && in.at < in.end)
		err = tl_arg(&in, &base) && tl_arg(&in, &size) ? add_window(base, size)
		                                               : -TL_EINVAL;
	return err;
}

static void next_window(void)
{
	trial.at++;
	trial.done = 0;
}

/* A port may name more than there is: of its regions the pages before the first that cannot be read
 * are left. */
static int try_a_word(void)
{
	struct tl_window *w = &trial.windows[trial.at];
	uintptr_t last = w->size - WORD, offset = trial.done < last ? trial.done : last, word;
	bool readable = !tl_arch_read(w->base + offset, &word, WORD);

	if (!readable && trial.at >= trial.of_port)
		return -TL_EFAULT;
	trial.done += PAGE;
	if (!readable)
		w->size = offset & ~(uintptr_t)(PAGE - 1);
	if (!readable || offset == last)
		next_window();
	return 0;
}

static void end_trial(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < trial.n; i++)
		if (trial.windows[i].size)
			trial.windows[n++] = trial.windows[i];
	tl_windows_set(trial.windows, n);
}

static int trial_step(struct tl_frame_tx *out)
{
	enum { PARTS = 16 }; /* at least */
	uint32_t since = tl_ticks();

	for (unsigned i = 0; trial.at < trial.n; i++) {
		int err = i < PARTS || tl_work_may_go_on(since) ? try_a_word() : TL_LATER;

		if (err)
			return err;
	}
	end_trial();
	tell_windows(out);
	return 0;
}

int tl_packet_windows(struct tl_args *in, struct tl_frame_tx *out)
{
	uint32_t fields = 0xffffffff;

	if (in->at == in->end && tl_windows_next(0)) {
		tell_windows(out);
		return 0;
	}
	for (const uint8_t *c = in->at; c < in->end; c++)
		fields = tl_crc32(fields, *c);
	if (!tl_work(trial_step) || fields != trial.asked) {
		int err = begin_trial(*in);

		trial.asked = fields;
		if (err) {
			trial.n = 0;
			return err;
		}
	}
	return trial_step(out);
}

/* ---- programs ---- */

/* The same that it has, since the answer was lost? */
static bool same_program(const uint8_t *program, struct tl_args in, uintptr_t n)
{
	if (tl_program_size(program) != n)
		return false;
	for (; in.at < in.end; in.at += 2, program++)
		if (*program != (tl_hex_digit(in.at[0]) << 4 | tl_hex_digit(in.at[1])))
			return false;
	return true;
}

static int give(struct tl_remote *r, struct tl_args *in, uintptr_t n)
{
	uint8_t *room;
	int err;

	if (r->program)
		return same_program(r->program, *in, n) ? 0 : -TL_EBUSY;
	if (r->probe.state & TL_PROBE_ENABLED)
		return -TL_EBUSY;
	room = tl_program_room((unsigned)n);
	if (!room)
		return -TL_EFULL;
	tl_arg_bytes(in, room, (unsigned)n);
	err = tl_program_give(r, (unsigned)n);
	if (!err)
		r->probe.state &= (uint8_t) ~(TL_PROBE_COUNTED | TL_PROBE_RECORDED);
	return err;
}

int tl_packet_set_fetch(struct tl_args *in, struct tl_frame_tx *out)
{
	struct tl_remote *r;
	uintptr_t n;
	int err = tl_arg_remote(in, &r);

	if (err)
		return err;
	if (!tl_arg(in, &n) || !n || n > UINT16_MAX || !tl_arg_is(in, ',') || !tl_arg_is_hex(in, n))
		return -TL_EINVAL;
	err = give(r, in, n);
	if (!err)
		tl_field(out, tl_program_words(r->program));
	return err;
}

int tl_packet_fetch(struct tl_args *in, struct tl_frame_tx *out)
{
	struct tl_remote *r;
	int err = tl_arg_remote(in, &r);

	if (err)
		return err;
	tl_frame_put(out, ',');
	if (r->program)
		tl_frame_bytes(out, r->program, tl_program_size(r->program));
	return 0;
}

/* ---- stacks ---- */

#if TL_STACK
int tl_packet_stack(struct tl_args *in, struct tl_frame_tx *out)
{
	struct tl_remote *r;
	uintptr_t bytes;
	int err = tl_arg_remote(in, &r);

	(void)out;
	if (err)
		return err;
	return tl_arg(in, &bytes) ? tl_stack_give(r, bytes) : -TL_EINVAL;
}

int tl_packet_stacked(struct tl_args *in, struct tl_frame_tx *out)
{
	struct tl_remote *r;
	int err = tl_arg_remote(in, &r);

	if (!err)
		tl_field(out, r->stack);
	return err;
}
#endif

/* ---- samplers ---- */

int tl_packet_live(struct tl_args *in, struct tl_frame_tx *out)
{
	uintptr_t id, period;

	(void)out;
	if (!tl_arg(in, &id) || !id || id > TL_PROBE_MAX || !tl_arg(in, &period) || !period ||
	    period > TL_PERIOD_MAX)
		return -TL_EINVAL;
	return tl_sampler_add((unsigned)id, (uint32_t)period);
}

#endif
