/* SPDX-License-Identifier: MIT */
/*
 * More addresses probed than there are points, one after another, while two tasks run through them,
 * where a timer preempts them: slots must become free, and none while somebody is in it. See
 * tests/hil/kernel/test_rtos.py.
 *
 * "go WAY N" probes N addresses; it prints what became of them. "tasks" tells the agent of them and
 * lets them run for good, while main polls: then a host may probe. "rarely" polls rarely. "leave N"
 * leaves calls by longjmp() while tasks make others.
 */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "board.h"
#include "check.h"
#include "tasks.h"

enum { HZ = 2000, LENGTH = 600, IN_VAIN = 300 };

uint32_t code_long(uint32_t n);

static struct tl_kprobe
        kp[LENGTH + 1]; /* an object each: a handler may still run when its probe is gone */
/* in_vain: refused since the last success */
static volatile uint32_t done, wanted, refused, in_vain, quiescent, handled;
volatile uint32_t wrong, rounds, rest, at_rest[2];

static int pre(struct tl_kprobe *p, struct tl_regs *regs)
{
	(void)p, (void)regs;
	handled++;
	return 0;
}

/* The next address, when the one before has been hit. True: its slot could not be had. */
static bool step(void)
{
	struct tl_kprobe *p = &kp[done];
	int err;

	if (done == wanted || in_vain == IN_VAIN)
		return false;
	if (p->addr && !p->hits)
		return false;
	if (p->addr) {
		wrong += tl_unregister_kprobe(p) != 0;
		p = &kp[++done];
		if (done == wanted)
			return false;
	}
	*p = (struct tl_kprobe){.addr = address_of((void *)code_long) + check_arch.step * done,
	                        .pre_handler = done % 4 == 3 ? pre : NULL};
	err = tl_register_kprobe(p);
	if (err)
		p->addr = 0;
	wrong += err && err != -TL_ESLOT;
	refused += err == -TL_ESLOT;
	in_vain = err ? in_vain + 1 : 0;
	return err;
}

/* ---- tasks ---- */

TL_NOPROBE static void have_rest(uintptr_t task)
{
	at_rest[task] = 1;
	while (rest)
		;
	at_rest[task] = 0;
}

static void work(uintptr_t task)
{
	for (uint32_t n = (uint32_t)task << 16; done < wanted && in_vain < IN_VAIN; n++) {
		wrong += code_long(n) != n + LENGTH;
		rounds++;
		if (rest)
			have_rest(task);
	}
}

/* Those that have not ended. */
static uintptr_t id(unsigned n)
{
	enum { MOST = 8 };

	for (unsigned task = 0; task < MOST; task++)
		if (check_task(task) && !n--)
			return task + 1;
	return 0;
}

static uintptr_t current(void)
{
	return check_current() + 1;
}

static bool registers(uintptr_t task, struct tl_regs *regs)
{
	const struct check_task *t = check_task((unsigned)task - 1);

	if (t)
		check_task_registers(t, regs);
	return t;
}

static bool no_registers(uintptr_t task, struct tl_regs *regs)
{
	(void)task, (void)regs;
	return false;
}

static const struct tl_tasks tasks = {.id = id, .current = current, .registers = registers};
static const struct tl_tasks saved_in_switch = {
        .id = id, .current = current, .registers = registers, .in_interrupts = true};
static const struct tl_tasks without_registers = {
        .id = id, .current = current, .registers = no_registers};

/* ---- who polls ---- */

static void poll(void)
{
	tl_poll();
	step();
}

/* Without tl_set_tasks(): waits for both to come to where nothing is probed. */
static void poll_and_rest(void)
{
	tl_poll();
	if (!step())
		return;
	rest = 1;
	while (!at_rest[0] || !at_rest[1])
		;
	tl_quiescent();
	quiescent++;
	rest = 0;
}

/* By board/rtos/freertos.c, which hears of tasks when they are made. */
static void poll_freertos(void)
{
	if (!done && !kp[0].addr)
		tl_set_tasks(check_freertos(false));
	poll();
}

static void poll_too_many(void)
{
	if (!done && !kp[0].addr)
		tl_set_tasks(check_freertos(true));
	poll();
}

/* Of a lower priority than the timer's: polled amid it. */
static void long_interrupt(void)
{
	wrong += code_long(7) != 7 + LENGTH;
}

static const struct way {
	const char *name;
	void (*idle)(void), (*in_tick)(void), (*in_switch)(void);
	const struct tl_tasks *tasks;
} ways[] = {
        {"task", .idle = poll, .tasks = &tasks},
        {"switch", .in_switch = poll, .tasks = &saved_in_switch},
        {"tick", .in_tick = poll, .tasks = &tasks},
        {"nested", .in_tick = poll, .in_switch = long_interrupt, .tasks = &tasks},
        {"quiescent", .idle = poll_and_rest},
        {"freertos", .idle = poll_freertos},
        {"unknown", .idle = poll},
        {"crowded", .idle = poll_too_many},
        {"pcless", .idle = poll, .tasks = &without_registers},
};

