/* SPDX-License-Identifier: MIT */
/*
 * Firmware that does on command what a test needs to count: lines on the console, "run N", "isr HZ"
 * and the others below.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "board.h"
#include "check.h"

/* Ticks of the main loop: of a tl_poll(), and from one to the next. */
static volatile uint32_t interrupts, longest, late;

__attribute__((noinline)) uint32_t work(uint32_t n, uint32_t sum);
uint32_t work(uint32_t n, uint32_t sum)
{
	return sum * 31 + n;
}

__attribute__((noinline)) void tick(void);
void tick(void)
{
	interrupts += work(1, 0);
}

enum { RUN_HZ = 2500 };

/* run N: calls work(1 … N) at a rate that the line can carry, serving the host in between. */
static void run(uint32_t n)
{
	uint32_t sum = 0;

	for (uint32_t i = 1; i <= n; i++) {
		uint32_t start = tl_board_port.ticks(tl_board_port.ctx);

		sum = work(i, sum);
		do
			tl_poll();
		while (tl_board_port.ticks(tl_board_port.ctx) - start <
		       tl_board_port.tick_hz / RUN_HZ);
	}
	printf("ran %lu, sum %08lx\n", (unsigned long)n, (unsigned long)sum);
}

/* spin N: the same without serving the host: what the ring cannot hold is dropped. */
static void spin(uint32_t n)
{
	uint32_t sum = 0;

	for (uint32_t i = 1; i <= n; i++)
		sum = work(i, sum);
	printf("span %lu, sum %08lx\n", (unsigned long)n, (unsigned long)sum);
}

/* time N: ticks for N calls, the host unserved. */
static void measure(uint32_t n)
{
	uint32_t sum = 0, start = tl_board_port.ticks(tl_board_port.ctx), end;

	for (uint32_t i = 1; i <= n; i++)
		sum = work(i, sum);
	end = tl_board_port.ticks(tl_board_port.ctx);
	printf("took %lu, sum %08lx\n", (unsigned long)(end - start), (unsigned long)sum);
}

static struct tl_port port; /* the board's, but for a line that takes all at once, to nowhere */
static bool nowhere;
static uint32_t written;

static int port_write(void *ctx, const uint8_t *bytes, int n)
{
	written += (uint32_t)n;
	return nowhere ? n : tl_board_port.write(ctx, bytes, n);
}

/* drain N: ticks of the polls that put what N calls have left in the ring on such a line. */
static void drain(uint32_t n)
{
	uint32_t sum = 0, spent = 0, last, now, before;

	for (uint32_t i = 1; i <= n; i++)
		sum = work(i, sum);
	last = tl_board_port.ticks(tl_board_port.ctx);
	nowhere = true;
	do { /* the last records wait a moment for others */
		uint32_t start = tl_board_port.ticks(tl_board_port.ctx);

		before = written;
		tl_poll();
		now = tl_board_port.ticks(tl_board_port.ctx);
		if (written != before) {
			spent += now - start;
			last = now;
		}
	} while (now - last < tl_board_port.tick_hz / 20);
	nowhere = false;
	printf("took %lu, sum %08lx\n", (unsigned long)spent, (unsigned long)sum);
}

/* The same for N calls of another function. */
static void measure_calls(uint32_t n, uintptr_t (*fn)(uintptr_t), uintptr_t arg)
{
	uint32_t sum = 0, start = tl_board_port.ticks(tl_board_port.ctx), end;

	for (uint32_t i = 1; i <= n; i++)
		sum += (uint32_t)fn(arg);
	end = tl_board_port.ticks(tl_board_port.ctx);
	printf("took %lu, sum %08lx\n", (unsigned long)(end - start), (unsigned long)sum);
}

/* signs N: of code_predicated(), which has instructions of all kinds. */
static void measure_signs(uint32_t n)
{
	measure_calls(n, (uintptr_t(*)(uintptr_t))code_predicated, (uintptr_t)-5);
}

/* wide N: of code_wide(1). */
static void measure_wide(uint32_t n)
{
	measure_calls(n, code_wide, 1);
}

static uintptr_t chain(uintptr_t a)
{
	return code_chain(a, a);
}

/* chain N: of code_chain(1, 1), which calls. */
static void measure_chain(uint32_t n)
{
	measure_calls(n, chain, 1);
}

/* What fetch programs read in the benchmark. */
static struct item {
	struct item *next;
	uint32_t len, cells[4];
	char text[36];
} item = {&item, 5, {1, 2, 3, 4}, "thirty-two characters, all of it."};

__attribute__((noinline)) uint32_t take(struct item *p, uint32_t i);
uint32_t take(struct item *p, uint32_t i)
{
	return p->len + i;
}

