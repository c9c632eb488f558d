/* SPDX-License-Identifier: MIT */
/*
 * Breakpoints in flash: see flash.h.
 *
 * A page that is to change is copied first, and the copy noted in the journal. From then on the
 * page is always made from the copy and the points that are armed in it: whatever has stood in it
 * meanwhile, and however often. So no page has to fit into RAM.
 */
#include "probe/flash.h"

#include "base/clock.h"
#include "base/util.h"
#include "probe/guard.h"
#include "probe/journal.h"
#include "probe/text.h"

#if TL_FLASH

TL_RAM(".bss");

bool tl_flash_stale;
static uint16_t erases; /* that the journal has not been told of */

extern const char __start_tl_text[], __stop_tl_text[];

struct page {
	uintptr_t start, size;
};

/* ---- pages ---- */

/* The page around an address; false: it is not in flash that the firmware gives. */
static bool page_of(const struct tl_flash *f, uintptr_t addr, struct page *page)
{
	const struct tl_flash_area *a = f ? f->text : 0;

	while (a && a->end && addr - a->start >= a->end - a->start)
		a++;
	if (!a || !a->end)
		return false;
	page->size = a->page;
	page->start = addr & ~(page->size - 1);
	return true;
}

/* Is all of it the area's? What shares a page with other things stays. */
static bool is_whole(const struct tl_flash *f, const struct page *page)
{
	const struct tl_flash_area *a = f->text;

	while (a->end && (page->start < a->start || page->start + page->size > a->end))
		a++;
	return a->end;
}

static bool within(const struct page *page, uintptr_t start, uintptr_t end)
{
	return start < page->start + page->size && page->start < end;
}

/* Where code begins that runs where no trap is possible: a thin agent knows no more of it. */
static bool has_root(const struct page *page)
{
	bool has = false;

	for (unsigned i = 1; i <= TL_ARCH_ROOTS; i++) {
		uintptr_t entry = tl_guard_root(i).entry;

		has |= entry && within(page, entry, entry + 1);
	}
	return has;
}

/* Does anything run from there while it is written, or tell whose it is? */
static bool is_needed(const struct page *page)
{
	enum { NOTE = 36 }; /* bytes of a build-id */
	const struct tl_flash *f = tl_port.flash;
	uintptr_t id = (uintptr_t)tl_port.build_id;

	return !id || within(page, id, id + NOTE) ||
	       within(page, (uintptr_t)__start_tl_text, (uintptr_t)__stop_tl_text) ||
	       within(page, (uintptr_t)f, (uintptr_t)(f + 1)) ||
	       within(page, (uintptr_t)f->text, (uintptr_t)(f->text + 2)) ||
	       within(page, (uintptr_t)f->erase, (uintptr_t)f->erase + 1) ||
	       within(page, (uintptr_t)f->program, (uintptr_t)f->program + 1) ||
	       tl_guard_within(page->start, page->size) || has_root(page);
}

int tl_flash_may(uintptr_t addr, unsigned len)
{
	struct page page;

	if (!page_of(tl_port.flash, addr, &page))
		return 0;
	if (!is_whole(tl_port.flash, &page) || addr + len > page.start + page.size ||
	    is_needed(&page))
		return -TL_EPAGE;
	return 1;
}

/* ---- writing one ---- */

/* The breakpoints that a piece of a page has. */
static void overlay(uintptr_t at, uint8_t *bytes, unsigned n)
{
	for (const struct tl_point *pt = tl_table.points; pt < tl_table.points + TL_POINTS; pt++) {
		uint8_t code[sizeof pt->text];
		unsigned len;

		if (pt->armed != TL_ARMED_FLASH || pt->state != TL_POINT_LIVE ||
		    pt->addr - at + (sizeof code - 1) >= n + (sizeof code - 1))
			continue;
		len = tl_patch_of(pt, TL_ARMED_FLASH, code);
		for (unsigned k = 0; k < len; k++)
			if (pt->addr + k - at < n)
				bytes[pt->addr + k - at] = code[k];
	}
}

enum { PIECE = 64 };
_Static_assert(PIECE % TL_FLASH_UNIT == 0, "units");

