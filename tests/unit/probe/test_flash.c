/* SPDX-License-Identifier: MIT */
/* config: flash */
/*
 * Breakpoints in pages of flash: what hits them, how pages come and go, and that after a loss of
 * power at any moment the text is what it was. The flash is the mock's text, made to be as NOR
 * flash is: pages are erased to ones, and programming clears bits.
 */
#include <setjmp.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "probe/flash.h"
#include "probe/journal.h"
#include "probe/text.h"
#include "probes.h"
#include "unit.h"

enum { PAGE = 256, PAGES = 8, COPIES = 3, ENTRIES = PAGE / 16 };
#define JOURNAL (MOCK_TEXT + 0x2000)
#define COPY    (JOURNAL + PAGE)
#define REST    (MOCK_TEXT + PAGES * PAGE) /* not all of the last page is the area's */

/* ---- the flash ---- */

static struct {
	unsigned steps;      /* a page erased or a word programmed */
	unsigned cut;        /* in this one power is lost, 0: never */
	uintptr_t worn;      /* the page around it takes nothing any more */
	unsigned erased[64]; /* by page, how often */
} flash;
static jmp_buf power;

/* Some of what was to be done is. */
static bool last_step(uint8_t *at, const uint8_t *to, unsigned n)
{
	if (++flash.steps != flash.cut)
		return false;
	for (unsigned i = 0; i < n; i++)
		if (unit_below(2))
			at[i] = to ? at[i] & to[i] : 0xff;
	longjmp(power, 1);
}

static int erase(uintptr_t page)
{
	uint8_t *at = (uint8_t *)page;

	CHECK(!(page % PAGE) && page >= MOCK_TEXT && page < MOCK_TEXT + MOCK_TEXT_SIZE);
	last_step(at, NULL, PAGE);
	flash.erased[(page - MOCK_TEXT) / PAGE]++;
	if (flash.worn - page < PAGE)
		return 0; /* it does not even know */
	memset(at, 0xff, PAGE);
	return 0;
}

static int program(uintptr_t to, const void *from, unsigned n)
{
	const uint8_t *bytes = from;
	uint8_t *at = (uint8_t *)to;

	CHECK(!(to % TL_FLASH_UNIT) && !(n % TL_FLASH_UNIT) && !((uintptr_t)from % 4));
	for (unsigned i = 0; i < n; i++) {
		if (i % 4 == 0)
			last_step(at + i, bytes + i, 4);
		at[i] &= flash.worn - to / PAGE * PAGE < PAGE ? 0xff : bytes[i];
	}
	return 0;
}

static const struct tl_flash_area area[] = {{MOCK_TEXT, REST + 0x20, PAGE}, {0, 0, 0}};
static const struct tl_flash driver = {.text = area,
                                       .journal = JOURNAL,
                                       .journal_size = PAGE,
                                       .copies = COPY,
                                       .copy_size = PAGE,
                                       .ncopies = COPIES,
                                       .erase = erase,
                                       .program = program};

/* ---- the firmware: so many NOPs, and a HALT in the page behind ---- */

static uint8_t linked[MOCK_TEXT_SIZE];

static void start(void)
{
	client_start();
	memset((void *)MOCK_TEXT, 0xff, MOCK_TEXT_SIZE);
	mock_org(MOCK_TEXT);
	while (mock_here() < REST)
		NOP();
	HALT();
	memcpy(linked, (void *)MOCK_TEXT, sizeof linked);
	mock_cpu.text_is_rom = true;
	memset(&flash, 0, sizeof flash);
	tl_port.flash = &driver;
	EQ(client_hello(1), 0);
}

static uintptr_t in_page(unsigned n, unsigned nop)
{
	return MOCK_TEXT + n * PAGE + 2 * nop;
}

/* Text is what was linked. */
static bool is_linked(void)
{
	return memcmp(linked, (void *)MOCK_TEXT, JOURNAL - MOCK_TEXT) == 0;
}

static void run(void)
{
	mock_cpu.regs = (struct mock_regs){.r = {[SP] = MOCK_MAIN_STACK}};
	CHECK(mock_run(MOCK_TEXT, 4 * PAGES * PAGE));
}

