/* SPDX-License-Identifier: MIT */
/*
 * The frame of commands on points: see points.h.
 */
#include "cmd/points.h"

#include <string.h>

#include "base/say.h"
#include "base/util.h"
#include "cmd/command.h"
#include "session/added.h"
#include "session/data.h"
#include "session/expect.h"
#include "session/settle.h"

/* Where each is for good. */
static int settle(unsigned how, const struct attached *a, struct points *points)
{
	const struct target *t = &a->session.target;
	struct fields_source from = {.elf = a->elf,
	                             .isa = t->isa,
	                             .fetch = t->features & TL_FEATURE_FETCH,
	                             .counts = how & COUNT_HITS,
	                             .kept = how & KEEP_HITS};
	int status;

	if (a->elf)
		from.types = types_open(a->elf->lines, t->isa->word);
	status = points_locate(points, &from);
	if (!status && how & (SHOW_HITS | COUNT_HITS | KEEP_HITS))
		points_settle(points, &from);
	types_close(from.types);
	return status;
}

int on_points(unsigned how, const struct options *o, int argc, char **argv,
              int (*command)(struct attached *, const struct options *, const struct points *))
{
	struct points points = {0};
	struct attached a;
	int status;

	if (!argc && !(how & MAY_HAVE_NONE))
		return MISUSED;
	if (expect_check(o, NULL))
		return USAGE;
	status = attach(&a, o, WANT_PORT | MAY_ELF);
	if (status)
		return status;
	if (how & MAY_BE_ADDED)
		status = added_points(&points, &argc, argv, &a.session, a.elf);
	if (!status)
		status = points_parse(&points, argc, argv, a.elf, a.session.target.isa,
		                      &(struct point_rules){o->all, o->force});
	if (!status)
		status = settle(how, &a, &points);
	if (!status)
		status = expect_check(o, &points);
	if (!status)
		status = command(&a, o, &points);
	points_free(&points);
	detach(&a);
	return status;
}

/* Where a place ends: at the first space that is in no brackets and no quotes. */
static size_t place_length(const char *point)
{
	size_t i, depth = 0;
	char quote = 0;

	for (i = 0; point[i]; i++) {
		char c = point[i];

		if (quote)
			quote = c == quote ? 0 : quote;
		else if (c == '"' || c == '\'')
			quote = c;
		else if (strchr("([{<", c))
			depth++;
		else if (strchr(")]}>", c))
			depth -= depth > 0;
		else if (c == ' ' && !depth)
			break;
	}
	return i;
}

char *point_with(const char *point, const char *text)
{
	size_t place = place_length(point);

	return format_string("%.*s%s%s", (int)place, point, text, point + place);
}
