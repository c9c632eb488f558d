/* SPDX-License-Identifier: MIT */
/*
 * Threads, as GDB sees them: one, 1, for the core; or the tasks that the firmware tells of
 * (tl_set_tasks). All of them stop and go together. Follows "GDB Remote Serial Protocol", packets
 * H, T, qC, qfThreadInfo, qThreadExtraInfo, in the manual of GDB 13.
 */
#include "gdb/threads.h"

#include "arch.h"
#include "base/util.h"
#include "gdb/halt.h"
#include "probe/quiescent.h"

TL_RAM(".bss");

#if TL_GDB

static uintptr_t selected; /* 0: the one that runs */

uintptr_t tl_thread_current(void)
{
	uintptr_t id = tl_tasks ? tl_tasks->current() : 0;

	return id ? id : 1;
}

void tl_thread_select(uintptr_t id)
{
	selected = id;
}

bool tl_thread_is_other(void)
{
	return tl_tasks && selected && selected != tl_thread_current();
}

bool tl_thread_registers(struct tl_regs *regs)
{
	tl_zero(regs, TL_ARCH_REGS_SIZE);
	return tl_tasks->registers && tl_tasks->registers(selected, regs);
}

static bool is_alive(uintptr_t id)
{
	if (id == tl_thread_current())
		return true;
	for (unsigned n = 0; tl_tasks && tl_tasks->id(n); n++)
		if (tl_tasks->id(n) == id)
			return true;
	return false;
}

/* The task that GDB means: of its number it has kept the low 32 bits. */
static uintptr_t task_of(uintptr_t number)
{
	uintptr_t id = tl_thread_current();

	if ((uint32_t)id == (uint32_t)number)
		return id;
	for (unsigned n = 0; tl_tasks && (id = tl_tasks->id(n)); n++)
		if ((uint32_t)id == (uint32_t)number)
			return id;
	return number;
}

bool tl_arg_thread(struct tl_args *in, uintptr_t *id)
{
	bool negative;

	if (!tl_arg_is(in, ','))
		tl_arg_is(in, ':');
	negative = tl_arg_is(in, '-');
	if (!tl_arg(in, id))
		return false;
	if (negative && *id == 1)
		*id = 0;
	else if (negative || !is_alive(*id))
		*id = task_of(negative ? -*id : *id);
	return true;
}

/* Hg and Hc; 0 and -1 mean any, and all. */
int tl_packet_select(struct tl_args *in, struct tl_frame_tx *out)
{
	uintptr_t id = 0;
	bool of_registers = in->at < in->end && *in->at++ == 'g';

	if (!tl_arg_thread(in, &id) || in->at != in->end)
		return -TL_EPACKET;
	if (id && !is_alive(id))
		return -TL_ENOENT;
	if (of_registers)
		selected = id;
	return tl_ok(out);
}

int tl_packet_alive(struct tl_args *in, struct tl_frame_tx *out)
{
	uintptr_t id;

	if (!tl_arg_thread(in, &id))
		return -TL_EPACKET;
	if (!is_alive(id))
		return -TL_ENOENT;
	return tl_ok(out);
}

int tl_packet_current_thread(struct tl_args *in, struct tl_frame_tx *out)
{
	(void)in;
	tl_frame_puts(out, "QC");
	tl_frame_hex(out, tl_thread_current());
	return 0;
}

int tl_packet_first_threads(struct tl_args *in, struct tl_frame_tx *out)
{
	uintptr_t current = tl_thread_current();
	bool listed = false;

	(void)in;
	tl_frame_put(out, 'm');
	for (unsigned n = 0; tl_tasks && tl_tasks->id(n); n++) {
		if (n)
			tl_frame_put(out, ',');
		tl_frame_hex(out, tl_tasks->id(n));
		listed |= tl_tasks->id(n) == current;
	}
	if (!listed) { /* before tasks run, and where there are none */
		if (out->out[out->len - 1] != 'm')
			tl_frame_put(out, ',');
		tl_frame_hex(out, current);
	}
	return 0;
}

int tl_packet_more_threads(struct tl_args *in, struct tl_frame_tx *out)
{
	(void)in;
	tl_frame_put(out, 'l');
	return 0;
}

int tl_packet_thread_info(struct tl_args *in, struct tl_frame_tx *out)
{
	const char *name;
	uintptr_t id;

	if (!tl_arg_thread(in, &id) || !is_alive(id))
		return -TL_ENOENT;
	name = tl_tasks && tl_tasks->name ? tl_tasks->name(id) : 0;
	for (name = name ? name : tl_tasks ? "task" : "core"; *name; name++)
		tl_frame_bytes(out, name, 1);
	return 0;
}

#endif