enum { ENABLED = 0, STAY = 1, DISABLED = 2, FLASH = 4 };

static int add(unsigned id, uintptr_t addr, unsigned how)
{
	return native("QTl.add", "%x,%lx,0,0,1,0,%x", id, (long)addr, how);
}

static unsigned hits(unsigned id)
{
	return (unsigned)probe_state(id).hits;
}

/* As a host does it: pages until none is left. How many; an error as it is. */
static int write_pages(bool new)
{
	int pages = 0, err;

	do {
		err = native("QTl.flash", "%x", new);
		if (err)
			return err;
		pages += (int)field(0);
	} while (field(1));
	return pages;
}

static struct tl_flash_state now(void)
{
	return tl_flash_now();
}

/* ---- probes ---- */

static void a_probe_comes_and_goes(void)
{
	start();
	EQ(add(1, in_page(2, 5), FLASH), 0);
	EQ(field(0), TL_STEP_FLASH | TL_STEP_PENDING);
	run();
	EQ(hits(1), 0); /* its page is not written */
	CHECK(is_linked());
	EQ(write_pages(true), 1);
	EQ(*(uint8_t *)in_page(2, 5), MOCK_BRK);
	EQ(probe_state(1).step, TL_STEP_FLASH);
	run();
	run();
	EQ(hits(1), 2);
	EQ(write_pages(true), 0);
	EQ(native("QTl.del", "1"), 0);
	EQ(*(uint8_t *)in_page(2, 5), MOCK_BRK); /* until its page is written */
	run();
	EQ(write_pages(false), 1);
	CHECK(is_linked());
	EQ(now().used, 0);
	EQ(flash.erased[2], 2);
	run();
}

/* Pages that have nothing to do with it are not erased. */
static void many_in_one_pass(void)
{
	start();
	for (unsigned i = 0; i < 6; i++)
		EQ(add(i + 1, in_page(1 + i % 2, 3 * i), FLASH | DISABLED), 0);
	EQ(native_bare("qTl.flash") ? -1 : (int)field(2), 2);
	EQ(write_pages(true), 2);
	run();
	for (unsigned i = 0; i < 6; i++)
		EQ(hits(i + 1), 0);
	EQ(native("QTl.enable", "1,1,2,3,4,5,6"), 0);
	run();
	for (unsigned i = 0; i < 6; i++)
		EQ(hits(i + 1), 1);
	EQ(native("QTl.del", "2"), 0);
	EQ(write_pages(false), 1);
	run();
	EQ(hits(1), 2);
	EQ(hits(4), 2);
	EQ(flash.erased[0] + flash.erased[3], 0);
	EQ(flash.erased[1], 1);
	EQ(flash.erased[2], 2);
	for (unsigned i = 0; i < 6; i++)
		if (i != 1)
			EQ(native("QTl.del", "%x", i + 1), 0);
	EQ(write_pages(false), 2);
	CHECK(is_linked());
}

static void disabled_and_disarmed_it_is_stepped(void)
{
	start();
	EQ(add(1, in_page(0, 4), FLASH), 0);
	EQ(write_pages(true), 1);
	EQ(native("QTl.enable", "1,0"), 0);
	run();
	EQ(hits(1), 0);
	EQ(native("QTl.enable", "1,1"), 0);
	tl_disarm_all();
	run();
	EQ(hits(1), 0);
	tl_arm_all();
	run();
	EQ(hits(1), 1);
	EQ(flash.erased[0], 1);
}

static void readers_see_what_was_linked(void)
{
	uint8_t bytes[PAGE];

	start();
	EQ(add(1, in_page(3, 7), FLASH), 0);
	EQ(write_pages(true), 1);
	CHECK(memcmp((void *)in_page(3, 0), linked + 3 * PAGE, PAGE) != 0);
	EQ(tl_original(in_page(3, 0), bytes, PAGE), 0);
	EQ(memcmp(bytes, linked + 3 * PAGE, PAGE), 0);
}

