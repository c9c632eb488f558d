/* SPDX-License-Identifier: MIT */
/*
 * The parser: one token ahead, operators by a table of precedences. See tree.h for the grammar.
 *
 * Follows the C standard (C11), 6.4.4 (constants) and 6.5 (expressions).
 */
#include "expr/parse.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "expr/token.h"

enum {
	DEEPEST = 64,   /* brackets within brackets */
	LONGEST = 1000, /* characters: trees are as deep at most */
};

struct parser {
	struct tree *tree;
	const char *text;
	struct token token;
	unsigned depth;
	is_type_fn *is_type;
	void *ctx;
};

static struct node *expression(struct parser *p);
static struct node *unary(struct parser *p);

static struct node *problem(struct parser *p, const char *what)
{
	const struct token *t = &p->token;

	if (t->kind == END)
		tree_problem(p->tree, t->at, 1, "%s, and the expression ends there", what);
	else
		tree_problem(p->tree, t->at, t->length, "%s, not '%.*s'", what, (int)t->length,
		             p->text + t->at);
	return NULL;
}

static struct node *too_deep(struct parser *p)
{
	tree_problem(p->tree, p->token.at, 1, "brackets are too deep");
	return NULL;
}

/* ---- tokens ---- */

static void next(struct parser *p)
{
	token_next(&p->token, p->text);
}

static bool is_op(const struct parser *p, unsigned op)
{
	return p->token.kind == OPERATOR && p->token.op == op;
}

static bool take(struct parser *p, unsigned op)
{
	if (!is_op(p, op))
		return false;
	next(p);
	return true;
}

static bool is_word(const struct parser *p, const char *word)
{
	return p->token.kind == NAME && p->token.length == strlen(word) &&
	       memcmp(p->text + p->token.at, word, p->token.length) == 0;
}

/* ---- constants ---- */

static bool suffix(struct node *n, const char *s)
{
	for (; *s; s++)
		if (strchr("uU", *s) && !n->is_unsigned)
			n->is_unsigned = true;
		else if (strchr("lL", *s))
			n->is_long = true;
		else
			return false;
	return true;
}

static struct node *number(struct parser *p)
{
	const struct token *t = &p->token;
	struct node *n = tree_node(p->tree, NODE_INTEGER, t->at, t->length);
	char *s = format_string("%.*s", (int)t->length, p->text + t->at), *end;
	bool hex = s[0] == '0' && (s[1] == 'x' || s[1] == 'X');
	bool fits;

	if (strpbrk(s, ".pP") || (!hex && strpbrk(s, "eE"))) {
		n->kind = NODE_FLOAT;
		n->real = strtod(s, &end);
		fits = !*end || ((*end == 'f' || *end == 'F') && !end[1]);
	} else if (s[0] == '0' && (s[1] == 'b' || s[1] == 'B')) {
		errno = 0;
		n->integer = strtoull(s + 2, &end, 2);
		fits = errno == 0 && end > s + 2 && suffix(n, end);
	} else {
		errno = 0;
		n->integer = strtoull(s, &end, 0);
		fits = errno == 0 && suffix(n, end);
	}
	if (!fits)
		tree_problem(p->tree, t->at, t->length, "'%s' is no number", s);
	free(s);
	next(p);
	return fits ? n : NULL;
}

static bool escape(const char *s, size_t length, uint64_t *v)
{
	static const char letters[] = "ntr0abfv\\'\"", values[] = "\n\t\r\0\a\b\f\v\\'\"";
	char digits[5] = "", *end;
	const char *at;

	if (length == 2 && (at = strchr(letters, s[1]))) {
		*v = (unsigned char)values[at - letters];
		return true;
	}
	if ((s[1] != 'x' && !isdigit((unsigned char)s[1])) || length > sizeof digits)
		return false;
	memcpy(digits, s + 1, length - 1);
	*v = strtoul(digits + (s[1] == 'x'), &end, s[1] == 'x' ? 16 : 8);
	return end == digits + length - 1 && *v < 256;
}

static struct node *character(struct parser *p)
{
	const struct token *t = &p->token;
	const char *s = p->text + t->at + 1;
	struct node *n = tree_node(p->tree, NODE_INTEGER, t->at, t->length);
	size_t length = t->length - 2;

