/* SPDX-License-Identifier: MIT */
/*
 * A flash for tests: the mock's text, made to be as NOR flash is. Pages are erased to ones, and
 * programming clears bits. Firmware on it is NOPs, and a HALT in the page behind. With TL_FLASH.
 */
#ifndef FLASH_MODEL_H
#define FLASH_MODEL_H

#include <setjmp.h>

#include "probe/flash.h"
#include "probes.h"
#include "unit.h"

enum { PAGE = 256, PAGES = 8, COPIES = 3, ENTRIES = PAGE / 16 };
#define JOURNAL (MOCK_TEXT + 0x2000)
#define COPY    (JOURNAL + PAGE)
#define REST    (MOCK_TEXT + PAGES * PAGE) /* not all of the last page is the area's */

struct flash {
	unsigned steps;      /* a page erased or a word programmed */
	unsigned cut;        /* in this one power is lost, 0: never */
	uintptr_t worn;      /* the page around it takes nothing any more */
	unsigned erased[64]; /* by page, how often */
};
extern struct flash flash;
extern jmp_buf flash_power; /* where a loss of power leads to */
extern const struct tl_flash flash_driver;
extern uint8_t flash_linked[MOCK_TEXT_SIZE]; /* what was linked */

void flash_start(void); /* all from scratch, and a session */
uintptr_t in_page(unsigned n, unsigned nop);
bool is_linked(void); /* is text what was linked? */
void run(void);       /* the firmware, from its start to its end */

enum { ENABLED = 0, STAY = 1, DISABLED = 2, FLASH = 4 };
int add(unsigned id, uintptr_t addr, unsigned how);
unsigned hits(unsigned id);
/* As a host does it: pages until none is left. How many; an error as it is. */
int write_pages(bool new);

#endif
