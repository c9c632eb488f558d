/* SPDX-License-Identifier: MIT */
/*
 * Probes of asynchronous functions on the target, from the firmware's own side: protothreads, a
 * coroutine by `switch`, and a future as Rust compiles it. Prints TAP, then "done".
 */
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include "board.h"
#include "check.h"

#define FUNCTION __attribute__((noinline, noclone))

/* ---- protothreads: as Dunkels' ---- */

enum { PT_WAITING, PT_YIELDED, PT_EXITED, PT_ENDED };

struct pt {
	unsigned short line;
};

#define PT_BEGIN(pt)                                                                               \
	switch ((pt)->line) {                                                                      \
	case 0:
#define PT_WAIT_UNTIL(pt, condition)                                                               \
	(pt)->line = __LINE__;                                                                     \
	/* fall through */                                                                         \
	case __LINE__:                                                                             \
		if (!(condition))                                                                  \
		return PT_WAITING
#define PT_END(pt)                                                                                 \
	}                                                                                          \
	(pt)->line = 0;                                                                            \
	return PT_ENDED

struct transfer {
	struct pt pt;
	unsigned address, sent, got;
};

static volatile unsigned bus_ready;

FUNCTION static int transfer(struct transfer *t)
{
	PT_BEGIN(&t->pt);
	PT_WAIT_UNTIL(&t->pt, bus_ready);
	t->sent++;
	bus_ready = 0;
	PT_WAIT_UNTIL(&t->pt, bus_ready);
	t->got = t->address + 1;
	PT_END(&t->pt);
}

static bool pt_done(const struct tl_regs *regs)
{
	return tl_regs_retval(regs, 0) >= PT_EXITED;
}

/* ---- a coroutine, which knows its state itself and is told what it works on ---- */

FUNCTION static int blink(unsigned event, unsigned lamp)
{
	static unsigned states[4];

	switch (states[lamp & 3]) {
	case 0:
	case 1:
		states[lamp & 3] += event;
		return 1;
	default:
		states[lamp & 3] = 0;
		return -1;
	}
}

static uintptr_t second_argument(const struct tl_regs *regs)
{
	return tl_regs_arg(regs, 1);
}

static bool is_negative(const struct tl_regs *regs)
{
	return (int)tl_regs_retval(regs, 0) < 0;
}

/* ---- a future: fn poll(self: Pin<&mut Self>, cx) -> Poll<u32>, its discriminant first ---- */

struct poll {
	uint32_t discriminant, value; /* 0: Ready(value), 1: Pending */
};
struct future {
	unsigned left;
};

FUNCTION static struct poll future_poll(struct future *self, void *context)
{
	(void)context;
	if (self->left-- > 1)
		return (struct poll){1, 0};
	return (struct poll){0, 7};
}

/* Where a word holds less than the pair, a hidden argument says where it goes, and comes first. */
static uintptr_t future_of(const struct tl_regs *regs)
{
	return tl_regs_arg(regs, sizeof(struct poll) > sizeof(uintptr_t) && check_arch.pc == 15);
}

/* ---- handlers that take notes ---- */

static struct {
	unsigned opened, closed;
	struct tl_span last;
} seen;

static bool future_ready(const struct tl_regs *regs)
{
	/* the ABI of RISC-V returns two words in registers, that of Arm one */
	if (check_arch.pc == 15)
		return *(const uint32_t *)tl_regs_retval(regs, 0) == 0;
	return (uint32_t)tl_regs_retval(regs, 0) == 0;
}

static void on_open(struct tl_asyncprobe *ap, const struct tl_span *span, struct tl_regs *regs)
{
	(void)ap, (void)regs;
	seen.opened++;
	seen.last = *span;
}

static void on_close(struct tl_asyncprobe *ap, const struct tl_span *span, struct tl_regs *regs)
{
	(void)ap, (void)regs;
	seen.closed++;
	seen.last = *span;
}

enum { SPANS = 3 };
static struct tl_span spans[SPANS];

static struct tl_asyncprobe probe_of(const void *function, bool (*done)(const struct tl_regs *))
{
	memset(&seen, 0, sizeof seen);
	memset(spans, 0, sizeof spans);
	return (struct tl_asyncprobe){.rp.kp.addr = address_of(function),
	                              .spans = spans,
	                              .nspans = SPANS,
	                              .done = done,
	                              .on_open = on_open,
	                              .on_close = on_close};
}

static unsigned open_now(const struct tl_asyncprobe *ap)
{
	return ap->nopened - ap->nclosed - ap->nevicted;
}

static void test_protothreads(void)
{
	struct tl_asyncprobe ap = probe_of((const void *)transfer, pt_done);
	struct transfer a = {.address = 10}, b = {.address = 20};

	check(!tl_register_asyncprobe(&ap), "a protothread is probed");
	bus_ready = 0;
	check(transfer(&a) == PT_WAITING && ap.nopened == 1 && seen.opened == 1, "it opens");
	check(seen.last.key == (uintptr_t)&a && seen.last.id == 1, "by its first argument");
	transfer(&b);
	transfer(&b);
	check(ap.nopened == 2 && open_now(&ap) == 2, "and so does another");
	bus_ready = 1;
	transfer(&a);
	check(a.sent == 1 && !seen.closed, "a poll that goes on does not close it");
	bus_ready = 1;
	check(transfer(&a) == PT_ENDED && a.got == 11 && seen.closed == 1, "the last one does");
	check(seen.last.key == (uintptr_t)&a && seen.last.polls == 3, "after three polls");
	check(seen.last.busy <= seen.last.elapsed, "within its time");
	bus_ready = 0;
	transfer(&a);
	check(ap.nopened == 3 && seen.last.id == 3 && open_now(&ap) == 2, "and it opens anew");
	check(!tl_async_forget(&ap, (uintptr_t)&a) && open_now(&ap) == 1, "one is forgotten");
	check(tl_async_forget(&ap, (uintptr_t)&a) == -TL_ENOENT, "and then is not there");
	check(!tl_unregister_asyncprobe(&ap) && transfer(&b) == PT_WAITING && open_now(&ap) == 1,
	      "it is gone, and its spans stay");
}

