/* SPDX-License-Identifier: MIT */
/* config: flash */
/*
 * Breakpoints in pages of flash: what hits them, how pages come and go, and what is refused. Losses
 * of power are in test_flash_power.c.
 */
#include <string.h>

#include "base/clock.h"
#include "flash_model.h"
#include "probe/journal.h"
#include "unit.h"

static struct tl_flash_state now(void)
{
	return tl_flash_now();
}

/* ---- probes ---- */

static void a_probe_comes_and_goes(void)
{
	flash_start();
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
	flash_start();
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
	flash_start();
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

	flash_start();
	EQ(add(1, in_page(3, 7), FLASH), 0);
	EQ(write_pages(true), 1);
	CHECK(memcmp((void *)in_page(3, 0), flash_linked + 3 * PAGE, PAGE) != 0);
	EQ(tl_original(in_page(3, 0), bytes, PAGE), 0);
	EQ(memcmp(bytes, flash_linked + 3 * PAGE, PAGE), 0);
}

/* A debugger's, or the firmware's own, at the same address keeps it there. */
static void a_shared_point_stays(void)
{
	struct watched w;

	flash_start();
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
	flash_start();
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
	flash_start();
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

	flash_start();
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
	flash_start();
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
	flash_start();
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

	flash_start();
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
	flash_start();
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
	flash_start();
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
	flash_start();
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
	flash_start();
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
	flash_start();
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
	EQ(*(uint8_t *)in_page(3, 1), flash_linked[in_page(3, 1) - MOCK_TEXT]);
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

	flash_start();
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
	flash_start();
	EQ(add(1, in_page(1, 1), FLASH), 0);
	EQ(add(2, in_page(3, 1), FLASH), 0);
	EQ(write_pages(true), 2);
	mock_cpu.text_is_rom = false;
	mock_org(in_page(0, 0));
	LI(R1, 0);
	LD(R0, R1, 0);
	memcpy(flash_linked, (void *)MOCK_TEXT, PAGE);
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

/* What other firmware has left is not for this one: it was flashed over. */
static void other_firmware(void)
{
	static const uint32_t other[] = {4, 4, 3, 0x554e47, 0x12345678};
	struct tl_port board = mock_port;

	flash_start();
	EQ(add(1, in_page(1, 1), FLASH), 0);
	EQ(write_pages(true), 1);
	board.flash = &flash_driver;
	board.build_id = other;
	memcpy((void *)MOCK_TEXT, flash_linked, sizeof flash_linked - 0x2000);
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
        {"a journal of other firmware", other_firmware},
        {"another host at once", another_host},
        {"no handlers run while it is disarmed", handlers_while_disarmed},
        {"a comparator after flash", a_comparator_after},
        {"a comparator before flash", a_comparator_before},
        {"who has not asked for flash does not wait for it", waits_in_vain},
        {"a page that has breakpoints, and takes no more", worn_later},
};

UNIT_MAIN(tests)
