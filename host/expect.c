/* SPDX-License-Identifier: MIT */
/*
 * --expect: a number of hits at least, or FIELD OP NUMBER over the sum of all probes.
 */
#include <string.h>

#include "run.h"
#include "say.h"
#include "util.h"

static const char *const fields[] = {"hits", "recorded", "filtered", "missed", "dropped", "lost"};
static const char *const operators[] = {">=", "<=", "==", "!=", ">", "<", "="}; /* longer ones first */

enum { FIELDS = sizeof fields / sizeof *fields, OPERATORS = sizeof operators / sizeof *operators };

struct expectation {
	unsigned field, op;
	uint64_t number;
};

static bool parse(const char *text, struct expectation *e)
{
	*e = (struct expectation){0};
	if (parse_number(text, &e->number))
		return true;
	for (; e->field < FIELDS; e->field++) {
		size_t n = strlen(fields[e->field]);

		if (strncmp(text, fields[e->field], n) != 0)
			continue;
		for (e->op = 0; e->op < OPERATORS; e->op++) {
			size_t m = strlen(operators[e->op]);

			if (strncmp(text + n, operators[e->op], m) == 0)
				return parse_number(text + n + m, &e->number);
		}
	}
	return false;
}

bool expect_valid(const char *expect)
{
	struct expectation e;

	if (!expect || parse(expect, &e))
		return true;
	fail(USAGE, "--expect '%s': not an expectation", expect);
	hint("N, or FIELD OP N with hits, recorded, filtered, missed, dropped, lost and >= <= == != > <: --expect 'hits>=3'");
	return false;
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

int run_expect(const struct run *run, const char *expect)
{
	struct totals t = run_total(run);
	const uint64_t values[] = {t.hits, t.recorded, t.filtered, t.missed, t.dropped, run->lost};
	struct expectation e;

	if (!expect)
		return DONE;
	if (!parse(expect, &e))
		return USAGE;
	if (holds(values[e.field], e.op, e.number))
		return DONE;
	return fail(UNMET, "expected %s%s%llu, but there were %llu", fields[e.field], operators[e.op],
	            (unsigned long long)e.number, (unsigned long long)values[e.field]);
}
