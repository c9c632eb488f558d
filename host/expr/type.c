/* SPDX-License-Identifier: MIT */
/*
 * What can be asked of types, and their names: see type.h.
 */
#include "expr/type.h"

#include <stdio.h>
#include <string.h>

bool type_is_integer(const struct type *t)
{
	return t->kind == TYPE_BOOL || t->kind == TYPE_CHAR || t->kind == TYPE_INTEGER ||
	       t->kind == TYPE_ENUM;
}

bool type_is_number(const struct type *t)
{
	return type_is_integer(t) || t->kind == TYPE_FLOAT;
}

bool type_is_place(const struct type *t)
{
	return t->kind == TYPE_POINTER || t->kind == TYPE_ARRAY;
}

bool type_is_scalar(const struct type *t)
{
	return type_is_integer(t) || t->kind == TYPE_FLOAT || t->kind == TYPE_POINTER;
}

/* ---- names: pointers and arrays are written around what they lead to, from the inside ---- */

struct spelling {
	char text[256];
	size_t start, end; /* the declarator stands in the middle, and grows both ways */
};

static void before(struct spelling *s, const char *text)
{
	size_t n = strlen(text);

	if (n > s->start)
		return;
	s->start -= n;
	memcpy(s->text + s->start, text, n);
}

static void behind(struct spelling *s, const char *text)
{
	size_t n = strlen(text);

	if (s->end + n >= sizeof s->text)
		return;
	memcpy(s->text + s->end, text, n + 1);
	s->end += n;
}

static void array_bound(struct spelling *s, const struct type *t)
{
	char bound[32] = "[]";

	if (t->counted)
		snprintf(bound, sizeof bound, "[%llu]", (unsigned long long)t->count);
	behind(s, bound);
}

/* One step of the way in: false, `t` has a name of its own. */
static bool declarator(struct spelling *s, const struct type *t, bool *pointer)
{
	if (t->name)
		return false;
	if (t->kind == TYPE_POINTER) {
		before(s, t->is_reference ? "&" : "*");
		*pointer = true;
		return true;
	}
	if (t->kind != TYPE_ARRAY && t->kind != TYPE_FUNCTION)
		return false;
	if (*pointer) {
		before(s, "(");
		behind(s, ")");
	}
	*pointer = false;
	if (t->kind == TYPE_ARRAY)
		array_bound(s, t);
	else
		behind(s, "()");
	return true;
}

void type_write(const struct type *t, char *to, size_t size)
{
	enum { DEEPEST = 16 }; /* pointers to pointers */
	struct spelling s = {.start = sizeof s.text / 2, .end = sizeof s.text / 2};
	bool pointer = false;

	for (unsigned i = 0; i < DEEPEST && declarator(&s, t, &pointer); i++)
		t = type_target(t);
	snprintf(to, size, "%s%s%s%s%s", t->tag, *t->tag ? " " : "",
	         t->name                  ? t->name
	         : t->kind == TYPE_VOID   ? "void"
	         : t->kind == TYPE_STRUCT ? "{…}"
	         : t->kind == TYPE_ENUM   ? "{…}"
	                                  : "?",
	         s.end > s.start ? " " : "", s.text + s.start);
}