	if (length == 1)
		n->integer = (unsigned char)*s;
	else if (length < 2 || *s != '\\' || !escape(s, length, &n->integer))
		return problem(p, "expected one character in quotes");
	next(p);
	return n;
}

/* Bytes from a backslash on that make one character. */
static size_t escape_length(const char *s, size_t most)
{
	size_t n = 2;

	if (s[1] == 'x')
		while (n < most && n < 4 && isxdigit((unsigned char)s[n]))
			n++;
	else if (isdigit((unsigned char)s[1]))
		while (n < most && n < 4 && isdigit((unsigned char)s[n]))
			n++;
	return n;
}

static struct node *text(struct parser *p)
{
	const struct token *t = &p->token;
	const char *s = p->text + t->at + 1, *end = s + t->length - 2;
	struct node *n = tree_node(p->tree, NODE_TEXT, t->at, t->length);
	char *copy = grow(NULL, t->length, 1);
	uint64_t v;
	bool good = true;

	while (good && s < end) {
		size_t length = *s == '\\' ? escape_length(s, (size_t)(end - s)) : 1;

		v = (unsigned char)*s;
		good = *s != '\\' || (escape(s, length, &v) && v);
		copy[n->integer++] = (char)v;
		s += length;
	}
	n->name = tree_string(p->tree, copy, n->integer);
	free(copy);
	if (!good)
		return problem(p, "expected characters of a text");
	next(p);
	return n;
}

/* ---- types ---- */

static bool base_word(const struct parser *p)
{
	static const char *const words[] = {"char",     "short",  "int",    "long",
	                                    "unsigned", "signed", "double", "float",
	                                    "_Bool",    "bool",   "void"};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (is_word(p, words[i]))
			return true;
	return false;
}

static const char *tag_word(const struct parser *p)
{
	static const char *const tags[] = {"struct", "union", "enum", "class"};

	for (size_t i = 0; i < sizeof tags / sizeof *tags; i++)
		if (is_word(p, tags[i]))
			return tags[i];
	return NULL;
}

/* The base type's name as compilers write it in DWARF, of words in any order. */
static const char *base_name(struct parser *p)
{
	unsigned longs = 0, is_short = 0, is_unsigned = 0, is_signed = 0;
	const char *noun = "int";

	for (; base_word(p); next(p)) {
		if (is_word(p, "long"))
			longs++;
		else if (is_word(p, "short"))
			is_short = 1;
		else if (is_word(p, "unsigned"))
			is_unsigned = 1;
		else if (is_word(p, "signed"))
			is_signed = 1;
		else if (!is_word(p, "int"))
			noun = tree_string(p->tree, p->text + p->token.at, p->token.length);
	}
	if (strcmp(noun, "char") == 0)
		return is_unsigned ? "unsigned char" : is_signed ? "signed char" : "char";
	if (strcmp(noun, "double") == 0 && longs)
		return "long double";
	if (strcmp(noun, "int") != 0)
		return noun;
	if (is_short)
		return is_unsigned ? "short unsigned int" : "short int";
	if (longs > 1)
		return is_unsigned ? "long long unsigned int" : "long long int";
	if (longs)
		return is_unsigned ? "long unsigned int" : "long int";
	return is_unsigned ? "unsigned int" : "int";
}

/* A type's name, if one stands here: then it is taken. */
static bool type_name(struct parser *p, struct written_type *w)
{
	const char *tag, *name;

	while (is_word(p, "const") || is_word(p, "volatile"))
		next(p);
	*w = (struct written_type){0};
	tag = tag_word(p);
	if (tag) {
		next(p);
		if (p->token.kind != NAME)
			return problem(p, "expected the name of a type"), false;
	} else if (base_word(p)) {
		w->name = base_name(p);
	} else if (p->token.kind != NAME) {
		return false;
	}
	if (!w->name) {
		name = tree_string(p->tree, p->text + p->token.at, p->token.length);
		if (!tag && !(p->is_type && p->is_type(p->ctx, tag, name)))
			return false;
		w->tag = tag;
		w->name = name;
		next(p);
	}
	for (;; next(p))
		if (is_op(p, '*'))
			w->pointers++;
		else if (!is_word(p, "const") && !is_word(p, "volatile"))
			return true;
}