/* A debugger's, or the firmware's own, at the same address keeps it there. */
static void a_shared_point_stays(void)
{
	struct watched w;

	start();
	EQ(add(1, in_page(1, 1), FLASH), 0);
	EQ(write_pages(true), 1);
	EQ(watch(&w, in_page(1, 1), 'a', PRE | POST), 0);
	EQ(native("QTl.del", "1"), 0);
	EQ(write_pages(false), 0);
	probes_clear();
	run();
	SAME(probes_log, "aA");
	EQ(tl_unregister_kprobe(&w.kp), 0);
	EQ(write_pages(false), 1);
	CHECK(is_linked());
}

static void a_host_that_is_gone(void)
{
	start();
	EQ(add(1, in_page(1, 1), FLASH), 0);
	EQ(add(2, in_page(4, 1), FLASH), 0);
	EQ(add(3, in_page(5, 1), FLASH | STAY), 0);
	EQ(write_pages(true), 3);
	mock_pass(2 * TL_LEASE_MS);
	EQ(flash.erased[1], 2);
	EQ(flash.erased[4], 2);
	EQ(flash.erased[5], 1);
	EQ(now().used, 1);
	run();
	EQ(client_hello(2), 0);
	EQ(hits(3), 1);
	EQ(native("QTl.del", "3"), 0);
	EQ(native("QTl.bye", "0"), 0);
	mock_pass(8);
	CHECK(is_linked());
}

/* What one host has left the next finds, and has it written back first. */
static void another_host(void)
{
	start();
	EQ(add(1, in_page(1, 1), FLASH), 0);
	EQ(write_pages(true), 1);
	EQ(client_hello(2), 0);
	run();
	EQ(write_pages(false), 1);
	CHECK(is_linked());
	EQ(add(1, in_page(1, 1), FLASH), 0);
	EQ(write_pages(true), 1);
	run();
	EQ(hits(1), 1);
}

/* Those of the firmware's own that share a point run no handlers while everything is disarmed. */
static void handlers_while_disarmed(void)
{
	struct watched w;

	start();
	EQ(add(1, in_page(1, 1), FLASH), 0);
	EQ(write_pages(true), 1);
	EQ(watch(&w, in_page(1, 1), 'a', PRE | POST | FAULT), 0);
	tl_disarm_all();
	probes_clear();
	run();
	SAME(probes_log, "");
	tl_arm_all();
	run();
	SAME(probes_log, "aA");
	EQ(hits(1), 1);
}

/* ---- beside comparators ---- */

/* A point that was in flash has a comparator next time. */
static void a_comparator_after(void)
{
	start();
	mock_cpu.comparators = 2;
	EQ(add(1, in_page(1, 1), FLASH), 0);
	EQ(write_pages(true), 1);
	EQ(native("QTl.del", "1"), 0);
	EQ(write_pages(false), 1);
	EQ(add(2, in_page(1, 1), 0), 0);
	EQ(field(0), TL_STEP_COMPARATOR);
	run();
	EQ(hits(2), 1);
}

/* One that has a comparator keeps it, whoever comes. */
static void a_comparator_before(void)
{
	start();
	mock_cpu.comparators = 1;
	EQ(add(1, in_page(1, 1), 0), 0);
	EQ(add(2, in_page(1, 1), FLASH), 0);
	EQ(field(0), TL_STEP_COMPARATOR);
	EQ(write_pages(true), 0);
	tl_disarm_all();
	tl_arm_all();
	EQ(native("QTl.enable", "1,0,2"), 0);
	EQ(native("QTl.enable", "1,1,2"), 0);
	run();
	EQ(hits(1), 1);
	EQ(hits(2), 1);
	EQ(tl_arch_comparators().used, 1);
	EQ(flash.steps, 0);
}

/* ---- what is refused ---- */

/* Who has not asked for flash does not wait for it. */
static void waits_in_vain(void)
{
	struct watched w;

	start();
	EQ(add(1, in_page(1, 1), FLASH), 0);
	EQ(watch(&w, in_page(1, 1), 'a', PRE), -TL_EROM);
	EQ(add(2, in_page(1, 1), DISABLED), 0);
	EQ(native("QTl.enable", "2,1"), -TL_EROM);
	EQ(write_pages(true), 1);
	EQ(watch(&w, in_page(1, 1), 'a', PRE), 0);
	EQ(native("QTl.enable", "2,1"), 0);
	run();
	EQ(hits(1), 1);
	EQ(hits(2), 1);
}

