/* SPDX-License-Identifier: MIT */
/*
 * A program of calls, and return probes whose handlers write down what they saw, for tests.
 */
#ifndef RETURNS_H
#define RETURNS_H

#include "probes.h"

enum { TIMER = 7 };

/*
 * main: r0 = work(r0), halts. work(n) = n + 3, by a body and a stack frame. down(n): calls itself n
 * times, returns n + depth. jump(n): tail-calls work(n + 100). isr: adds 1 to *isr_count() by
 * bump().
 */
extern uintptr_t entry, work, body, down, jump, isr, bump, leaf;
uintptr_t *isr_count(void);

void returns_start(void);      /* writes the program, on a fresh machine */
void returns_run(uintptr_t n); /* main, and all must be well */

/* Where calls are made: in main, in a task, in an unprivileged one. */
enum { PLACES = 3 };
void returns_start_in(unsigned place); /* the same, and shows it with failures */

/* A return probe that writes down what it saw: its mark on return, the upper case on entry. */
struct watcher {
	struct tl_kretprobe rp;
	char mark;
	unsigned nentry, nreturn;
	int (*entry)(struct watcher *, struct tl_kretprobe_instance *, struct mock_regs *);
	void (*handler)(struct watcher *, struct tl_kretprobe_instance *, struct mock_regs *);
	uintptr_t arg;       /* argument, kept in data from entry to return */
	uintptr_t value;     /* returned */
	uint32_t elapsed;    /* ticks */
	struct mock_regs at; /* as handler saw them */
};

enum { ENTRY = 1, RETURN = 2 };
/* With these handlers, not registered. */
struct watcher return_watcher(uintptr_t addr, char mark, unsigned handlers);
/* The same, registered. */
void watch_return(struct watcher *w, uintptr_t addr, char mark, unsigned handlers);

/* A probe in work()'s body that runs `pre`, registered. */
void watch_body(struct watched *w, int (*pre)(struct watched *, struct mock_regs *));

#endif