/* ---- operands ---- */

static struct node *closed(struct parser *p, struct node *n, unsigned close, const char *what)
{
	if (!n)
		return NULL;
	return take(p, close) ? n : problem(p, what);
}

/* A cast, or an expression in brackets: the bracket was taken. */
static struct node *bracket(struct parser *p, size_t at)
{
	struct written_type w;
	struct node *n;

	if (type_name(p, &w)) {
		if (!take(p, ')'))
			return problem(p, "expected ')' behind the type");
		n = tree_node(p->tree, NODE_CAST, at, p->token.at - at);
		n->written = w;
		n->kid[0] = unary(p);
		return n->kid[0] ? n : NULL;
	}
	if (*p->tree->problem.text)
		return NULL;
	return closed(p, expression(p), ')', "expected ')'");
}

static struct node *size_of(struct parser *p, size_t at)
{
	struct node *n = tree_node(p->tree, NODE_SIZEOF, at, strlen("sizeof"));
	struct token here;

	next(p);
	here = p->token;
	if (take(p, '(')) {
		if (type_name(p, &n->written))
			return closed(p, n, ')', "expected ')' behind the type");
		p->token = here;
	}
	n->kid[0] = unary(p);
	return n->kid[0] ? n : NULL;
}

static struct node *named(struct parser *p, enum node_kind kind, size_t skip)
{
	const struct token *t = &p->token;
	struct node *n = tree_node(p->tree, kind, t->at, t->length);

	n->name = tree_string(p->tree, p->text + t->at + skip, t->length - skip);
	next(p);
	return n;
}

/* %r0, @global: the sign was taken, and the name must follow at once. */
static struct node *signed_name(struct parser *p, enum node_kind kind, size_t at)
{
	struct node *n;

	if (p->token.kind != NAME || p->token.at != at + 1)
		return problem(p, kind == NODE_REGISTER ? "expected a register's name behind %"
		                                        : "expected a name behind @");
	n = named(p, kind, 0);
	n->at = at;
	n->length++;
	n->global = kind == NODE_NAME;
	return n;
}

/* NAME, or NAME@entry without a space. */
static struct node *variable_name(struct parser *p)
{
	struct node *n = named(p, NODE_NAME, 0);

	if (!is_op(p, '@') || p->token.at != n->at + n->length)
		return n;
	next(p);
	if (!is_word(p, "entry") || p->token.at != n->at + n->length + 1)
		return problem(p, "expected NAME@entry");
	n->length += strlen("@entry");
	n->entry = true;
	next(p);
	return n;
}

static struct node *primary(struct parser *p)
{
	size_t at = p->token.at;

	switch (p->token.kind) {
	case NUMBER:
		return number(p);
	case CHARACTER:
		return character(p);
	case TEXT:
		return text(p);
	case NAME:
		return is_word(p, "sizeof") ? size_of(p, at) : variable_name(p);
	case DOLLAR:
		return named(p, NODE_SPECIAL, 1);
	default:
		if (take(p, '('))
			return bracket(p, at);
		if (take(p, '%'))
			return signed_name(p, NODE_REGISTER, at);
		if (take(p, '@'))
			return signed_name(p, NODE_NAME, at);
		return problem(p, "expected a value");
	}
}

static struct node *member(struct parser *p, struct node *of, enum node_kind kind)
{
	struct node *n;

	next(p);
	if (p->token.kind != NAME)
		return problem(p, "expected the name of a member");
	n = named(p, kind, 0);
	n->kid[0] = of;
	return n;
}

static struct node *subscript(struct parser *p, struct node *of, size_t at)
{
	struct node *n = tree_node(p->tree, NODE_INDEX, at, 0);

	next(p);
	n->kid[0] = of;
	n->kid[1] = expression(p);
	if (n->kid[1] && take(p, OP2('.', '.'))) {
		n->kind = NODE_SLICE;
		n->kid[2] = expression(p);
		if (!n->kid[2])
			return NULL;
	}
	n = closed(p, n->kid[1] ? n : NULL, ']', "expected ']'");
	if (n)
		n->length = p->token.at - at;
	return n;
}

