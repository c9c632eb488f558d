/* SPDX-License-Identifier: MIT */
/*
 * Runs unit tests: see unit.h.
 */
#include "unit.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SECONDS = 30 /* of the processor: a busy machine has as many */ };

static char at[256];
static uint64_t state = 1;

void unit_at(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vsnprintf(at, sizeof at, format, ap);
	va_end(ap);
}

void unit_fail(const char *file, int line, const char *format, ...)
{
	va_list ap;

	printf("# %s:%d: ", file, line);
	va_start(ap, format);
	vprintf(format, ap);
	va_end(ap);
	printf("%s%s\n", at[0] ? "; at " : "", at);
	fflush(stdout);
	_exit(1);
}

void unit_same(const char *file, int line, const char *what, const char *got, const char *want)
{
	if (!got || strcmp(got, want))
		unit_fail(file, line, "%s is \"%s\", not \"%s\"", what, got ? got : "(nothing)",
		          want);
}

int unit_main(const struct unit_test *tests, unsigned n)
{
	bool failed = false;

	printf("1..%u\n", n);
	for (unsigned i = 0; i < n; i++) {
		int status = 1;
		pid_t child;

		fflush(stdout);
		child = fork();
		if (!child) {
			setrlimit(RLIMIT_CPU, &(struct rlimit){SECONDS, SECONDS});
			tests[i].run();
			fflush(stdout);
			_exit(0);
		}
		if (child < 0 || waitpid(child, &status, 0) != child)
			status = 1;
		if (WIFSIGNALED(status))
			printf("# signal %d\n", WTERMSIG(status));
		printf("%sok %u - %s\n", status ? "not " : "", i + 1, tests[i].name);
		failed |= status;
	}
	return failed;
}

void unit_seed(uint64_t seed)
{
	state = seed * 0x9e3779b97f4a7c15u | 1;
}

uint64_t unit_random(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state;
}