static void test_coroutine(void)
{
	struct tl_asyncprobe ap = probe_of((const void *)blink, is_negative);

	ap.key = second_argument;
	check(!tl_register_asyncprobe(&ap), "a coroutine is probed, by its second argument");
	for (unsigned lamp = 0; lamp < 2; lamp++)
		while (blink(1, lamp) > 0)
			;
	check(ap.nclosed == 2 && seen.last.key == 1 && seen.last.polls == 3, "two of it end");
	check(!open_now(&ap) && !ap.nevicted && !ap.nunmatched, "none is left");
	tl_unregister_asyncprobe(&ap);
}

static void test_future(void)
{
	struct tl_asyncprobe ap = probe_of((const void *)future_poll, future_ready);
	struct future f = {5};
	struct poll p;

	ap.key = future_of;
	check(!tl_register_asyncprobe(&ap), "a future is probed");
	do
		p = future_poll(&f, NULL);
	while (p.discriminant);
	check(p.value == 7 && ap.nclosed == 1 && seen.last.polls == 5, "by its discriminant");
	check(seen.last.key == (uintptr_t)&f, "and by what it is called on");
	tl_unregister_asyncprobe(&ap);
}

/* ---- what goes wrong ---- */

static void test_eviction(void)
{
	struct tl_asyncprobe ap = probe_of((const void *)transfer, pt_done);
	struct transfer t[SPANS + 1] = {{{0}, 0, 0, 0}};

	check(!tl_register_asyncprobe(&ap), "more spans than there is room for");
	bus_ready = 0;
	for (unsigned i = 0; i < SPANS; i++)
		transfer(&t[i]);
	transfer(&t[0]);
	transfer(&t[SPANS]);
	check(ap.nevicted == 1 && open_now(&ap) == SPANS, "the new one takes a place");
	for (unsigned n = 0; n < 2; n++) {
		bus_ready = 1;
		transfer(&t[0]);
	}
	check(seen.closed == 1 && seen.last.polls == 4, "of that which was not polled for longest");
	for (unsigned n = 0; n < 2; n++) {
		bus_ready = 1;
		transfer(&t[1]);
	}
	check(ap.nopened == SPANS + 2 && ap.nclosed == 2 && !ap.nunmatched, "which opens anew");
	tl_unregister_asyncprobe(&ap);
}

static struct tl_asyncprobe *within;
static jmp_buf out;

/* Gives up its own span amid a poll, or leaves the poll. */
FUNCTION static int odd(uintptr_t key, unsigned how)
{
	code_add(1, 2);
	if (how == 1)
		tl_async_forget(within, key);
	if (how == 2)
		longjmp(out, 1);
	return 0;
}

static bool always(const struct tl_regs *regs)
{
	(void)regs;
	return true;
}

static void test_unmatched(void)
{
	struct tl_asyncprobe ap = probe_of((const void *)odd, always);

	within = &ap;
	check(!tl_register_asyncprobe(&ap) && !odd(5, 0) && ap.nclosed == 1, "done at once");
	odd(6, 1);
	check(ap.nunmatched == 1 && ap.nclosed == 1 && ap.nevicted == 1, "done, but given up");
	if (!setjmp(out))
		odd(7, 2);
	check(ap.nopened == 3 && open_now(&ap) == 1, "a poll is left for good");
	odd(7, 0);
	check(ap.nclosed == 2 && seen.last.polls == 2, "the next with its key goes on");
	tl_unregister_asyncprobe(&ap);
}

static void test_errors(void)
{
	struct tl_asyncprobe ap = probe_of((const void *)transfer, NULL);

	check(tl_register_asyncprobe(&ap) == -TL_EINVAL, "nothing that says when it is done");
	ap = probe_of((const void *)transfer, pt_done);
	ap.nspans = 0;
	check(tl_register_asyncprobe(&ap) == -TL_EINVAL, "no spans");
	ap = probe_of((const void *)transfer, pt_done);
	ap.rp.data_size = 1;
	check(tl_register_asyncprobe(&ap) == -TL_EINVAL, "data of one's own");
	ap = probe_of((const void *)transfer, pt_done);
	check(!tl_register_asyncprobe(&ap) && tl_register_asyncprobe(&ap) == -TL_EBUSY, "twice");
	check(!tl_unregister_asyncprobe(&ap) && tl_unregister_asyncprobe(&ap) == -TL_ENOENT,
	      "not there");
}

static volatile unsigned rounds;

/* For hosts: two transfers at a time, of three polls each. */
static void work(void)
{
	struct transfer a = {.address = 10}, b = {.address = 20};

	rounds++;
	for (unsigned n = 0; n < 3; n++) {
		bus_ready = n;
		transfer(&a);
		tl_poll();
		bus_ready = n;
		transfer(&b);
		tl_poll();
	}
}

int main(void)
{
	tl_board_init(115200);
	tl_init(&tl_board_port);
	setvbuf(stdout, NULL, _IOLBF, 256);
	printf("# async on %s\n", tl_board_port.board);
	test_protothreads();
	test_coroutine();
	test_future();
	test_eviction();
	test_unmatched();
	test_errors();
	printf("done, %u failed\n", check_failed);
	for (;;)
		work();
}
