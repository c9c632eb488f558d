/* SPDX-License-Identifier: MIT */
/*
 * What the firmware itself can see of a probe, on the target: its handlers of calls to the
 * supervisor and of faults, which look at where they came from, and code that reads its own text.
 * Prints TAP, then "done".
 */
#include <stdio.h>
#include <string.h>

#include "board.h"
#include "check.h"

enum { TIMER_HZ = 2000, TICKS = 200 };

uintptr_t sight_call(void) CHECK_OPTIONAL;
uintptr_t sight_call_if(uintptr_t n) CHECK_OPTIONAL;
void sight_supervisor(void) CHECK_OPTIONAL;
extern const char sight_call_itself[] CHECK_OPTIONAL, sight_call_lane[] CHECK_OPTIONAL,
        sight_load_itself[];
uintptr_t sight_load(uintptr_t addr);

static int pre(struct tl_kprobe *kp, struct tl_regs *regs)
{
	(void)kp, (void)regs;
	return 0;
}

static void post(struct tl_kprobe *kp, struct tl_regs *regs)
{
	(void)kp, (void)regs;
}

/* ---- calls to the supervisor: Cortex-M; RISC-V's are in traps.c ---- */

#if defined __arm__ && __ARM_ARCH > 6
#define REG(addr) (*(volatile uint32_t *)(addr))
#define VTOR      REG(0xe000ed08u)
#define SHPR2     REG(0xe000ed1cu)
#define SHPR3     REG(0xe000ed20u)
#define IPR(n)    REG(0xe000e400u + 4 * (n))
#define ICSR      REG(0xe000ed04u)

enum { SVC = 11, VECTORS = 16 + 96, PENDSTSET = 1 << 26 };

volatile struct check_call check_call;
static uint32_t vectors[128] __attribute__((aligned(512)));
static volatile unsigned ticks, wrong;
static volatile float warm;

static bool saw(const char *where, unsigned number)
{
	bool good = check_call.pc == address_of(where) + 2 && check_call.length == number;

	check_call.pc = check_call.length = 0;
	return good;
}

static uintptr_t in_task(uintptr_t n)
{
	return sight_call() * 1000 + sight_call_if(n);
}

static void tick(void)
{
	ticks++;
	wrong += sight_call() != 107 || !saw(sight_call_itself, 7);
	warm = warm * 1.5f; /* the frame that it interrupts may be one with FP registers in it */
}

/* Interrupts that call, too, come as late as they like; whether main is on its way in or out of a
 * call. */
static void call_under_interrupts(void)
{
	unsigned n = 0;

	ticks = wrong = 0;
	tl_board_timer(TIMER_HZ, tick);
	for (; ticks < TICKS; n++) {
		warm = warm * 0.5f + 1;
		wrong += sight_call_if(n & 1) != (n & 1 ? 109 : 5);
	}
	tl_board_timer(1, tick);
	check(!wrong, "calls of a thread and of interrupts amid each other");
}

static void test_calls(struct tl_kprobe how, const char *what)
{
	struct tl_kprobe itself = how, lane = how;
	uintptr_t result = 0;

	printf("# %s\n", what);
	itself.addr = address_of(sight_call_itself);
	lane.addr = address_of(sight_call_lane);
	check(!tl_register_kprobe(&itself) && !tl_register_kprobe(&lane), "SVC is probed");
	check(sight_call() == 107 && saw(sight_call_itself, 7),
	      "its handler sees its caller, and the number");
	check(sight_call_if(1) == 109 && saw(sight_call_lane, 9), "in a lane of an IT block, too");
	check(sight_call_if(0) == 5 && lane.hits == 1, "which may be a false one");
	run_as_task(in_task, 1, &result);
	check(result == 107109, "from an unprivileged task on a stack of its own");
	check(itself.hits == 2 && lane.hits == 2 && !itself.nmissed && !lane.nmissed,
	      "every one was a hit");
	call_under_interrupts();
	tl_unregister_kprobe(&itself), tl_unregister_kprobe(&lane);
}

static void test_supervisor(void)
{
	struct tl_kprobe after = {.addr = address_of(sight_call_itself), .post_handler = post};
	struct tl_kprobe entry = {.addr = address_of((void *)sight_supervisor),
	                          .pre_handler = pre,
	                          .post_handler = post};
	struct tl_kretprobe back = {.kp.addr = address_of((void *)sight_call)};

	for (unsigned i = 0; i < VECTORS; i++)
		vectors[i] = ((const uint32_t *)VTOR)[i];
	vectors[SVC] = (uint32_t)sight_supervisor;
	VTOR = (uint32_t)vectors;
	SHPR2 = 0x40000000;
	SHPR3 |= 0x80000000; /* SysTick, where that is the timer: it calls, too */
	for (unsigned n = 0; n < 24; n++)
		IPR(n) = 0x80808080;
	__asm volatile("dsb\n\tisb" ::: "memory");
	check(sight_call() == 107 && saw(sight_call_itself, 7), "bare: a call to the supervisor");
	test_calls((struct tl_kprobe){0}, "counted");
	test_calls((struct tl_kprobe){.pre_handler = pre}, "with a C handler");
	check(tl_register_kprobe(&after) == -TL_EMASK, "nothing can run after it");
	check(!tl_register_kprobe(&entry) && sight_call() == 107 && saw(sight_call_itself, 7) &&
	              entry.hits == 1,
	      "the handler itself is probed");
	tl_unregister_kprobe(&entry);
	check(!tl_register_kretprobe(&back) && sight_call() == 107 && saw(sight_call_itself, 7) &&
	              back.kp.hits == 1 && !back.nmissed,
	      "a function that begins with one, its return hooked");
	tl_unregister_kretprobe(&back);
	entry = (struct tl_kprobe){.addr = address_of(sight_call_itself)};
	memset((void *)&check_fault, 0, sizeof check_fault);
	tl_register_kprobe(&entry);
	__asm volatile("cpsid i");
	sight_call();
	__asm volatile("cpsie i");
	check(check_fault.count == 1 && check_fault.vector == 3,
	      "one that cannot be taken is a fault, as without the probe");
	tl_unregister_kprobe(&entry);
}
#else
static void test_supervisor(void)
{
	check(true, "calls to the supervisor are seen elsewhere, or not probed");
}
#endif

