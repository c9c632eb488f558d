/* SPDX-License-Identifier: MIT */
/*
 * The mock board: see mock_board.h.
 */
#include "mock_board.h"

#include <assert.h>
#include <string.h>

#include "mock_cpu.h"

struct mock_board mock_board;

static int port_read(void *ctx, uint8_t *buf, int n)
{
	struct mock_board *b = ctx;
	int done = 0;

	while (done < n && b->rx_at < b->rx_len)
		buf[done++] = b->rx[b->rx_at++];
	if (b->rx_at == b->rx_len)
		b->rx_at = b->rx_len = 0;
	return done;
}

static int port_write(void *ctx, const uint8_t *buf, int n)
{
	struct mock_board *b = ctx;

	assert(!mock_cpu.in_trap); /* nothing is sent from a trap */
	if (b->most >= 0 && n > b->most)
		n = b->most;
	if (b->budget >= 0 && n > b->budget)
		n = b->budget;
	assert(b->tx_len + (unsigned)n <= sizeof b->tx);
	memcpy(b->tx + b->tx_len, buf, (size_t)n);
	b->tx_len += (unsigned)n;
	if (b->budget >= 0)
		b->budget -= n;
	return n;
}

__attribute__((aligned(4))) static uint32_t port_ticks(void *ctx) /* as code of mock64 is */
{
	const struct mock_board *b = ctx;

	if (mock_cpu.ticks_runs) {
		assert(!mock_cpu.in_trap);
		mock_call(mock_cpu.ticks, 0);
	}
	return (uint32_t)mock_cpu.count + b->ms * (MOCK_TICK_HZ / 1000);
}

bool mock_ticks_text(uintptr_t addr, uint8_t *to, unsigned n)
{
	uint8_t text[TL_JUMP_LEN + sizeof mock_cpu.ticks] = {mock_cpu.ticks ? MOCK_JL : MOCK_RET, 0,
	                                                     TL_JUMP_LEN};
	uintptr_t at = addr - (uintptr_t)port_ticks;

	memcpy(text + TL_JUMP_LEN, &mock_cpu.ticks, sizeof mock_cpu.ticks);
	if (at >= sizeof text || n > sizeof text - at)
		return false;
	memcpy(to, text + at, n);
	return true;
}

/* An ELF note, as a linker writes it. */
static const struct {
	uint32_t name_size, size, type;
	char name[4];
	uint8_t id[20];
} build_id = {4, 20, 3, "GNU", {0x4d, 0x6f, 0x63, 0x6b, 1,  2,  3,  4,  5,  6,
                                7,    8,    9,    10,   11, 12, 13, 14, 15, 16}};

const struct tl_port mock_port = {
        .read = port_read,
        .write = port_write,
        .ticks = port_ticks,
        .tick_hz = MOCK_TICK_HZ,
        .ctx = &mock_board,
        .board = "mock",
        .build_id = &build_id,
};

void mock_board_reset(void)
{
	memset(&mock_board, 0, sizeof mock_board);
	mock_board.most = mock_board.budget = -1;
}

void mock_pass(uint32_t ms)
{
	enum { STEP = 4 };

	for (; ms; ms -= ms < STEP ? ms : STEP) {
		mock_board.ms += ms < STEP ? ms : STEP;
		tl_poll();
	}
}
