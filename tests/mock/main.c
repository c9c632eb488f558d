/* SPDX-License-Identifier: MIT */
/*
 * The mock as a program: endless firmware that samples, filters and prints, with the agent on stdin
 * and stdout, or on a Unix socket whose path is given. A host takes it as the port `exec:PROGRAM`;
 * probes are by address, which the console names.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "mock_asm.h"
#include "mock_board.h"
#include "mock_cpu.h"

enum { TIMER = 7, ROUND = 200 /* instructions between polls */, SECOND_MS = 1000 };

static struct line {
	int in, out;
} line = {STDIN_FILENO, STDOUT_FILENO};

/* ---- the firmware ---- */

static struct {
	uintptr_t main, filter, scale, timer;
} fw;

/* main: forever r0 = filter(r1++), r2 = scale(r0). The timer counts at r7[0]. */
static void write_firmware(void)
{
	uintptr_t call[2];

	fw.main = mock_here();
	LI(R1, 0);
	uintptr_t loop = ADDI(R1, 1);
	MOV(R0, R1);
	call[0] = CALL(0);
	call[1] = CALL(0);
	B(loop);

	fw.filter = PUSH(LR);
	mock_target(call[0], fw.filter);
	ADD(R0, R0);
	ADD(R3, R0);
	POPRET();

	fw.scale = ADDI(R0, 3);
	mock_target(call[1], fw.scale);
	MOV(R2, R0);
	RET();

	fw.timer = PUSH(R0);
	LD(R0, R7, 0);
	ADDI(R0, 1);
	ST(R0, R7, 0);
	POP(R0);
	RETI();
	mock_cpu.vectors[TIMER] = fw.timer;
	mock_cpu.regs.r[R7] = MOCK_RAM;
}

static void print(const char *text)
{
	tl_console_write(text, (int)strlen(text));
}

static void print_addresses(void)
{
	char text[128];

	snprintf(text, sizeof text, "main 0x%lx filter 0x%lx scale 0x%lx timer 0x%lx\n",
	         (unsigned long)fw.main, (unsigned long)fw.filter, (unsigned long)fw.scale,
	         (unsigned long)fw.timer);
	print(text);
}

/* ---- the line ---- */

static int line_read(void *ctx, uint8_t *buf, int n)
{
	ssize_t got = read(((struct line *)ctx)->in, buf, (size_t)n);

	if (!got)
		exit(0); /* the host has hung up */
	return got < 0 ? 0 : (int)got;
}

static int line_write(void *ctx, const uint8_t *buf, int n)
{
	ssize_t put = write(((struct line *)ctx)->out, buf, (size_t)n);

	if (put < 0 && errno != EAGAIN && errno != EINTR)
		exit(0);
	return put < 0 ? 0 : (int)put;
}

static uint32_t line_ticks(void *ctx)
{
	struct timespec now;

	(void)ctx;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint32_t)now.tv_sec * MOCK_TICK_HZ + (uint32_t)(now.tv_nsec / 1000);
}

/* Waits for a host on a Unix socket. */
static int listen_on(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int server = socket(AF_UNIX, SOCK_STREAM, 0), client;

	if (strlen(path) >= sizeof address.sun_path) {
		fprintf(stderr, "mock: path too long\n");
		exit(1);
	}
	strcpy(address.sun_path, path);
	unlink(path);
	if (server < 0 || bind(server, (struct sockaddr *)&address, sizeof address) ||
	    listen(server, 1) || (client = accept(server, NULL, NULL)) < 0) {
		perror(path);
		exit(1);
	}
	return client;
}

int main(int argc, char **argv)
{
	struct tl_port port = mock_port;
	uint32_t second, now;
	unsigned seconds = 0;

	if (argc > 1)
		line.in = line.out = listen_on(argv[1]);
	fcntl(line.in, F_SETFL, fcntl(line.in, F_GETFL) | O_NONBLOCK);
	fcntl(line.out, F_SETFL, fcntl(line.out, F_GETFL) | O_NONBLOCK);
	mock_reset();
	write_firmware();
	port.read = line_read;
	port.write = line_write;
	port.ticks = line_ticks;
	port.ctx = &line;
	if (tl_init(&port))
		return 1;
	print_addresses();
	second = line_ticks(NULL);
	for (mock_cpu.regs.r[PC] = fw.main;;) {
		struct pollfd wait = {.fd = line.in, .events = POLLIN};

		mock_irq_at(mock_cpu.count + ROUND / 2, TIMER);
		mock_run(mock_cpu.regs.r[PC], ROUND);
		tl_poll();
		now = line_ticks(NULL);
		if (now - second >= SECOND_MS * (MOCK_TICK_HZ / 1000)) {
			char text[64];

			second = now;
			snprintf(text, sizeof text, "up %u s, 100%% well\n", ++seconds);
			print(text);
		}
		poll(&wait, 1, 1);
	}
}
