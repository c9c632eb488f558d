/* SPDX-License-Identifier: MIT */
/*
 * The firmware's own unwinder and hooked returns, on the target, in C: backtraces through them, and
 * calls that a forced unwind leaves, with what is to be cleaned up on its way. Exceptions of C++
 * are in unwind_cxx.cpp. Prints TAP, then "done".
 */
#include <setjmp.h>
#include <stdio.h>
#include <string.h>
#include <unwind.h>

#include "board.h"
#include "check.h"

#define FUNCTION __attribute__((noinline, noclone))

static volatile unsigned cleaned, deep;
static jmp_buf out;

static unsigned leave(void);

static unsigned handled;
static int handle(struct tl_kretprobe_instance *in, struct tl_regs *regs)
{
	(void)in, (void)regs;
	handled++;
	return 0;
}

/* ---- backtraces ---- */

static uintptr_t trace[16];
static unsigned traced;

static _Unwind_Reason_Code note(struct _Unwind_Context *context, void *arg)
{
	(void)arg;
	if (traced < sizeof trace / sizeof *trace)
		trace[traced++] = (uintptr_t)_Unwind_GetIP(context) & ~(uintptr_t)1;
	return _URC_NO_REASON;
}

static _Unwind_Reason_Code stop(int version, _Unwind_Action actions, _Unwind_Exception_Class kind,
                                struct _Unwind_Exception *exception,
                                struct _Unwind_Context *context, void *arg)
{
	(void)version, (void)actions, (void)kind, (void)exception, (void)arg;
	if ((uintptr_t)_Unwind_GetIP(context) - address_of((void *)leave) < 64)
		longjmp(out, 1);
	return _URC_NO_REASON;
}

static struct _Unwind_Exception exception;

FUNCTION static unsigned leaf(unsigned how)
{
	deep++;
	traced = 0;
	if (how)
		_Unwind_ForcedUnwind(&exception, (_Unwind_Stop_Fn)stop, NULL);
	else
		_Unwind_Backtrace(note, NULL);
	return traced;
}

static void clean(unsigned *n)
{
	cleaned += *n;
}

FUNCTION static unsigned middle(unsigned how)
{
	__attribute__((cleanup(clean))) unsigned n = 1;

	return leaf(how) + n;
}

FUNCTION static unsigned outer(unsigned how)
{
	__attribute__((cleanup(clean))) unsigned n = 10;

	return middle(how) + n;
}

static uintptr_t bare[16];

/* Every caller of the bare backtrace is in that through hooked calls, in order: what stands for the
 * trampoline comes besides. */
static bool has_all(unsigned n)
{
	unsigned found = 0;

	for (unsigned i = 0; i < traced && found < n; i++)
		found += trace[i] == bare[found];
	return found == n;
}

static struct tl_kretprobe probes[3];

static unsigned probe(const void *a, const void *b, const void *c)
{
	const void *at[] = {a, b, c};
	unsigned refused = 0;

	memset(probes, 0, sizeof probes);
	handled = 0;
	for (unsigned i = 0; i < 3; i++) {
		probes[i].kp.addr = address_of(at[i]);
		probes[i].handler = handle;
		refused += at[i] && tl_register_kretprobe(&probes[i]);
	}
	return refused;
}

static unsigned unprobe(void)
{
	unsigned missed = 0;

	for (unsigned i = 0; i < 3; i++) {
		missed += probes[i].nmissed;
		tl_unregister_kretprobe(&probes[i]);
	}
	return missed;
}

static void test_backtrace(void)
{
	const struct {
		const void *at[3];
		const char *what;
	} cases[] = {
	        {{(void *)middle}, "through one hooked call"},
	        {{(void *)leaf, (void *)middle, (void *)outer}, "through all of them"},
	};
	unsigned n;

	outer(0);
	n = 3; /* the next is where this function called */
	memcpy(bare, trace, sizeof bare);
	if (traced <= n)
		printf("# %u callers\n", traced);
	check(traced > n, "a backtrace");
	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		check(!probe(cases[i].at[0], cases[i].at[1], cases[i].at[2]), cases[i].what);
		outer(0);
		if (!has_all(n))
			for (unsigned k = 0; k < traced || k < n; k++)
				printf("# %lx %lx\n", (unsigned long)bare[k],
				       (unsigned long)trace[k]);
		check(has_all(n), "it shows the same callers");
		check(handled == (cases[i].at[1] ? 3 : 1), "and all return where they should");
		check(!unprobe(), "none missed");
	}
}

/* ---- calls that are left ---- */

FUNCTION static unsigned leave(void)
{
	cleaned = 0;
	if (setjmp(out))
		return 77;
	return outer(1);
}

static void test_forced(void)
{
	check(leave() == 77 && cleaned == 11, "a forced unwind");
	check(!probe((void *)leaf, (void *)middle, (void *)outer), "its functions are hooked");
	for (unsigned i = 0; i < 3 * TL_RETURNS; i++)
		if (leave() != 77 || cleaned != 11)
			cleaned = 100 + i;
	check(cleaned == 11 && !handled, "it passes, and cleans up");
	check(probes[1].nmissed == 3 * TL_RETURNS && probes[0].nmissed == 3 * TL_RETURNS,
	      "every call it left is a missed one");
	outer(0);
	check(handled == 3, "later calls return as ever");
	unprobe();
}

int main(void)
{
	tl_board_init(115200);
	tl_init(&tl_board_port);
	setvbuf(stdout, NULL, _IOLBF, 128);
	printf("# unwind on %s\n", tl_board_port.board);
#ifdef __riscv
	extern const char __eh_frame_start[];
	void __register_frame_info(const void *, void *);
	static uintptr_t object[8];

	__register_frame_info(__eh_frame_start, object);
#endif
	test_backtrace();
	test_forced();
	printf("done, %u failed\n", check_failed);
	for (;;)
		tl_poll();
}