static void refused(void)
{
	start();
	EQ(add(1, REST, FLASH), -TL_EPAGE); /* a page that is not all of it the area's */
	EQ(add(1, in_page(0, 0), 0), -TL_EROM);
	mock_cpu.roots[0] = in_page(2, 9); /* where no trap is possible: */
	EQ(add(1, in_page(2, 1), FLASH), -TL_EPAGE);
	EQ(native("qTl.check", "%lx,0,4", (long)in_page(2, 1)), -TL_EPAGE);
	EQ(native("qTl.check", "%lx,0,4", (long)in_page(1, 1)), 0);
	EQ(field(0), TL_STEP_FLASH);
	EQ(native("qTl.check", "%lx,0", (long)in_page(1, 1)), -TL_EROM);
	tl_port.build_id = NULL;
	EQ(add(1, in_page(1, 1), FLASH), -TL_EPAGE);
	tl_port.flash = NULL;
	EQ(native("QTl.flash", "1"), -TL_ENOSUP);
	EQ(native_bare("qTl.flash"), -TL_ENOSUP);
	EQ(add(1, in_page(1, 1), FLASH), -TL_EROM);
	EQ(flash.steps, 0);
	CHECK(is_linked());
}

static void more_pages_than_copies(void)
{
	start();
	for (unsigned i = 0; i <= COPIES; i++)
		EQ(add(i + 1, in_page(i, 1), FLASH), 0);
	EQ(write_pages(true), -TL_EPAGES);
	EQ(now().used, COPIES);
	EQ(native("QTl.del", "1"), 0);
	EQ(write_pages(false), 1);
	EQ(write_pages(true), 1);
	run();
	EQ(hits(COPIES + 1), 1);
}

/* A page that does not take what is written: as it was, if that can be. */
static void worn(void)
{
	start();
	EQ(add(1, in_page(1, 1), FLASH), 0);
	flash.worn = in_page(1, 0);
	EQ(write_pages(true), -TL_EFLASH);
	flash.worn = 0;
	run();
	EQ(hits(1), 0);
	EQ(native("QTl.del", "1"), 0);
	write_pages(false);
	EQ(tl_flash_recover(&tl_port), is_linked() ? 0 : 1);
	CHECK(is_linked());
}

/* A page that has breakpoints, and takes no more: those stay, and what hits them is a hit. */
static void worn_later(void)
{
	start();
	EQ(add(1, in_page(1, 1), FLASH), 0);
	EQ(write_pages(true), 1);
	EQ(add(2, in_page(1, 3), FLASH), 0);
	flash.worn = in_page(1, 0);
	EQ(write_pages(true), -TL_EFLASH);
	run();
	EQ(hits(1), 1);
	EQ(native("QTl.del", "1"), 0);
	EQ(native("QTl.del", "2"), 0);
	EQ(write_pages(false), -TL_EFLASH);
	run();
	flash.worn = 0;
	EQ(write_pages(false), 1);
	CHECK(is_linked());
}

/* One that refuses keeps no other from being written; and what stands in it is still a point's. */
static void one_refuses(void)
{
	start();
	for (unsigned i = 0; i < 3; i++)
		EQ(add(i + 1, in_page(i + 1, 1), FLASH), 0);
	EQ(add(4, in_page(1, 4), FLASH), 0);
	flash.worn = in_page(2, 0);
	EQ(write_pages(true), -TL_EFLASH);
	EQ(now().used, 2);
	flash.worn = in_page(1, 0);
	EQ(native("QTl.del", "1"), 0);
	EQ(native("QTl.del", "3"), 0);
	EQ(write_pages(false), -TL_EFLASH);
	EQ(*(uint8_t *)in_page(3, 1), linked[in_page(3, 1) - MOCK_TEXT]);
	EQ(*(uint8_t *)in_page(1, 1), MOCK_BRK); /* nobody's, and stepped */
	run();
	EQ(hits(4), 1);
	flash.worn = 0;
	EQ(write_pages(true), 2);
	run();
	EQ(hits(2), 1);
	EQ(hits(4), 2);
}