/* Erased and programmed, from a copy of what it was; read back. `points`: with breakpoints. */
static int put(const struct tl_flash *f, const struct page *page, uintptr_t copy, bool points)
{
	uint32_t piece[PIECE / sizeof(uint32_t)];
	int err = f->erase(page->start) ? -TL_EFLASH : 0;

	for (uintptr_t at = 0; at < page->size && !err; at += PIECE) {
		tl_copy(piece, (const void *)(copy + at), PIECE);
		if (points)
			overlay(page->start + at, (uint8_t *)piece, PIECE);
		if (f->program(page->start + at, piece, PIECE) ||
		    !tl_same((const void *)(page->start + at), piece, PIECE))
			err = -TL_EFLASH;
	}
	tl_arch_patch(page->start, (const uint8_t *)piece, 0); /* fetches see it */
	return err;
}

/* The live point has, or with `add` gets, a breakpoint in flash. */
static bool is_wanted(const struct tl_point *pt, bool add)
{
	return pt->state == TL_POINT_LIVE &&
	       (pt->armed == TL_ARMED_FLASH || (add && pt->flash && !pt->armed));
}

static bool is_to_change(const struct tl_point *pt, bool add)
{
	return is_wanted(pt, add) != (pt->armed == TL_ARMED_FLASH);
}

static bool is_in(const struct page *page, const struct tl_point *pt)
{
	return pt->addr - page->start < page->size;
}

/* Points that come are published before their page is written. False: none is wanted in it. */
static bool publish(const struct page *page, bool add)
{
	bool any = false;

	for (struct tl_point *pt = tl_table.points; pt < tl_table.points + TL_POINTS; pt++) {
		if (!is_in(page, pt) || !is_wanted(pt, add))
			continue;
		any = true;
		if (pt->armed)
			continue;
		tl_text_patched(pt);
		pt->armed = TL_ARMED_FLASH;
		pt->quiet = false;
	}
	return any;
}

/* Those that go are not armed any more, when their page has been written without them; or `all`. */
static void withdraw(const struct page *page, bool all)
{
	for (struct tl_point *pt = tl_table.points; pt < tl_table.points + TL_POINTS; pt++)
		if (pt->armed == TL_ARMED_FLASH && is_in(page, pt) &&
		    (all || pt->state != TL_POINT_LIVE)) {
			pt->armed = TL_ARMED_NOT;
			pt->quiet = false;
			pt->direct = 0;
		}
}

static void settle(const struct page *page)
{
	for (struct tl_point *pt = tl_table.points; pt < tl_table.points + TL_POINTS; pt++)
		if (is_in(page, pt) && pt->state == TL_POINT_LIVE)
			tl_point_settle(pt);
}

static int close(unsigned copy)
{
	int err = tl_journal_close(&tl_port, copy, false, erases);

	if (!err)
		erases = 0;
	return err;
}

/* As it was. If it does not take that, it stays in the journal, for the next start to try, and its
 * points stay armed: what may still trap there is theirs. */
static int put_back(const struct page *page, unsigned copy)
{
	int err;

	erases++;
	err = put(tl_port.flash, page, tl_journal_copy(tl_port.flash, copy), false);
	if (err)
		return err;
	withdraw(page, true);
	return close(copy);
}

/* The copy of a page that is changed, if it is what it was; -1: the page is not changed. */
static int copy_of(const struct page *page)
{
	int copy = tl_journal_find(&tl_port, page->start);
	uintptr_t other;
	uint32_t sum;

	if (copy < 0)
		return -1;
	tl_journal_used(&tl_port, (unsigned)copy, &other, &sum);
	return tl_journal_sum(tl_journal_copy(tl_port.flash, (unsigned)copy), page->size) == sum
	               ? copy
	               : -TL_EFLASH;
}

static int rewrite(const struct page *page, bool add)
{
	int err, copy = add && is_needed(page) ? -TL_EPAGE : copy_of(page);

	if (copy == -1) {
		copy = tl_journal_open(&tl_port, page->start, page->size);
		erases += copy >= 0;
	}
	if (copy < 0)
		return copy;
	if (!publish(page, add))
		return put_back(page, (unsigned)copy);
	erases++;
	err = put(tl_port.flash, page, tl_journal_copy(tl_port.flash, (unsigned)copy), true);
	if (err)
		put_back(page, (unsigned)copy);
	else
		withdraw(page, false);
	return err;
}

static const struct tl_point *next_to_change(const struct tl_point *pt, bool add)
{
	while (pt < tl_table.points + TL_POINTS && !is_to_change(pt, add))
		pt++;
	return pt < tl_table.points + TL_POINTS ? pt : 0;
}

/* Of several in one page the first stands for it. */
static bool is_first(const struct tl_point *pt, const struct page *page, bool add)
{
	const struct tl_point *first = tl_table.points;

	while (!is_in(page, first) || !is_to_change(first, add))
		first++;
	return first == pt;
}

