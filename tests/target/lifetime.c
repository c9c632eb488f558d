/* SPDX-License-Identifier: MIT */
/*
 * Slots outlive their probes: an interrupt registers and removes probes in code that is running,
 * for as long as it is told to. A context may stand anywhere then: at a breakpoint that goes, in a
 * slot that is rebuilt or handed on, in a handler whose probe leaves.
 *
 * "go N" does N registrations and as many removals; it prints what became of them.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "board.h"
#include "check.h"

enum {
	HZ = 10000,
	LIVE = TL_POINTS < 32 ? TL_POINTS / 4 : 8, /* probes of the interrupt at a time */
	ADDRESSES = 64,
};

static struct tl_kprobe window[LIVE];
static uintptr_t addresses[ADDRESSES]; /* each of an instruction of code_*.S */
/* those below `shared` are the interrupt's, the others the main loop's */
static unsigned naddresses, shared;
static volatile uint32_t cycles, wanted, waited, refused, hits;

static int pre(struct tl_kprobe *kp, struct tl_regs *regs)
{
	(void)kp, (void)regs;
	hits++;
	return 0;
}

static void post(struct tl_kprobe *kp, struct tl_regs *regs)
{
	(void)kp, (void)regs;
	hits++;
}

/* Another address, and another kind of probe each time round: boosted, and ending in a
   breakpoint. */
static void tick(void)
{
	static uint32_t seed = 1;
	struct tl_kprobe *kp = &window[cycles % LIVE];

	if (cycles == wanted)
		return;
	if (kp->addr)
		refused += tl_unregister_kprobe(kp) != 0;
	kp->addr = 0;
	seed = seed * 1664525u + 1013904223u;
	struct tl_kprobe next = {.addr = addresses[(seed >> 16) % shared]};
	if (seed >> 30 & 1)
		next.pre_handler = pre;
	if (seed >> 31)
		next.post_handler = post;
	*kp = next;
	int err = tl_register_kprobe(kp);

	if (err == -TL_ESLOT) { /* all retired ones are other addresses': only the main loop can
		                   hand them on */
		waited++;
		kp->addr = 0;
		return;
	}
	refused += err != 0;
	cycles++;
}

/* The code under probes: is anything it says wrong? */
static unsigned work(uint32_t i)
{
	uintptr_t value = 5;
	unsigned wrong = code_add(i, 3) != i + 3;

	wrong += code_sum(i % 8 + 1) != (i % 8 + 1) * (i % 8 + 2) / 2;
	wrong += code_chain(i, 2) != i + 3;
	wrong += code_predicated((intptr_t)(i % 3) - 1) != (uintptr_t)((intptr_t)(i % 3) - 1);
	wrong += code_dispatch(i % 4) != (i % 4 == 3 ? 0 : 10 * (i % 4 + 1));
	wrong += code_masked(i, 4) != i + 4;
	if (code_exclusive)
		wrong += code_exclusive(&value) != 6;
	return wrong;
}

/* The main loop's own probes: where the table is small they take slots over from the interrupt's,
 * and these take them back. */
static void probe_from_base(uint32_t i)
{
	struct tl_kprobe own = {.addr = addresses[shared + i % (naddresses - shared)]},
	                 back = {.addr = addresses[i % shared]};

	if (!tl_register_kprobe(&own)) {
		work(i);
		tl_unregister_kprobe(&own);
	}
	if (!tl_register_kprobe(&back))
		tl_unregister_kprobe(&back);
}

static void find_addresses(void)
{
	naddresses = 0;
	for (const uintptr_t *at = code_points; *at && naddresses < ADDRESSES; at++) {
		struct tl_kprobe kp = {.addr = *at};

		if (tl_register_kprobe(&kp))
			continue;
		tl_unregister_kprobe(&kp);
		addresses[naddresses++] = *at;
	}
	shared = naddresses < TL_POINTS ? naddresses * 3 / 4 : TL_POINTS * 3 / 4;
}

static uint32_t sum_of_code(void)
{
	uint32_t sum = 0;

	for (uintptr_t at = address_of((void *)code_add); at < (uintptr_t)code_end; at += 2)
		sum = sum * 31 + *(const uint16_t *)at;
	return sum;
}

/* Points that cannot be had any more, of a table that should be empty. */
static unsigned leaked(void)
{
	static struct tl_kprobe kp[TL_POINTS];
	unsigned n = 0;

	for (uintptr_t at = address_of((void *)printf), end = at + 4096; n < TL_POINTS && at < end;
	     at += 2) {
		kp[n] = (struct tl_kprobe){.addr = at, .flags = TL_DISABLED};
		n += !tl_register_kprobe(&kp[n]);
	}
	for (unsigned i = 0; i < n; i++)
		tl_unregister_kprobe(&kp[i]);
	return TL_POINTS - n;
}

static void go(uint32_t n)
{
	uint32_t before = sum_of_code(), wrong = 0, rounds = 0;

	find_addresses();
	cycles = waited = refused = hits = 0;
	wanted = n;
	tl_board_timer(HZ, tick);
	for (; cycles < n; rounds++) {
		wrong += work(rounds);
		if (rounds % 64 == 0)
			probe_from_base(rounds / 64);
		if (rounds % 1024 == 0)
			tl_poll();
	}
	tl_board_timer(1, tick);
	for (unsigned i = 0; i < LIVE; i++)
		if (window[i].addr)
			tl_unregister_kprobe(&window[i]);
	memset(window, 0, sizeof window);
	wrong += sum_of_code() != before;
	printf("cycles %lu, hits %lu, rounds %lu, wrong %lu, waited %lu, refused %lu, leaked %u\n",
	       (unsigned long)cycles, (unsigned long)hits, (unsigned long)rounds,
	       (unsigned long)wrong, (unsigned long)waited, (unsigned long)refused, leaked());
}

int main(void)
{
	char line[24], c;
	unsigned n = 0;

	tl_board_init(115200);
	tl_init(&tl_board_port);
	setvbuf(stdout, NULL, _IOLBF, 128);
	puts("lifetime: ready");
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
		if (!strncmp(line, "go ", 3))
			go(strtoul(line + 3, NULL, 0));
	}
}
