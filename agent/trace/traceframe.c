/* SPDX-License-Identifier: MIT */
/*
 * The buffer of trace frames: a ring of bytes in the very format of GDB's trace files, so that a
 * frame is kept, looked at and saved in one form. A frame is
 *   {tracepoint: 2, size of its blocks: 4}
 * and a block is one of
 *   'R' registers
 *   'M' {address: 8, length: 2} memory
 *   'V' {number: 4, value: 8}
 *
 * Where there is no room the oldest frames go (circular), or the frame under way does.
 */
#include "base/util.h"
#include "expr/tvar.h"
#include "probe/regs.h"
#include "probe/returns.h"
#include "probe/stops.h"
#include "probe/text.h"
#include "trace/trace.h"

TL_RAM(".bss");

#if TL_TRACE

enum { HEAD = 6, PIECE = 1024 };

static uint8_t bytes[TL_TRACE_SIZE];
static uint32_t start; /* where the oldest frame begins */
static uint32_t open;  /* bytes of the frame under way, 0: none */

struct tl_trace_buffer tl_trace_buffer;

_Static_assert(TL_TRACE_SIZE >= 256 && TL_TRACE_SIZE <= 1048576, "TL_TRACE_SIZE");

void tl_trace_buffer_clear(void)
{
	start = open = 0;
	tl_trace_buffer.used = tl_trace_buffer.frames = tl_trace_buffer.created = 0;
}

/* ---- the ring ---- */

static uint32_t place(uint32_t at)
{
	at += start;
	return at < tl_trace_buffer_size() ? at : at - tl_trace_buffer_size();
}

/* Of `n` bytes from there, those before the buffer's end. */
static unsigned before_end(uint32_t at, unsigned n)
{
	return n < tl_trace_buffer_size() - at ? n : tl_trace_buffer_size() - at;
}

void tl_trace_copy(uint32_t at, void *to, unsigned n)
{
	uint32_t first = place(at);
	unsigned some = before_end(first, n);

	tl_copy(to, bytes + first, some);
	tl_copy((uint8_t *)to + some, bytes, n - some);
}

static void write_at(uint32_t at, const void *from, unsigned n)
{
	uint32_t first = place(at);
	unsigned some = before_end(first, n);

	tl_copy(bytes + first, from, some);
	tl_copy(bytes, (const uint8_t *)from + some, n - some);
}

static uint32_t size_of_frame(uint32_t at)
{
	uint32_t size;

	tl_trace_copy(at + 2, &size, sizeof size);
	return HEAD + size;
}

static void drop_oldest(void)
{
	uint32_t n = size_of_frame(0);

	start = place(n);
	tl_trace_buffer.used -= n;
	tl_trace_buffer.frames--;
	tl_traceframe_deselect(); /* its number is another's now */
}

/* ---- collecting ---- */

/* Room for the next `n` bytes of the frame under way. */
static int make_room(unsigned n)
{
	struct tl_trace_buffer *b = &tl_trace_buffer;

	while (b->circular && b->frames && b->used + n > tl_trace_buffer_size())
		drop_oldest();
	if (b->used + n <= tl_trace_buffer_size())
		return 0;
	b->used -= open;
	open = 0;
	return -TL_EFULL;
}

static void take_room(unsigned n)
{
	tl_trace_buffer.used += n;
	open += n;
}

static int put(const void *from, unsigned n)
{
	int err = make_room(n);

	if (err)
		return err;
	write_at(tl_trace_buffer.used, from, n);
	take_room(n);
	return 0;
}

/* Words behind what has been written, to where they need not be aligned. */
static void write_words(uint32_t at, const uintptr_t *words, unsigned n)
{
	unsigned size = n * (unsigned)sizeof *words;
	uint32_t first = place(at);

	if (before_end(first, size) == size)
		tl_arch_words((uintptr_t)words, bytes + first, n);
	else
		write_at(at, words, size);
}

static unsigned zeros(void)
{
	return tl_arch_isa->regs[0].gdb; /* RISC-V's x0 */
}

static unsigned nregs(void)
{
	return zeros() + TL_RECORD_REGS + tl_regs_behind();
}

unsigned tl_trace_regs_size(void)
{
	return nregs() * (unsigned)sizeof(uintptr_t);
}

/* As g has them. */
static void copy_registers(const struct tl_regs *regs, uintptr_t *to)
{
	unsigned behind = tl_regs_behind();
	uint64_t wide;

	if (zeros())
		*to++ = 0;
	tl_arch_words((uintptr_t)regs, to, TL_RECORD_REGS);
	to[TL_REG_LR] = tl_return_shown(regs);
	to += TL_RECORD_REGS;
	for (unsigned i = 0; i < behind; i++) {
		wide = 0;
		tl_arch_system_reg((struct tl_regs *)regs, &tl_halt_lock,
		                   tl_arch_features[0].regs[i].gdb, &wide, false);
		to[i] = (uintptr_t)wide;
	}
}

