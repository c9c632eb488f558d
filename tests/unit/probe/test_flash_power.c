/* SPDX-License-Identifier: MIT */
/* config: flash */
/*
 * Breakpoints in pages of flash: after a loss of power at any moment, and another one amid the
 * repair, the text is what it was.
 */
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "flash_model.h"
#include "probe/journal.h"
#include "unit.h"

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

	board.flash = &flash_driver;
	memcpy((void *)MOCK_TEXT, left, sizeof left);
	flash.steps = 0;
	flash.cut = n;
	lost = setjmp(flash_power);
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
	flash_start();
	youth(times);
	flash.steps = 0;
	flash.cut = cut;
	if (!setjmp(flash_power)) {
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

static const struct unit_test tests[] = {
        {"power lost at any step, and at any step of the repair", power_lost_anywhere},
        {"power lost with a journal that is full", power_lost_with_a_full_journal},
};

UNIT_MAIN(tests)