/* ---- handlers of faults ---- */

static void test_faults(struct tl_kprobe how, bool every_vector, const char *what)
{
	struct tl_kprobe kp = how;
	uint32_t insn = 0;
	unsigned good = 0;

	printf("# %s\n", what);
	check_take_faults(every_vector);
	kp.addr = address_of(sight_load_itself);
	memcpy(&insn, (const void *)kp.addr, 4);
	check_fault.insn = 1;
	sight_load((uintptr_t)place_unmapped);
	tl_poll(); /* arms again what was disarmed for HardFault */
	insn = check_fault.insn;
	memset((void *)&check_fault, 0, sizeof check_fault);
	check(!tl_register_kprobe(&kp), "a load that faults is probed");
	for (unsigned i = 0; i < 5; i++) {
		check_fault.insn = 1;
		good += sight_load((uintptr_t)place_unmapped) == CHECK_FIXED &&
		        check_fault.insn == insn;
		tl_poll();
	}
	check(good == 5 && check_fault.count == 5,
	      "the fault's handler finds the instruction, and skips it by its length");
	if (kp.hits != 5)
		printf("# %u hits, %u missed\n", (unsigned)kp.hits, (unsigned)kp.nmissed);
	check(kp.hits == 5 && !kp.nmissed, "and it is probed again");
	check_fault.insn = 0;
	tl_unregister_kprobe(&kp);
}

/* ---- text ---- */

static uint8_t bare[64], seen[64];
static volatile int in_interrupt;

static void look(void)
{
	if (!in_interrupt)
		in_interrupt = 1 + tl_original(address_of((void *)code_sum), seen, sizeof seen);
}

static int look_in_handler(struct tl_kprobe *kp, struct tl_regs *regs)
{
	(void)regs;
	kp->data = (void *)(uintptr_t)(tl_original(address_of((void *)code_sum), seen,
	                                           sizeof seen) == 0);
	return 0;
}

static bool looks_bare(void)
{
	bool same = !memcmp(seen, bare, sizeof seen);

	memset(seen, 0, sizeof seen);
	return same;
}

static void test_text(void)
{
	uintptr_t at = address_of((void *)code_sum);
	struct tl_kprobe kp[] = {{.addr = at, .pre_handler = look_in_handler},
	                         {.addr = address_of(code_wide_inside)}};
	uint8_t byte;

	memcpy(bare, (const void *)at, sizeof bare);
	check(!tl_original(at, seen, sizeof seen) && looks_bare(), "text without probes");
	check(!tl_register_kprobe(&kp[0]) && !tl_register_kprobe(&kp[1]), "text with probes in it");
	check(memcmp((const void *)at, bare, sizeof bare), "is not what it was");
	check(!tl_original(at, seen, sizeof seen) && looks_bare(), "but can be had as it was");
	for (unsigned i = 0; i < sizeof bare; i++)
		tl_original(at + i, &seen[i], 1);
	check(looks_bare(), "byte by byte, too");
	check(code_sum(4) == 10 && kp[0].data && looks_bare(), "in a probe's handler");
	tl_board_timer(TIMER_HZ, look);
	while (!in_interrupt)
		;
	tl_board_timer(1, look);
	check(in_interrupt == 1 && looks_bare(), "in an interrupt");
	check(tl_original((uintptr_t)place_unmapped, &byte, 1) == -TL_EFAULT,
	      "not where there is nothing");
	check(tl_original(~(uintptr_t)0, seen, 2) == -TL_EFAULT, "nor around the end of memory");
	check(!tl_original(at, seen, 0), "nothing at all");
	tl_unregister_kprobe(&kp[0]), tl_unregister_kprobe(&kp[1]);
}

int main(void)
{
	tl_board_init(115200);
	tl_init(&tl_board_port);
	setvbuf(stdout, NULL, _IOLBF, 128);
	printf("# seen on %s\n", tl_board_port.board);
	test_faults((struct tl_kprobe){0}, false, "counted");
	test_faults((struct tl_kprobe){.pre_handler = pre}, false, "with a C handler");
	test_faults((struct tl_kprobe){0}, true, "every fault in a vector of its own");
	test_faults((struct tl_kprobe){.pre_handler = pre, .post_handler = post}, true,
	            "with a C handler after it");
	test_text();
	test_supervisor();
	printf("done, %u failed\n", check_failed);
	for (;;)
		tl_poll();
}