int tl_traceframe_begin(unsigned tracepoint, const struct tl_regs *regs)
{
	uintptr_t words[1 + TL_RECORD_REGS + TL_IN_G];
	uint8_t head[HEAD + 1]; /* its size comes at the end */
	unsigned size = (unsigned)sizeof head + tl_trace_regs_size();
	int err = make_room(size);

	if (err)
		return err;
	head[0] = (uint8_t)tracepoint;
	head[1] = (uint8_t)(tracepoint >> 8);
	tl_zero(head + 2, HEAD - 2);
	head[HEAD] = 'R';
	copy_registers(regs, words);
	write_at(tl_trace_buffer.used, head, sizeof head);
	write_words(tl_trace_buffer.used + (uint32_t)sizeof head, words, nregs());
	take_room(size);
	return 0;
}

unsigned tl_traceframe_end(void)
{
	uint32_t n = open, size = n - HEAD;

	write_at(tl_trace_buffer.used - n + 2, &size, sizeof size);
	open = 0;
	tl_trace_buffer.frames++;
	tl_trace_buffer.created++;
	return n;
}

/*
 * The next of `n` bytes of memory, straight into the ring, as far as that goes on without its end;
 * the few around that by way of `around`, so that no access is split. `n` becomes how many were to
 * be read, and how many could be is returned.
 */
static unsigned copy_piece(uintptr_t addr, unsigned *n)
{
	enum { AROUND = 2 * sizeof(uint64_t) };
	uint32_t at = place(tl_trace_buffer.used);
	unsigned straight = before_end(at, *n), copied;
	uint8_t around[AROUND];

	if (straight < *n)
		straight -= straight < AROUND ? straight : (addr + straight) % sizeof(uint64_t);
	if (straight) {
		*n = straight;
		return tl_copy_memory(addr, bytes + at, straight);
	}
	*n = *n < AROUND ? *n : AROUND;
	copied = tl_copy_memory(addr, around, *n);
	write_at(tl_trace_buffer.used, around, copied);
	return copied;
}

/* A block of no more than 16 bits of length, in which each byte is read once. Where memory cannot
 * be read it ends. */
static int put_memory(uintptr_t addr, unsigned n)
{
	uint8_t head[11];
	uint64_t wide = addr;
	uint16_t length = (uint16_t)n;
	uint32_t done = 0;
	int err;

	head[0] = 'M';
	tl_copy(head + 1, &wide, sizeof wide);
	tl_copy(head + 9, &length, sizeof length);
	err = put(head, sizeof head);
	for (unsigned some, copied; !err && done < n; done += copied) {
		some = n - done < PIECE ? n - done : PIECE;
		err = make_room(some);
		copied = err ? 0 : copy_piece(addr + done, &some);
		take_room(copied);
		if (!err && copied < some) {
			length = (uint16_t)(done + copied);
			write_at(tl_trace_buffer.used - length - (unsigned)sizeof length, &length,
			         sizeof length);
			return -TL_EFAULT;
		}
	}
	return err;
}

int tl_traceframe_memory(uintptr_t addr, uintptr_t n)
{
	int err = 0;

	if (n > tl_trace_buffer_size())
		n = (uintptr_t)tl_trace_buffer_size() + 1; /* surely full */
	for (unsigned part; !err && n; addr += part, n -= part) {
		part = n < UINT16_MAX ? (unsigned)n : UINT16_MAX;
		err = put_memory(addr, part);
	}
	return err;
}

int tl_traceframe_tvar(unsigned number)
{
	uint8_t block[13];
	uint32_t n = number;
	uint64_t value;
	int err = tl_tvar_get(number, &value);

	if (err)
		return err;
	block[0] = 'V';
	tl_copy(block + 1, &n, sizeof n);
	tl_copy(block + 5, &value, sizeof value);
	return put(block, sizeof block);
}

/* ---- looking ---- */

bool tl_traceframe_next(struct tl_traceframe *f)
{
	uint32_t at = f->end;

	if (f->upto >= tl_trace_buffer.frames)
		return false;
	f->upto++;
	tl_trace_copy(at, &f->tracepoint, sizeof f->tracepoint);
	f->at = at + HEAD;
	f->end = at + size_of_frame(at);
	return true;
}

bool tl_traceframe_block(const struct tl_traceframe *f, uint32_t at, struct tl_trace_block *b)
{
	uint16_t length;

	if (at >= f->end)
		return false;
	tl_trace_copy(at, &b->kind, 1);
	b->size = 0;
	if (b->kind == 'R') {
		b->at = at + 1;
		b->size = tl_trace_regs_size();
	} else if (b->kind == 'M') {
		tl_trace_copy(at + 1, &b->addr, sizeof b->addr);
		tl_trace_copy(at + 9, &length, sizeof length);
		b->at = at + 11;
		b->size = length;
	} else {
		tl_trace_copy(at + 1, &b->number, sizeof b->number);
		tl_trace_copy(at + 5, &b->addr, sizeof b->addr);
		b->at = at + 13;
	}
	b->next = b->at + b->size;
	return true;
}

#endif
