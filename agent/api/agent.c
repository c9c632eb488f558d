/* SPDX-License-Identifier: MIT */
/*
 * Where the rooms come together: the agent starts, and is polled.
 */
#include "base/util.h"
#include "gdb/halt.h"
#include "line/client.h"
#include "line/console.h"
#include "line/line.h"
#include "probe/budget.h"
#include "probe/flash.h"
#include "probe/guard.h"
#include "probe/quiescent.h"
#include "probe/returns.h"
#include "probe/trap.h"
#include "probe/watch.h"
#include "stream/sampler.h"
#include "stream/stream.h"

/* For firmware that has not done it at its start. */
static void recover(void)
{
#if TL_FLASH
	uintptr_t lock = tl_arch_lock();

	tl_flash_recover(&tl_port);
	tl_arch_unlock(lock);
#endif
}

int tl_init(const struct tl_port *port)
{
	if (!port || !port->write || !port->ticks || !port->tick_hz)
		return -TL_EINVAL;
	tl_copy(&tl_port, port, sizeof tl_port);
	recover();
	tl_line_init();
	tl_clock_start();
	tl_stream_init();
	tl_arch_init();
	tl_guard_settle();
	return 0;
}

#if TL_BUDGET && TL_GDB
/* Debuggers have no other way to hear of it. */
static void tell_of_overloads(void)
{
	if (tl_budget_last)
		tl_say("probe", tl_budget_last, " is off: ", "it takes too much time");
	tl_budget_last = 0;
}
#else
static void tell_of_overloads(void)
{
}
#endif

/* What traps could only ask for, and what they or given-up contexts have left. */
static void settle(void)
{
	tl_remote_settle();
	tl_trap_settle();
	tl_watch_settle();
	tl_quiescent_settle();
	tl_return_settle();
	tl_halt_settle();
	tl_release(TL_HOLD_FAULT);
	tl_bare_settle();
	tell_of_overloads();
	if (TL_FLASH && !tl_client.session)
		tl_flash_settle();
}

void tl_poll(void)
{
	if (!tl_port.write)
		return;
	tl_line_serve((uintptr_t)__builtin_return_address(0));
	settle();
	tl_samplers_poll();
	if (tl_gdb_wants_stop())
		tl_arch_break(); /* the last thing done, so that the firmware is found where this
		                    was called */
}