static void go(const struct way *way, uint32_t n)
{
	done = refused = in_vain = quiescent = handled = wrong = rounds = 0;
	memset(kp, 0, sizeof kp);
	wanted = n < LENGTH ? n : LENGTH;
	tl_set_tasks(way->tasks);
	check_idle = way->idle;
	check_in_tick = way->in_tick;
	check_in_switch = way->in_switch;
	check_tasks(HZ, work, 0, work, 1);
	check_in_tick = check_in_switch = NULL;
	tl_set_tasks(NULL);
	if (done < wanted && kp[done].addr)
		tl_unregister_kprobe(&kp[done]);
	for (unsigned i = 1; i < LENGTH; i++)
		wrong += *(const uint16_t *)address_of((void *)code_long) !=
		         *(const uint16_t *)(address_of((void *)code_long) + check_arch.step * i);
	printf("%s: done %lu, points %u, rounds %lu, handled %lu, quiescent %lu, refused %lu, "
	       "wrong %lu\n",
	       way->name, (unsigned long)done, TL_POINTS, (unsigned long)rounds,
	       (unsigned long)handled, (unsigned long)quiescent, (unsigned long)refused,
	       (unsigned long)wrong);
}

/* ---- calls that are left by longjmp(), by one task; the others' are not, and may be preempted
 * anywhere ---- */

static volatile uint32_t left;

__attribute__((noinline)) int climb(int depth, jmp_buf *out);
int climb(int depth, jmp_buf *out)
{
	if (depth == 0 && out)
		longjmp(*out, 1);
	return depth == 0 ? 1 : climb(depth - 1, out) + 1;
}

static void climb_down(uintptr_t task)
{
	(void)task;
	for (; left < wanted; rounds++)
		wrong += climb(3, NULL) != 4;
}

/* From another depth each time, so that no later call has the stack pointer of one that was
   left. */
__attribute__((noinline)) static void climb_out(unsigned bytes)
{
	volatile uint8_t room[bytes];
	jmp_buf out;

	room[0] = 1;
	if (setjmp(out) == 0)
		climb(3, &out);
	room[bytes - 1] = room[0];
}

static void leave(void)
{
	if (left < wanted) {
		climb_out(8 + 8 * (left * 37 % 25));
		left++;
	}
	for (unsigned polls = 0; polls < 20; polls++)
		tl_poll();
}

static void leave_calls(uint32_t n)
{
	left = rounds = wrong = 0;
	wanted = n;
	tl_set_tasks(&tasks);
	check_idle = leave;
	check_tasks(HZ, climb_down, 0, climb_down, 1);
	tl_set_tasks(NULL);
	printf("left: %lu calls returned, wrong %lu\n", (unsigned long)(4 * rounds),
	       (unsigned long)wrong);
}

/* Polls 20 times a second. */
static void poll_rarely(void)
{
	for (;;) {
		uint32_t start = tl_board_port.ticks(NULL);

		tl_poll();
		while (tl_board_port.ticks(NULL) - start < tl_board_port.tick_hz / 20)
			;
	}
}

static void serve(char *line)
{
	for (const struct way *way = ways; way < ways + sizeof ways / sizeof *ways; way++) {
		size_t n = strlen(way->name);

		if (!strncmp(line, "go ", 3) && !strncmp(line + 3, way->name, n) &&
		    line[3 + n] == ' ')
			go(way, strtoul(line + 3 + n, NULL, 0));
	}
	if (!strncmp(line, "leave ", 6))
		leave_calls(strtoul(line + 6, NULL, 0));
	if (!strcmp(line, "rarely"))
		poll_rarely();
	if (!strcmp(line, "tasks")) {
		wanted = 1;
		tl_set_tasks(&tasks);
		check_idle = tl_poll;
		check_tasks(HZ, work, 0, work, 1);
	}
}

int main(void)
{
	static char line[32];
	unsigned n = 0;
	char c;

	tl_board_init(115200);
	tl_init(&tl_board_port);
	setvbuf(stdout, NULL, _IOLBF, 160);
	puts("rtos: ready");
	for (;;) {
		tl_poll();
		if (tl_console_read(&c, 1) != 1)
			continue;
		if (c != '\n') {
			line[n] = c;
			n += n < sizeof line - 1;
			continue;
		}
		line[n] = 0;
		n = 0;
		serve(line);
	}
}