static struct node *postfix(struct parser *p)
{
	struct node *n = primary(p);

	while (n)
		if (is_op(p, '.'))
			n = member(p, n, NODE_MEMBER);
		else if (is_op(p, OP2('-', '>')))
			n = member(p, n, NODE_ARROW);
		else if (is_op(p, '['))
			n = subscript(p, n, p->token.at);
		else if (is_op(p, '('))
			return problem(p, "calls are not possible: the firmware runs on meanwhile. "
			                  "Expected an operator");
		else
			break;
	return n;
}

static struct node *unary(struct parser *p)
{
	const struct token t = p->token;
	struct node *n;

	if (t.kind != OPERATOR || t.length != 1 || !strchr("*&+-!~", (int)t.op))
		return postfix(p);
	if (++p->depth > DEEPEST)
		return too_deep(p);
	next(p);
	n = tree_node(p->tree,
	              t.op == '*'   ? NODE_DEREF
	              : t.op == '&' ? NODE_ADDRESS
	                            : NODE_UNARY,
	              t.at, 1);
	n->op = t.op;
	n->kid[0] = unary(p);
	p->depth--;
	return n->kid[0] ? n : NULL;
}

/* ---- operators with two sides: the weakest first ---- */

static unsigned strength(const struct parser *p)
{
	static const struct {
		unsigned op, strength;
	} table[] = {
	        {OP2('|', '|'), 1}, {OP2('&', '&'), 2}, {'|', 3},           {'^', 4},
	        {'&', 5},           {OP2('=', '='), 6}, {OP2('!', '='), 6}, {'<', 7},
	        {'>', 7},           {OP2('<', '='), 7}, {OP2('>', '='), 7}, {OP2('<', '<'), 8},
	        {OP2('>', '>'), 8}, {'+', 9},           {'-', 9},           {'*', 10},
	        {'/', 10},          {'%', 10},
	};

	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (is_op(p, table[i].op))
			return table[i].strength;
	return 0;
}

static struct node *binary(struct parser *p, unsigned least)
{
	struct node *left = unary(p), *n;
	unsigned s;

	while (left && (s = strength(p)) >= least && s) {
		n = tree_node(p->tree, NODE_BINARY, p->token.at, p->token.length);
		n->op = p->token.op;
		next(p);
		n->kid[0] = left;
		n->kid[1] = binary(p, s + 1);
		left = n->kid[1] ? n : NULL;
	}
	return left;
}

static struct node *choice(struct parser *p)
{
	struct node *condition = binary(p, 1), *n;

	if (!condition || !is_op(p, '?'))
		return condition;
	n = tree_node(p->tree, NODE_CHOICE, p->token.at, 1);
	next(p);
	n->kid[0] = condition;
	n->kid[1] = expression(p);
	if (!n->kid[1])
		return NULL;
	if (!take(p, ':'))
		return problem(p, "expected ':' of '? :'");
	n->kid[2] = expression(p);
	return n->kid[2] ? n : NULL;
}

static struct node *expression(struct parser *p)
{
	struct node *n;

	if (++p->depth > DEEPEST)
		return too_deep(p);
	n = choice(p);
	p->depth--;
	return n;
}

struct tree *expr_parse(const char *text, is_type_fn *is_type, void *ctx)
{
	struct tree *t = grow(NULL, 1, sizeof *t);
	struct parser p = {.tree = t, .is_type = is_type, .ctx = ctx};

	*t = (struct tree){.text = copy_string(text)};
	p.text = t->text;
	if (strlen(text) > LONGEST) {
		tree_problem(t, 0, 1, "it is longer than %d characters", LONGEST);
		return t;
	}
	next(&p);
	t->root = expression(&p);
	if (t->root && p.token.kind != END) {
		t->root = NULL;
		if (is_op(&p, '='))
			problem(&p, "expected an operator (== compares)");
		else
			problem(&p, "expected an operator or the end");
	}
	return t;
}
