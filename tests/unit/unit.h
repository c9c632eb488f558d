/* SPDX-License-Identifier: MIT */
/*
 * Unit tests: a table of functions, each run in a process of its own, so that nothing a test leaves
 * behind reaches the next. Output is `ok N - name` or `not ok N - name`, reasons on `#` lines; the
 * exit status is 1 if any failed.
 */
#ifndef UNIT_H
#define UNIT_H

#include <stdbool.h>
#include <stdint.h>

struct unit_test {
	const char *name;
	void (*run)(void);
};

int unit_main(const struct unit_test *tests, unsigned n);
#define UNIT_MAIN(tests)                                                                           \
	int main(void)                                                                             \
	{                                                                                          \
		return unit_main(tests, sizeof(tests) / sizeof *(tests));                          \
	}

/* Ends the test. */
__attribute__((noreturn, format(printf, 3, 4))) void unit_fail(const char *file, int line,
                                                               const char *format, ...);

/* What a table-driven test is at, shown with a failure. */
__attribute__((format(printf, 1, 2))) void unit_at(const char *format, ...);

#define CHECK(condition)                                                                           \
	do {                                                                                       \
		if (!(condition))                                                                  \
			unit_fail(__FILE__, __LINE__, "%s", #condition);                           \
	} while (0)
#define EQ(got, want)                                                                              \
	do {                                                                                       \
		long long got_ = (long long)(got), want_ = (long long)(want);                      \
		if (got_ != want_)                                                                 \
			unit_fail(__FILE__, __LINE__, "%s is %lld (%#llx), not %s = %lld (%#llx)", \
			          #got, got_, (unsigned long long)got_, #want, want_,              \
			          (unsigned long long)want_);                                      \
	} while (0)
#define SAME(got, want) unit_same(__FILE__, __LINE__, #got, got, want)
void unit_same(const char *file, int line, const char *what, const char *got, const char *want);

/* A fixed sequence, the same in every run (xorshift64). */
void unit_seed(uint64_t seed);
uint64_t unit_random(void);
static inline unsigned unit_below(unsigned n)
{
	return (unsigned)(unit_random() % n);
}

#endif