/* The first page that has something to change and takes it: 1. Others are passed over; if there are
 * only such, the first one's error. `which`: those that only lose something, or all. */
static int write_one(bool which, bool add)
{
	int err = 0;

	for (const struct tl_point *pt = next_to_change(tl_table.points, which); pt;
	     pt = next_to_change(pt + 1, which)) {
		bool stale = tl_flash_stale;
		struct page page;
		int one;

		if (!page_of(tl_port.flash, pt->addr, &page) || !is_first(pt, &page, which))
			continue;
		one = rewrite(&page, add);
		settle(&page);
		if (!one)
			return 1;
		tl_flash_stale = stale; /* or every poll would try again */
		err = err ? err : one;
	}
	return err;
}

int tl_flash_step(bool add)
{
	uintptr_t lock = tl_arch_lock();
	int wrote = write_one(false, add), err = 0;

	if (add && wrote <= 0) { /* those before may have made room */
		err = wrote;
		wrote = write_one(true, add);
	}
	tl_arch_unlock(lock);
	return wrote ? wrote : err;
}

unsigned tl_flash_left(bool add)
{
	const struct tl_point *pt = tl_table.points;
	unsigned n = 0;

	for (; (pt = next_to_change(pt, add)); pt++) {
		struct page page;

		n += page_of(tl_port.flash, pt->addr, &page) && is_first(pt, &page, add);
	}
	return n;
}

/* ---- writing back ---- */

void tl_flash_settle(void)
{
	if (!tl_flash_stale)
		return;
	tl_flash_stale = false; /* an interrupt may delete another one meanwhile */
	if (tl_flash_step(false) > 0)
		tl_flash_stale = true;
}

/* False: it did not take that. */
static bool page_back(const struct page *page)
{
	int copy = copy_of(page);

	return copy == -1 || (copy >= 0 && !put_back(page, (unsigned)copy));
}

void tl_flash_back(const struct tl_point *pt)
{
	struct page page;

	if (pt->armed == TL_ARMED_FLASH && page_of(tl_port.flash, pt->addr, &page))
		page_back(&page);
}

/* One that does not take it is not tried again for its next point. */
void tl_flash_all_back(void)
{
	struct page refused = {0, 0};

	for (const struct tl_point *pt = tl_table.points; pt < tl_table.points + TL_POINTS; pt++) {
		struct page page;

		if (pt->armed == TL_ARMED_FLASH && !is_in(&refused, pt) &&
		    page_of(tl_port.flash, pt->addr, &page) && !page_back(&page))
			refused = page;
	}
}

/* The page of an open entry. Is it as it was now? 1: it was not before; 0; -TL_EFLASH; -TL_EPAGES:
 * it is, and there is no room to note that. A copy that is damaged is of no use to anybody. */
static int recover_one(const struct tl_port *port, unsigned i)
{
	const struct tl_flash *f = port->flash;
	uintptr_t copy = tl_journal_copy(f, i);
	struct page page;
	uint32_t sum;
	bool back;
	int err;

	if (!tl_journal_used(port, i, &page.start, &sum))
		return 0;
	back = page_of(f, page.start, &page) && tl_journal_sum(copy, page.size) == sum &&
	       !tl_same((const void *)page.start, (const void *)copy, page.size);
	if (back && put(f, &page, copy, false))
		return -TL_EFLASH;
	/* the copy, the page with breakpoints, and now */
	err = tl_journal_close(port, i, back, back ? 3 : 2);
	return err ? err : back;
}

int tl_flash_recover(const struct tl_port *port)
{
	const struct tl_flash *f = port->flash;
	bool failed = false, full = false;
	int n = 0;

	for (unsigned i = 0; f && port->build_id && i < f->ncopies; i++) {
		int back = recover_one(port, i);

		if (back == -TL_EPAGES)
			full = true;
		else if (back < 0)
			failed = true;
		n += back > 0;
	}
	if (full && !failed)
		tl_journal_restart(port);
	return failed ? -TL_EFLASH : n;
}

struct tl_flash_state tl_flash_now(void)
{
	struct tl_wear wear = tl_journal_wear(&tl_port);
	struct tl_flash_state now = {0, wear.erases + erases, wear.back};
	uintptr_t page;
	uint32_t sum;

	for (unsigned i = 0; i < tl_port.flash->ncopies; i++)
		now.used += tl_journal_used(&tl_port, i, &page, &sum);
	return now;
}

#endif
