/* SPDX-License-Identifier: MIT */
/*
 * Firmware that loads a program, wherever it has room, runs it, and unloads it. A test writes the
 * program into `image_file`, and types: l and u load and unload it, to and from another place each
 * time; r runs it once; a does all of it again and again, until the next a.
 */
#include <stdio.h>
#include <string.h>

#include "board.h"

enum { ROOM = 2048, PLACES = 2, RUNS = 5, THUMB = 1 };

struct image_file {
	uint32_t link, size, entry, build_id; /* bytes; the latter two behind its start, 0: none */
	uint8_t bytes[ROOM];
};
struct image_file image_file __attribute__((aligned(16)));
/* What the firmware itself knows; image_taken: typed characters. */
volatile uint32_t image_loads, image_runs, image_sum, image_taken;
volatile int image_error;

#ifdef __aarch64__ /* where data cannot be executed, slots can */
#define EXECUTABLE section(".bss.tl_slots"),
#else
#define EXECUTABLE
#endif
static uint8_t places[PLACES][ROOM] __attribute__((EXECUTABLE aligned(64)));
static struct tl_segment segment;
static struct tl_image app = {"app", NULL, &segment, 1};
static uint8_t *at;

/* Code has been written. */
static void synchronise(void)
{
#if defined __riscv
	__asm volatile("fence.i" ::: "memory");
#elif defined __aarch64__
	__asm volatile("dsb ish\n\tic iallu\n\tdsb ish\n\tisb" ::: "memory");
#else
	__asm volatile("dsb\n\tisb" ::: "memory");
#endif
}

static void load(void)
{
	if (at || !image_file.size)
		return;
	at = places[image_loads++ % PLACES];
	memcpy(at, image_file.bytes, image_file.size);
	synchronise();
	segment = (struct tl_segment){image_file.link, (uintptr_t)at, image_file.size};
	app.build_id = image_file.build_id ? at + image_file.build_id : NULL;
	image_error = tl_image_loaded(&app);
}

static void unload(void)
{
	if (!at)
		return;
	tl_image_unloading(&app);
	memset(at, 0xa5, ROOM);
	at = NULL;
}

static void run(void)
{
	uintptr_t entry = (uintptr_t)at + image_file.entry;

	if (!at)
		return;
#ifdef __arm__
	entry |= THUMB;
#endif
	image_runs++;
	image_sum += ((uint32_t(*)(uint32_t))entry)(image_runs);
}

static void poll(unsigned times)
{
	while (times--)
		tl_poll();
}

int main(void)
{
	bool again = false;
	char c;

	tl_board_init(115200);
	tl_init(&tl_board_port);
	setvbuf(stdout, NULL, _IOLBF, 128);
	printf("# images on %s\n", tl_board_port.board);
	for (;;) {
		tl_poll();
		if (tl_console_read(&c, 1) == 1) {
			image_taken++;
			if (c == 'l')
				load();
			else if (c == 'u')
				unload();
			else if (c == 'r')
				run();
			else if (c == 'a')
				again = !again;
		}
		if (!again)
			continue;
		load();
		for (unsigned i = 0; i < RUNS; i++) {
			run();
			poll(4);
		}
		unload();
		poll(20);
	}
}
