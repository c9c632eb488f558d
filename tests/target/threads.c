/* SPDX-License-Identifier: MIT */
/*
 * Firmware with tasks for GDB to show as threads (tl_set_tasks): main polls the agent, two others
 * count. See tests/hil/gdb/test_gdb_threads.py.
 */
#include "board.h"
#include "check.h"
#include "tasks.h"

enum { BAUD = 115200, SWITCHES_HZ = 500 };

volatile uint32_t counts[3];

__attribute__((noinline)) void work(uintptr_t task)
{
	counts[task]++;
}

static void spin(uintptr_t task)
{
	for (;;)
		work(task);
}

static void poll(void)
{
	counts[0]++;
	tl_poll();
}

/* ---- for GDB: ids are numbers, such as addresses of control blocks, of which GDB keeps an int
 * ---- */

#define FIRST ((uintptr_t)0x180000001ull)

static uintptr_t id(unsigned n)
{
	return check_task(n) ? FIRST + n : 0;
}

static uintptr_t current(void)
{
	return check_current() + FIRST;
}

static const char *name(uintptr_t task)
{
	static const char *const names[] = {"main", "left", "right"};

	return names[task - FIRST];
}

static bool registers(uintptr_t task, struct tl_regs *regs)
{
	const struct check_task *t = check_task((unsigned)(task - FIRST));

	if (t)
		check_task_registers(t, regs);
	return t;
}

int main(void)
{
	static const struct tl_tasks tasks = {
	        .id = id, .current = current, .name = name, .registers = registers};

	tl_board_init(BAUD);
	tl_init(&tl_board_port);
	tl_set_tasks(&tasks);
	check_idle = poll;
	check_tasks(SWITCHES_HZ, spin, 1, spin, 2);
}
