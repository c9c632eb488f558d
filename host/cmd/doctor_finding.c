/* SPDX-License-Identifier: MIT */
/*
 * What a check of `trapline doctor` has found: see doctor.h.
 */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmd/doctor.h"

void found(struct doctor *d, enum verdict verdict, const char *format, ...)
{
	struct finding *f = &d->finding;
	va_list args;
	char *text;

	va_start(args, format);
	if (vasprintf(&text, format, args) < 0)
		text = NULL;
	va_end(args);
	free(f->found);
	f->found = text;
	if (f->verdict < verdict)
		f->verdict = verdict;
}

void add_hint(struct finding *f, char *text)
{
	if (f->nhints < HINTS_MAX)
		f->hints[f->nhints++] = text;
	else
		free(text);
}

void advise(struct doctor *d, const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	if (vasprintf(&text, format, args) >= 0)
		add_hint(&d->finding, text);
	va_end(args);
}

void forget_hints(struct doctor *d)
{
	struct finding *f = &d->finding;

	while (f->nhints)
		free(f->hints[--f->nhints]);
}