/* The journal is begun anew when it is full, and knows what was before. */
static void wear(void)
{
	unsigned erases = 0;

	start();
	for (unsigned i = 0; i < 3 * ENTRIES; i++) {
		EQ(add(1, in_page(i % PAGES, 1), FLASH), 0);
		EQ(write_pages(true), 1);
		EQ(native("QTl.del", "1"), 0);
		EQ(write_pages(false), 1);
	}
	for (unsigned i = 0; i < sizeof flash.erased / sizeof *flash.erased; i++)
		erases += flash.erased[i];
	EQ(now().erases, erases);
	EQ(now().back, 0);
	CHECK(is_linked());
	EQ(add(1, in_page(1, 1), FLASH), 0);
	EQ(write_pages(true), 1);
	EQ(tl_flash_recover(&tl_port), 1);
	EQ(tl_journal_restart(&tl_port), 0);
	EQ(now().back, 1);
}

/* ---- faults ---- */

static unsigned faults;

static void on_chained(void)
{
	faults++;
	CHECK(is_linked()); /* what it calls may be anything */
	mock_cpu.regs.r[PC] += 4;
}

static void back_before_a_fault_is_passed_on(void)
{
	start();
	EQ(add(1, in_page(1, 1), FLASH), 0);
	EQ(add(2, in_page(3, 1), FLASH), 0);
	EQ(write_pages(true), 2);
	mock_cpu.text_is_rom = false;
	mock_org(in_page(0, 0));
	LI(R1, 0);
	LD(R0, R1, 0);
	memcpy(linked, (void *)MOCK_TEXT, PAGE);
	mock_cpu.text_is_rom = true;
	mock_cpu.untrappable = true;
	EQ(tl_chain_handler(5, on_chained), 0);
	run();
	EQ(faults, 1);
	CHECK(is_linked());
	tl_poll();
	run();
	EQ(hits(1), 0); /* they stay out until the host says so */
	EQ(probe_state(1).step, TL_STEP_FLASH | TL_STEP_PENDING);
	EQ(write_pages(false), 0);
	EQ(write_pages(true), 2);
}

/* ---- losses of power ---- */

/* Some hours in the life of a page or two. */
static void life(void)
{
	EQ(add(1, in_page(1, 1), FLASH), 0);
	EQ(add(2, in_page(2, 1), FLASH), 0);
	write_pages(true);
	EQ(add(3, in_page(2, 4), FLASH), 0);
	write_pages(true);
	EQ(native("QTl.del", "2"), 0);
	write_pages(false);
	EQ(native("QTl.del", "1"), 0);
	EQ(native("QTl.del", "3"), 0);
	write_pages(false);
}

/* The flash as it was when power was lost. */
static uint8_t left[MOCK_TEXT_SIZE];

/* Power comes back, is lost in the n-th step of the repair, and comes back. False: the repair has
 * fewer steps. Variables are what they are after a reset: of no use. */
static bool repaired(unsigned n)
{
	struct tl_port board = mock_port;
	uintptr_t page;
	uint32_t sum;
	bool lost;

	board.flash = &driver;
	memcpy((void *)MOCK_TEXT, left, sizeof left);
	flash.steps = 0;
	flash.cut = n;
	lost = setjmp(power);
	if (!lost)
		CHECK(tl_flash_recover(&board) >= 0);
	flash.cut = 0;
	CHECK(tl_flash_recover(&board) >= 0);
	EQ(tl_flash_recover(&board), 0);
	CHECK(is_linked());
	for (unsigned i = 0; i < COPIES; i++)
		CHECK(!tl_journal_used(&board, i, &page, &sum));
	for (unsigned i = 3; i < PAGES; i++) { /* it goes on */
		int copy = tl_journal_open(&board, in_page(i, 0), PAGE);

		CHECK(copy >= 0);
		EQ(tl_journal_close(&board, (unsigned)copy, false, 1), 0);
	}
	return lost;
}

