/* SPDX-License-Identifier: MIT */
/*
 * Trees: what they are made of, and what is said of them. See tree.h.
 */
#include "expr/tree.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/say.h"
#include "base/util.h"
#include "expr/scope.h"

bool op_is_comparison(unsigned op)
{
	return op == '<' || op == '>' || op == OP2('<', '=') || op == OP2('>', '=') ||
	       op == OP2('=', '=') || op == OP2('!', '=');
}

void tree_free(struct tree *t)
{
	struct node *next;

	if (!t)
		return;
	for (struct node *n = t->nodes; n; n = next) {
		next = n->next;
		if (n->variable)
			location_free(&n->variable->location);
		free(n->variable);
		if (n->pointee)
			location_free(&n->pointee->location);
		free(n->pointee);
		free(n);
	}
	for (size_t i = 0; i < t->nstrings; i++)
		free(t->strings[i]);
	free(t->strings);
	free(t->text);
	free(t);
}

struct node *tree_node(struct tree *t, enum node_kind kind, size_t at, size_t length)
{
	struct node *n = grow(NULL, 1, sizeof *n);

	*n = (struct node){.kind = kind, .at = at, .length = length, .next = t->nodes};
	t->nodes = n;
	return n;
}

const char *tree_string(struct tree *t, const char *s, size_t n)
{
	char *copy = format_string("%.*s", (int)n, s);

	t->strings = grow(t->strings, t->nstrings + 1, sizeof *t->strings);
	t->strings[t->nstrings++] = copy;
	return copy;
}

struct tree *tree_of_variable(const char *name, const struct variable *v)
{
	struct tree *t = grow(NULL, 1, sizeof *t);

	*t = (struct tree){.text = copy_string(name)};
	t->root = tree_node(t, NODE_VARIABLE, 0, strlen(name));
	t->root->name = t->text;
	t->root->type = v->type;
	t->root->variable = grow(NULL, 1, sizeof *v);
	*t->root->variable = *v;
	t->root->variable->location = location_copy(&v->location);
	return t;
}

bool tree_problem(struct tree *t, size_t at, size_t length, const char *format, ...)
{
	va_list args;

	if (*t->problem.text)
		return false;
	va_start(args, format);
	vsnprintf(t->problem.text, sizeof t->problem.text, format, args);
	va_end(args);
	t->problem.at = at;
	t->problem.length = length;
	return false;
}

bool tree_hint(struct tree *t, const char *format, ...)
{
	va_list args;

	if (*t->problem.hint)
		return false;
	va_start(args, format);
	vsnprintf(t->problem.hint, sizeof t->problem.hint, format, args);
	va_end(args);
	return false;
}

int tree_say(const struct tree *t, int status)
{
	const struct problem *p = &t->problem;

	fail(status, "%s", p->text);
	say_caret(t->text, p->at, p->length);
	if (*p->hint)
		hint("%s", p->hint);
	return status;
}
