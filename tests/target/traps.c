/* SPDX-License-Identifier: MIT */
/*
 * Probes in trap handlers, on the target: in an exception's, in an interrupt's, and in an
 * interrupt's that came within another; and on instructions that touch the machinery of traps.
 * Prints TAP, then "done".
 */
#include <stdio.h>
#include <string.h>

#include "board.h"
#include "check.h"

enum { TIMER_HZ = 1000, TICKS = 300 };

static unsigned pre_seen, post_seen;

static int pre(struct tl_kprobe *kp, struct tl_regs *regs)
{
	(void)kp, (void)regs;
	pre_seen++;
	return 0;
}

static void post(struct tl_kprobe *kp, struct tl_regs *regs)
{
	(void)kp, (void)regs;
	post_seen++;
}

/* ---- what a probe would change ---- */

/* Every instruction of code_csr() is probed, as many at a time as there are points: from `at` on.
   Returns where the next begin. */
static const uintptr_t *probe_csr(const uintptr_t *at, const struct tl_kprobe *how,
                                  unsigned *refused, unsigned *wrong)
{
	static struct tl_kprobe kp[TL_POINTS];
	uintptr_t bare[2];
	unsigned n = 0;

	code_csr(7); /* what it leaves in mscratch is the first to be read */
	bare[0] = code_csr(7);
	bare[1] = code_csr(0x12345);

	for (; *at && n < TL_POINTS; at++) {
		kp[n] = *how;
		kp[n].addr = *at;
		if (!tl_register_kprobe(&kp[n]))
			n++;
		else
			++*refused;
	}
	code_csr(7);
	*wrong += code_csr(7) != bare[0];
	*wrong += code_csr(0x12345) != bare[1];
	while (n--) {
		*wrong += kp[n].hits != 3 || kp[n].nmissed;
		tl_unregister_kprobe(&kp[n]);
	}
	return at;
}

static void test_csr(void)
{
	static const struct {
		struct tl_kprobe how;
		unsigned refused;
		const char *what;
	} ways[] = {
	        {{0}, 0, "control registers, counted"},
	        {{.pre_handler = pre}, 0, "control registers, with handlers"},
	        {{.pre_handler = pre, .post_handler = post},
	         2,
	         "control registers, with handlers after them, but for the vector's"},
	};

	for (unsigned i = 0; i < sizeof ways / sizeof ways[0]; i++) {
		unsigned refused = 0, wrong = 0;

		for (const uintptr_t *at = code_csr_points; *at;)
			at = probe_csr(at, &ways[i].how, &refused, &wrong);
		if (wrong || refused != ways[i].refused)
			printf("# %u wrong, %u refused\n", wrong, refused);
		check(!wrong && refused == ways[i].refused, ways[i].what);
	}
}

/* ---- exceptions ---- */

static void test_call(void)
{
	struct tl_kprobe kp = {.addr = address_of(code_call_itself)};
	struct tl_kprobe entry = {.addr = check_handler, .pre_handler = pre, .post_handler = post};

	check_call.count = 0;
	check(code_call(7) == 8 && check_call.count == 1 && check_call.pc == kp.addr,
	      "bare: a call to the trap handler");
	for (unsigned handlers = 0; handlers < 2; handlers++) {
		kp.pre_handler = handlers ? pre : NULL;
		check_call.pc = 0;
		check(!tl_register_kprobe(&kp) && code_call(7) == 8 && kp.hits == 1,
		      "probed, it comes back");
		check(check_call.pc == kp.addr, "and the handler sees where it came from");
		check(check_call.length == 4, "by an instruction of that length");
		tl_unregister_kprobe(&kp);
	}
	kp.post_handler = post;
	check(tl_register_kprobe(&kp) == -TL_EMASK, "nothing can run after it");
	pre_seen = post_seen = 0;
	check(!tl_register_kprobe(&entry) && code_call(7) == 8 && entry.hits == 1,
	      "the handler itself is probed");
	check(pre_seen == 1 && post_seen == 1 && entry.nmissed == 0, "with handlers");
	tl_unregister_kprobe(&entry);
}

/* ---- interrupts ---- */

static volatile unsigned ticks_seen, nested_seen, wrong;

static void nested(void)
{
	nested_seen++;
	wrong += code_chain(nested_seen, 2) != nested_seen + 3;
}

static void tick(void)
{
	unsigned before = nested_seen;

	ticks_seen++;
	wrong += code_sum(4) != 10;
	check_nest();
	wrong += nested_seen != before + 1 || code_sum(5) != 15;
}

static void test_interrupts(void)
{
	struct tl_kprobe kp[] = {
	        {.addr = address_of((void *)tick), .pre_handler = pre},
	        {.addr = address_of((void *)nested), .post_handler = post},
	        {.addr = address_of((void *)code_chain), .pre_handler = pre, .post_handler = post},
	        {.addr = address_of(code_chain_return)},
	        {.addr = address_of((void *)code_sum), .pre_handler = pre, .post_handler = post},
	        {.addr = address_of((void *)code_add), .pre_handler = pre, .post_handler = post},
	};
	enum { TICK, NESTED, CHAIN, RETURN, SUM, ADD, PROBES };
	unsigned refused = 0, missed = 0, sums = 0;

	check_nested = nested;
	for (unsigned i = 0; i < PROBES; i++)
		refused += tl_register_kprobe(&kp[i]) != 0;
	check(!refused, "probes in an interrupt, in one within it, and in what they interrupt");
	tl_board_timer(TIMER_HZ, tick);
	while (ticks_seen < TICKS)
		wrong += code_add(sums, 5) != sums + 5, sums++;
	tl_board_timer(1, tick);
	check_nested = NULL;
	check(wrong == 0, "results are right in all of them");
	check(nested_seen == ticks_seen && kp[TICK].hits == ticks_seen &&
	              kp[NESTED].hits == ticks_seen,
	      "every interrupt was seen");
	check(kp[CHAIN].hits == ticks_seen && kp[RETURN].hits == ticks_seen &&
	              kp[SUM].hits == 2 * ticks_seen && kp[ADD].hits == sums + ticks_seen,
	      "and every instruction");
	for (unsigned i = 0; i < PROBES; i++) {
		missed += kp[i].nmissed;
		tl_unregister_kprobe(&kp[i]);
	}
	check(missed == 0, "nothing was missed");
}

int main(void)
{
	tl_board_init(115200);
	tl_init(&tl_board_port);
	setvbuf(stdout, NULL, _IOLBF, 256);
	printf("# traps on %s\n", tl_board_port.board);
	if (code_csr) {
		test_csr();
		if (code_call)
			test_call();
		test_interrupts();
	} else {
		check(true, "traps are the hardware's affair here");
	}
	printf("done, %u failed\n", check_failed);
	for (;;)
		tl_poll();
}
