/* SPDX-License-Identifier: MIT */
/*
 * A flash for tests: see flash_model.h.
 */
#include "flash_model.h"

#include <string.h>

#include "base/clock.h"

#if TL_FLASH

/* ---- the flash ---- */

struct flash flash;
jmp_buf flash_power;
uint8_t flash_linked[MOCK_TEXT_SIZE];

/* Some of what was to be done is. */
static bool last_step(uint8_t *at, const uint8_t *to, unsigned n)
{
	if (++flash.steps != flash.cut)
		return false;
	for (unsigned i = 0; i < n; i++)
		if (unit_below(2))
			at[i] = to ? at[i] & to[i] : 0xff;
	longjmp(flash_power, 1);
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
const struct tl_flash flash_driver = {.text = area,
                                      .journal = JOURNAL,
                                      .journal_size = PAGE,
                                      .copies = COPY,
                                      .copy_size = PAGE,
                                      .ncopies = COPIES,
                                      .erase = erase,
                                      .program = program};

/* ---- the firmware: so many NOPs, and a HALT in the page behind ---- */

void flash_start(void)
{
	client_start();
	memset((void *)MOCK_TEXT, 0xff, MOCK_TEXT_SIZE);
	mock_org(MOCK_TEXT);
	while (mock_here() < REST)
		NOP();
	HALT();
	memcpy(flash_linked, (void *)MOCK_TEXT, sizeof flash_linked);
	mock_cpu.text_is_rom = true;
	memset(&flash, 0, sizeof flash);
	tl_port.flash = &flash_driver;
	EQ(client_hello(1), 0);
}

uintptr_t in_page(unsigned n, unsigned nop)
{
	return MOCK_TEXT + n * PAGE + 2 * nop;
}

/* Text is what was linked. */
bool is_linked(void)
{
	return memcmp(flash_linked, (void *)MOCK_TEXT, JOURNAL - MOCK_TEXT) == 0;
}

void run(void)
{
	mock_cpu.regs = (struct mock_regs){.r = {[SP] = MOCK_MAIN_STACK}};
	CHECK(mock_run(MOCK_TEXT, 4 * PAGES * PAGE));
}

int add(unsigned id, uintptr_t addr, unsigned how)
{
	return native("QTl.add", "%x,%lx,0,0,1,0,%x", id, (long)addr, how);
}

unsigned hits(unsigned id)
{
	return (unsigned)probe_state(id).hits;
}

/* As a host does it: pages until none is left. How many; an error as it is. */
int write_pages(bool new)
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

#endif
