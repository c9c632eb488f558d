/* SPDX-License-Identifier: MIT */
/*
 * The log of changed pages: see journal.h.
 */
#include "probe/journal.h"

#include "base/util.h"
#include "pack.h"

#if TL_FLASH

/*
 * The first says whose log it is: `page` is the sum of the build-id, `value` how many pages had
 * been erased before; in place of a copy it has how many were put back. Of the others `page` is an
 * address; `value` is the copy's sum, or how many pages have been erased since the entry before.
 */
enum kind { HEAD, OPEN, CLOSED, BACK };
struct entry {
	uint32_t what, page, value, sum;
};
enum { MAGIC = 0x544c0000, PIECE = 64 };

_Static_assert(PIECE % TL_FLASH_UNIT == 0 && sizeof(struct entry) == TL_FLASH_UNIT, "units");

uint32_t tl_journal_sum(uintptr_t addr, uint32_t n)
{
	const uint8_t *at = (const uint8_t *)addr;
	uint32_t sum = 0;

	while (n--)
		sum = tl_crc32(sum, *at++);
	return sum;
}

static uint32_t sum_of(const struct entry *e)
{
	return tl_journal_sum((uintptr_t)e, sizeof *e - sizeof e->sum);
}

static uint32_t build(const struct tl_port *port)
{
	const uint32_t *note = port->build_id;

	return tl_journal_sum((uintptr_t)note, 12 + ((note[0] + 3) & ~3u) + note[1]);
}

static const struct entry *log_of(const struct tl_port *port)
{
	return (const struct entry *)port->flash->journal;
}

static unsigned room(const struct tl_port *port)
{
	return port->flash->journal_size / sizeof(struct entry);
}

static bool blank(const struct entry *e)
{
	return (e->what & e->page & e->value & e->sum) == UINT32_MAX;
}

static bool is(const struct entry *e, enum kind kind)
{
	return e->what >> 8 == (MAGIC | (unsigned)kind << 8) >> 8 && e->sum == sum_of(e);
}

static bool is_log(const struct tl_port *port)
{
	return is(log_of(port), HEAD);
}

/* Entries up to the first that is free, whosever they are; 0: there is no log. */
static unsigned entries(const struct tl_port *port)
{
	const struct entry *log = log_of(port);
	unsigned n = 0;

	if (!is_log(port))
		return 0;
	while (n < room(port) && !blank(&log[n]))
		n++;
	return n;
}

/* The same; 0: there is no log of this firmware. */
static unsigned length(const struct tl_port *port)
{
	return is_log(port) && log_of(port)->page == build(port) ? entries(port) : 0;
}

/* The last word about a copy, NULL: there is none. */
static const struct entry *last(const struct tl_port *port, unsigned copy)
{
	const struct entry *log = log_of(port);

	for (unsigned n = length(port); n-- > 1;)
		if ((log[n].what & 0xff) == copy &&
		    (is(&log[n], OPEN) || is(&log[n], CLOSED) || is(&log[n], BACK)))
			return &log[n];
	return 0;
}

bool tl_journal_used(const struct tl_port *port, unsigned copy, uintptr_t *page, uint32_t *sum)
{
	const struct entry *e = last(port, copy);

	if (!e || !is(e, OPEN))
		return false;
	*page = e->page;
	*sum = e->value;
	return true;
}

int tl_journal_find(const struct tl_port *port, uintptr_t page)
{
	uintptr_t other;
	uint32_t sum;

	for (unsigned i = 0; i < port->flash->ncopies; i++)
		if (tl_journal_used(port, i, &other, &sum) && other == page)
			return (int)i;
	return -1;
}

struct tl_wear tl_journal_wear(const struct tl_port *port)
{
	const struct entry *e = log_of(port);
	struct tl_wear wear = {0, 0};

	if (is_log(port))
		wear = (struct tl_wear){e->value, e->what & 0xff};
	e++;

	for (unsigned n = entries(port); n > 1; n--, e++) {
		if (is(e, CLOSED) || is(e, BACK))
			wear.erases += e->value;
		wear.back += is(e, BACK);
	}
	return wear;
}

/* -TL_EPAGES: there is no room. */
static int add(const struct tl_port *port, unsigned n, unsigned what, uintptr_t page,
               uint32_t value)
{
	struct entry e = {MAGIC | what, (uint32_t)page, value, 0};
	const struct entry *at = &log_of(port)[n];

	if (n >= room(port))
		return -TL_EPAGES;
	e.sum = sum_of(&e);
	if (port->flash->program((uintptr_t)at, &e, sizeof e) || !tl_same(at, &e, sizeof e))
		return -TL_EFLASH;
	return 0;
}

/* The old log is made invalid first: half erased it might speak of pages that are long closed. */
int tl_journal_restart(const struct tl_port *port)
{
	static const struct entry none = {0, 0, 0, 0};
	struct tl_wear wear = tl_journal_wear(port);
	unsigned back = wear.back < 0xff ? wear.back : 0xff;

	if (is_log(port))
		port->flash->program(port->flash->journal, &none, sizeof none);
	if (port->flash->erase(port->flash->journal))
		return -TL_EFLASH;
	return add(port, 0, HEAD << 8 | back, build(port), wear.erases + 1);
}

/* A log of this firmware's, with room for another page: that it is opened, that all are closed, and
 * for as many entries that a loss of power may cut short. */
static int make_room(const struct tl_port *port, unsigned open)
{
	unsigned n = length(port);

	if (n && n + 1 + 2 * (open + 1) <= room(port))
		return 0;
	return open ? -TL_EPAGES : tl_journal_restart(port);
}

static int copy_page(const struct tl_port *port, uintptr_t to, uintptr_t from, uint32_t size)
{
	uint32_t piece[PIECE / sizeof(uint32_t)];

	if (port->flash->erase(to))
		return -TL_EFLASH;
	for (uint32_t at = 0; at < size; at += PIECE) {
		tl_copy(piece, (const void *)(from + at), PIECE);
		if (port->flash->program(to + at, piece, PIECE))
			return -TL_EFLASH;
	}
	return tl_same((const void *)to, (const void *)from, size) ? 0 : -TL_EFLASH;
}

int tl_journal_open(const struct tl_port *port, uintptr_t page, uint32_t size)
{
	const struct tl_flash *f = port->flash;
	unsigned open = 0, copy = f->ncopies;
	uintptr_t other;
	uint32_t sum;
	int err;

	for (unsigned i = 0; i < f->ncopies; i++) {
		if (tl_journal_used(port, i, &other, &sum))
			open++;
		else if (copy == f->ncopies)
			copy = i;
	}
	if (copy == f->ncopies || size > f->copy_size)
		return -TL_EPAGES;
	err = make_room(port, open);
	if (!err)
		err = copy_page(port, tl_journal_copy(f, copy), page, size);
	if (!err)
		err = add(port, length(port), OPEN << 8 | copy, page, tl_journal_sum(page, size));
	return err ? err : (int)copy;
}

int tl_journal_close(const struct tl_port *port, unsigned copy, bool back, uint32_t erases)
{
	const struct entry *e = last(port, copy);

	return e ? add(port, length(port), (back ? BACK : CLOSED) << 8 | copy, e->page, erases) : 0;
}

#endif
