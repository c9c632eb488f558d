/* SPDX-License-Identifier: MIT */
/*
 * Signals: see interrupt.h. A pipe to ourselves ends a poll() without a race.
 */
#define _GNU_SOURCE
#include "base/interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>
#include <unistd.h>

static int wake[2] = {-1, -1};
static volatile sig_atomic_t signals, first_signal;
static volatile int64_t first_ms;
static volatile pid_t child_group;

/*
 * The first signal asks for a clean end, a second one for an end at once. What comes within a
 * moment is still the first: timeout(1) signals the process and then its group, a terminal that
 * closes its session and then its group.
 */
static void on_signal(int number)
{
	enum { MOMENT = 150 };
	int saved = errno;
	struct timespec t = {0};
	int64_t ms;

	clock_gettime(CLOCK_MONOTONIC, &t);
	ms = (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
	if (signals && ms - first_ms >= MOMENT) {
		if (child_group)
			kill(-child_group, SIGTERM);
		_exit(128 + number);
	}
	if (!signals) {
		first_ms = ms;
		first_signal = number;
		signals = 1;
	}
	if (write(wake[1], "", 1) < 0) {
		/* the pipe is full: poll() will wake all the same */
	}
	errno = saved;
}

/* One that was ignored from the beginning stays ignored: nohup. */
static void unless_ignored(int number, const struct sigaction *action)
{
	struct sigaction before;

	if (sigaction(number, NULL, &before) == 0 && before.sa_handler != SIG_IGN)
		sigaction(number, action, NULL);
}

void interrupt_init(void)
{
	/* output under way is not to be cut */
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};

	if (pipe2(wake, O_CLOEXEC | O_NONBLOCK) < 0)
		wake[0] = wake[1] = -1;
	sigfillset(&action.sa_mask);      /* each is looked at on its own */
	sigaction(SIGINT, &action, NULL); /* shells ignore it for what they start in the background,
	                                     where it is still asked for */
	sigaction(SIGTERM, &action, NULL);
	unless_ignored(SIGHUP, &action);
	signal(SIGPIPE, SIG_IGN); /* a reader that leaves is seen as a failed write: probes are
	                             removed first */
}

bool interrupted(void)
{
	return signals != 0;
}

bool hung_up(void)
{
	return first_signal == SIGHUP;
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