static uintptr_t take_item(uintptr_t i)
{
	return take(&item, (uint32_t)i);
}

/* items N: of take(&item, 1). */
static void measure_items(uint32_t n)
{
	measure_calls(n, take_item, 1);
}

static int nothing(struct tl_kprobe *kp, struct tl_regs *regs)
{
	(void)kp, (void)regs;
	return 0;
}

/* handler 1: a C handler on work(), handler 0: none */
static void handler(uint32_t on)
{
	static struct tl_kprobe kp;
	int err;

	kp.addr = (uintptr_t)work;
	kp.pre_handler = nothing;
	err = on ? tl_register_kprobe(&kp) : tl_unregister_kprobe(&kp);
	printf("handler %d\n", err);
}

/* crash: a load from nowhere, taken by the firmware's own fault handler. */
static void crash(uint32_t n)
{
	(void)n;
	code_load(place_unmapped);
	printf("crashed at %08lx in vector %u\n", (unsigned long)check_fault.pc,
	       check_fault.vector);
}

static void run_task(uintptr_t (*fn)(uintptr_t), uint32_t n)
{
	uintptr_t sum = 0;

	run_as_task(fn, n, &sum);
	printf("task sum %lu\n", (unsigned long)sum);
}

/* task N: code_sum(N), unprivileged where the core can. */
static void task(uint32_t n)
{
	run_task(code_sum, n);
}

/* widetask N: the same for code_wide(). */
static void wide_task(uint32_t n)
{
	run_task(code_wide, n);
}

/* talk N: prints, a thousand times a second, a number and text that looks like packets, acks or a
 * prompt, from now on. */
static const char *talk_text;
volatile uint32_t kind, talked;

static void talk(uint32_t n)
{
	static const char *const texts[] = {
	        0,
	        "$GPRMC,120044,A,4807.038,N*6A\r\n",
	        "$ ",
	        " 50% of $3 #7, {*} or }\n",
	        "-+-+ ---\n",
	        "<- $m0,4#fd $#00 $OK#9a\n",
	        "%Tl:x#72 %",
	        "\x80\xff$\x01\xfe%\x02\x90",
	};

	kind = n;
	talk_text = texts[n % (sizeof texts / sizeof *texts)];
}

static void talk_on(void)
{
	static uint32_t last;
	uint32_t now = tl_board_port.ticks(tl_board_port.ctx);

	if (!talk_text || now - last < tl_board_port.tick_hz / 1000)
		return;
	last = now;
	printf("%lu%s", (unsigned long)++talked, talk_text);
	fflush(stdout);
}

static void isr(uint32_t hz)
{
	tl_board_timer(hz, tick);
	printf("interrupts at %lu Hz\n", (unsigned long)hz);
}

/* budget N: from here on; how late the main loop has been is counted anew. */
static void budget(uint32_t percent)
{
	late = 0;
	printf("budget %lu: %d\n", (unsigned long)percent, tl_set_budget(percent));
}

static const struct {
	const char *name;
	void (*run)(uint32_t n);
} commands[] = {{"run ", run},           {"spin ", spin},           {"isr ", isr},
                {"time ", measure},      {"drain ", drain},         {"crash", crash},
                {"task ", task},         {"signs ", measure_signs}, {"handler ", handler},
                {"wide ", measure_wide}, {"chain ", measure_chain}, {"widetask ", wide_task},
                {"talk ", talk},         {"items ", measure_items}, {"budget ", budget}};

static void serve(const char *line)
{
	for (unsigned i = 0; i < sizeof commands / sizeof commands[0]; i++) {
		size_t n = strlen(commands[i].name);

		if (!strncmp(line, commands[i].name, n))
			commands[i].run((uint32_t)strtoul(line + n, NULL, 0));
	}
}

int main(void)
{
	static char line[32];
	uint32_t last = 0, polled;
	size_t length = 0;
	char c;

	tl_board_init(115200);
	port = tl_board_port;
	port.write = port_write;
	tl_init(&port);
	setvbuf(stdout, NULL, _IOLBF, 128);
	check_take_faults(false);
	puts("load: ready");
	for (;;) {
		uint32_t ticks = tl_board_port.ticks(tl_board_port.ctx);

		tl_poll();
		polled = tl_board_port.ticks(tl_board_port.ctx);
		if (polled - ticks > longest)
			longest = polled - ticks;
		if (polled - last > late)
			late = polled - last;
		last = polled;
		talk_on();
		while (tl_console_read(&c, 1) == 1) {
			if (c != '\n') {
				line[length++ % sizeof line] = c;
				continue;
			}
			line[length % sizeof line] = 0;
			length = 0;
			serve(line);
		}
	}
}
