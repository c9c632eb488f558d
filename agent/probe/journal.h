/* SPDX-License-Identifier: MIT */
/*
 * Which pages of flash have been changed, and where their originals are: a log in a page of its
 * own, and pages for the copies (struct tl_flash). It is all in flash, so that it outlives a reset
 * and a loss of power at any moment. Called before variables are there, too: so there are none.
 *
 * An entry is 16 bytes, programmed once, with a sum. One that a loss of power has cut short has
 * a wrong sum, and is passed over. An original is copied, and read back, before its entry is
 * written; its page is changed only after that. `port` has `flash`, and a build-id: of other
 * firmware no entry counts. Functions return 0 or -TL_E… unless they say otherwise. Not while
 * another one runs.
 */
#ifndef TL_JOURNAL_H
#define TL_JOURNAL_H

#include "trapline.h"

/* The copy of that page, numbered from 0; -1: it has not been changed. */
int tl_journal_find(const struct tl_port *port, uintptr_t page);
/* Copies it: the copy's number; -TL_EPAGES: all are in use; -TL_EFLASH. */
int tl_journal_open(const struct tl_port *port, uintptr_t page, uint32_t size);
/* The page is as it was. `back`: a start has found it changed. `erases` are added to the wear.
 * -TL_EPAGES: there is no room for the entry. */
int tl_journal_close(const struct tl_port *port, unsigned copy, bool back, uint32_t erases);
/* A new log, when nothing is open. */
int tl_journal_restart(const struct tl_port *port);
/* The page that a copy is of, if it is in use: its address, and the sum of its bytes. */
bool tl_journal_used(const struct tl_port *port, unsigned copy, uintptr_t *page, uint32_t *sum);
static inline uintptr_t tl_journal_copy(const struct tl_flash *f, unsigned copy)
{
	return f->copies + (uintptr_t)copy * f->copy_size;
}
/* Pages erased since the log is there, and how many a start has put back. */
struct tl_wear {
	uint32_t erases, back;
};
struct tl_wear tl_journal_wear(const struct tl_port *port);
/* CRC-32 of memory that is there. */
uint32_t tl_journal_sum(uintptr_t addr, uint32_t n);

#endif
