/* SPDX-License-Identifier: MIT */
/*
 * Signals: see interrupt.h. A pipe to ourselves ends a poll() without a race.
 */
#define _GNU_SOURCE
#include "interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <unistd.h>

static int wake[2] = {-1, -1};
static volatile sig_atomic_t signals;
static volatile pid_t child_group;

static void on_signal(int number)
{
	int saved = errno;

	if (signals++) {
		if (child_group)
			kill(-child_group, SIGTERM);
		_exit(128 + number);
	}
	if (write(wake[1], "", 1) < 0) {
		/* the pipe is full: poll() will wake all the same */
	}
	errno = saved;
}

void interrupt_init(void)
{
	struct sigaction action = {.sa_handler = on_signal};

	if (pipe2(wake, O_CLOEXEC | O_NONBLOCK) < 0)
		wake[0] = wake[1] = -1;
	sigemptyset(&action.sa_mask);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	signal(SIGPIPE, SIG_IGN); /* a reader that leaves is seen as a failed write: probes are removed first */
}

bool interrupted(void)
{
	return signals != 0;
}

int interrupt_fd(void)
{
	return wake[0];
}

void interrupt_seen(void)
{
	char sink[16];

	while (read(wake[0], sink, sizeof sink) > 0)
		;
}

void interrupt_child(pid_t group)
{
	child_group = group;
}
