/* SPDX-License-Identifier: MIT */
/*
 * --expect: a number of hits at least, or [NAME.]FIELD OP NUMBER, of one probe or summed up over
 * all of them. Names may hold dots and operators (C++): the text is read from its end.
 */
#include "session/expect.h"

#include <string.h>

#include "base/say.h"
#include "base/util.h"

static const char *const fields[] = {"hits", "recorded", "filtered", "missed", "dropped", "lost"};
static const char *const operators[] = {
        ">=", "<=", "==", "!=", ">", "<", "="}; /* longer ones first */

enum { FIELDS = sizeof fields / sizeof *fields, OPERATORS = sizeof operators / sizeof *operators };

struct expectation {
	unsigned field, op;
	uint64_t number;
	const char *name; /* of a probe, name_length characters; NULL: all */
	size_t name_length;
};

/* The length of `text` without the spaces at its end. */
static size_t trimmed(const char *text, size_t n)
{
	while (n && text[n - 1] == ' ')
		n--;
	return n;
}

static bool ends_in(const char *text, size_t n, const char *end)
{
	size_t m = strlen(end);

	return n >= m && memcmp(text + n - m, end, m) == 0;
}

/* NUMBER at the end of `text`; *n: what is left. */
static bool parse_end(const char *text, size_t *n, uint64_t *number)
{
	char digits[32];
	size_t end = *n, at = end;

	while (at && !strchr(" <>=!", text[at - 1]))
		at--;
	if (end - at >= sizeof digits)
		return false;
	memcpy(digits, text + at, end - at);
	digits[end - at] = 0;
	*n = trimmed(text, at);
	return parse_number(digits, number);
}

static bool parse_field(const char *text, size_t n, struct expectation *e)
{
	for (e->field = 0; e->field < FIELDS; e->field++)
		if (ends_in(text, n, fields[e->field]))
			break;
	if (e->field == FIELDS)
		return false;
	n -= strlen(fields[e->field]);
	if (!n)
		return true;
	e->name = text;
	e->name_length = n - 1;
	return n > 1 && text[n - 1] == '.';
}

static bool parse(const char *text, struct expectation *e)
{
	size_t n;

	*e = (struct expectation){0};
	while (*text == ' ')
		text++;
	n = trimmed(text, strlen(text));
	if (!parse_end(text, &n, &e->number))
		return false;
	if (!n)
		return true; /* so many hits at least */
	while (e->op < OPERATORS && !ends_in(text, n, operators[e->op]))
		e->op++;
	if (e->op == OPERATORS)
		return false;
	return parse_field(text, trimmed(text, n - strlen(operators[e->op])), e);
}

static bool is_of(const struct expectation *e, const struct point *p)
{
	size_t length = strlen(p->name);

	/* One that has moved is also called as it was typed. */
	return !e->name ||
	       ((length == e->name_length || (p->moved && p->moved == e->name_length)) &&
	        strncmp(p->name, e->name, e->name_length) == 0);
}

static int no_such_probe(const char *text, const struct expectation *e, const struct points *points)
{
	fail(USAGE, "--expect '%s': no probe '%.*s' is asked for", text, (int)e->name_length,
	     e->name);
	hint("probes are called as they are shown: %s%s; NAME=… gives them a name",
	     points->at[0].name, points->n > 1 ? ", …" : "");
	return USAGE;
}

int expect_check(const struct options *o, const struct points *points)
{
	for (unsigned i = 0; i < o->nexpect; i++) {
		struct expectation e;
		bool found = false;

		if (!parse(o->expect[i], &e)) {
			fail(USAGE, "--expect '%s': not an expectation", o->expect[i]);
			hint("N, or [NAME.]FIELD OP N with hits, recorded, filtered, missed, "
			     "dropped, lost and >= <= == != > <: "
			     "--expect 'hits>=3', --expect 'parse.missed == 0'");
			return USAGE;
		}
		for (size_t j = 0; points && j < points->n; j++)
			found |= is_of(&e, &points->at[j]);
		if (points && points->n && e.name && !found)
			return no_such_probe(o->expect[i], &e, points);
	}
	return DONE;
}

static bool holds(uint64_t is, unsigned op, uint64_t number)
{
	switch (operators[op][0]) {
	case '>':
		return operators[op][1] ? is >= number : is > number;
	case '<':
		return operators[op][1] ? is <= number : is < number;
	case '!':
		return is != number;
	default:
		return is == number;
	}
}

/* Of the probes that it is about, summed up. */
static uint64_t value(const struct run *run, const struct expectation *e)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < run->n; i++) {
		const struct totals *t = &run->probes[i].total;
		const uint64_t values[] = {t->hits,   t->recorded, t->filtered,
		                           t->missed, t->dropped,  t->lost};

		if (is_of(e, &run->probes[i].point))
			sum += values[e->field];
	}
	return sum;
}

int expect_met(const struct run *run)
{
	const struct options *o = run->options;
	int status = o->fail_on_loss ? run_loss(run) : DONE;

	for (unsigned i = 0; i < o->nexpect && status != LOSS; i++) {
		struct expectation e;

		if (!parse(o->expect[i], &e) || holds(value(run, &e), e.op, e.number))
			continue;
		status = fail(UNMET, "expected %.*s%s%s%s%llu, but there were %llu",
		              (int)e.name_length, e.name ? e.name : "", e.name ? "." : "",
		              fields[e.field], operators[e.op], (unsigned long long)e.number,
		              (unsigned long long)value(run, &e));
	}
	return status;
}