/* So many times before that a page was written, and written back: the journal fills. */
static void youth(unsigned times)
{
	while (times--) {
		EQ(add(1, in_page(6, 1), FLASH), 0);
		EQ(write_pages(true), 1);
		EQ(native("QTl.del", "1"), 0);
		EQ(write_pages(false), 1);
	}
}

/* In a process of its own, as the agent's variables are: false if the life has fewer steps. */
static bool lost_at(unsigned cut, unsigned times)
{
	enum { LOST = 42, LIVED = 43 }; /* others mean that something failed */
	int status;
	pid_t child = fork();

	if (child) {
		CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status));
		CHECK(WEXITSTATUS(status) == LOST || WEXITSTATUS(status) == LIVED);
		return WEXITSTATUS(status) == LOST;
	}
	unit_at("power lost in step %u after %u pages", cut, times);
	start();
	youth(times);
	flash.steps = 0;
	flash.cut = cut;
	if (!setjmp(power)) {
		life();
		_exit(LIVED);
	}
	memcpy(left, (void *)MOCK_TEXT, sizeof left);
	for (unsigned n = 1; repaired(n); n += times ? 5 : 1)
		unit_at("power lost in step %u after %u pages, and in step %u of the repair", cut,
		        times, n);
	_exit(LOST);
}

static void power_lost_anywhere(void)
{
	unsigned cut = 1;

	while (lost_at(cut, 0))
		cut++;
	CHECK(cut > 6 * PAGE / 4); /* three pages copied, and each written twice */
}

/* The journal is full, or will be: it is erased on the way. */
static void power_lost_with_a_full_journal(void)
{
	for (unsigned times = 3; times <= ENTRIES / 2; times++)
		for (unsigned cut = 1; lost_at(cut, times); cut += 1 + cut % 3)
			;
}

/* What other firmware has left is not for this one: it was flashed over. */
static void other_firmware(void)
{
	static const uint32_t other[] = {4, 4, 3, 0x554e47, 0x12345678};
	struct tl_port board = mock_port;

	start();
	EQ(add(1, in_page(1, 1), FLASH), 0);
	EQ(write_pages(true), 1);
	board.flash = &driver;
	board.build_id = other;
	memcpy((void *)MOCK_TEXT, linked, sizeof linked - 0x2000);
	*(uint8_t *)in_page(1, 1) = 0x55;
	EQ(tl_flash_recover(&board), 0);
	EQ(*(uint8_t *)in_page(1, 1), 0x55);
	EQ(tl_journal_find(&board, in_page(1, 0)), -1);
	EQ(tl_journal_wear(&board).erases, 1); /* of the board, as far as it was noted */
}

static const struct unit_test tests[] = {
        {"a probe comes with its page, and goes with it", a_probe_comes_and_goes},
        {"many in one pass, enabled at one moment", many_in_one_pass},
        {"disabled or disarmed, what hits it is stepped", disabled_and_disarmed_it_is_stepped},
        {"readers see what was linked", readers_see_what_was_linked},
        {"a point with another probe stays", a_shared_point_stays},
        {"a host that is gone: pages are written back", a_host_that_is_gone},
        {"what is refused changes nothing", refused},
        {"more pages than copies", more_pages_than_copies},
        {"a page that takes nothing any more", worn},
        {"a page that refuses, among others", one_refuses},
        {"wear is counted, also when the journal begins anew", wear},
        {"written back before a fault is passed on", back_before_a_fault_is_passed_on},
        {"power lost at any step, and at any step of the repair", power_lost_anywhere},
        {"power lost with a journal that is full", power_lost_with_a_full_journal},
        {"a journal of other firmware", other_firmware},
        {"another host at once", another_host},
        {"no handlers run while it is disarmed", handlers_while_disarmed},
        {"a comparator after flash", a_comparator_after},
        {"a comparator before flash", a_comparator_before},
        {"who has not asked for flash does not wait for it", waits_in_vain},
        {"a page that has breakpoints, and takes no more", worn_later},
};

UNIT_MAIN(tests)
