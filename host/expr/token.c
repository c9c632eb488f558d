/* SPDX-License-Identifier: MIT */
/*
 * Tokens: see token.h.
 */
#include "expr/token.h"

#include <ctype.h>
#include <string.h>

#include "expr/tree.h"

static bool name_start(char c)
{
	return isalpha((unsigned char)c) || c == '_';
}

static bool name_char(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

/* `pid.c::` in front of a name: a file's, for that it has a dot and two colons. */
static size_t file_length(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./-+");

	return n && strncmp(s + n, "::", 2) == 0 && memchr(s, '.', n) ? n : 0;
}

/* A name with what stands before its last ::; quotes keep what is no letter together. */
static size_t whole_name(const char *s)
{
	size_t n = 0, more;

	for (;;) {
		more = n == 0 ? file_length(s) : 0;
		if (!more)
			while (name_char(s[n + more]))
				more++;
		if (!more)
			return n;
		n += more;
		if (strncmp(s + n, "::", 2) != 0 || !(name_start(s[n + 2]) || s[n + 2] == '~'))
			return n;
		n += 2;
	}
}

static size_t number_length(const char *s)
{
	size_t n = 0;

	while (name_char(s[n]) || (s[n] == '.' && s[n + 1] != '.') ||
	       ((s[n] == '+' || s[n] == '-') && n && strchr("eEpP", s[n - 1]) &&
	        (s[0] != '0' || !strchr("xX", s[1]) || strchr("pP", s[n - 1]))))
		n++;
	return n;
}

/* Up to the quote that it begins with; 0: there is none. */
static size_t quoted_length(const char *s)
{
	size_t n = 1;

	while (s[n] && s[n] != *s)
		n += s[n] == '\\' && s[n + 1] ? 2 : 1;
	return s[n] ? n + 1 : 0;
}

static void operator_token(struct token *t, const char *s)
{
	static const char pairs[][3] = {"->", "..", "<<", ">>", "<=", ">=", "==", "!=", "&&", "||"};

	t->kind = OPERATOR;
	t->length = 1;
	t->op = (unsigned char)s[0];
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
		if (strncmp(s, pairs[i], 2) == 0) {
			t->length = 2;
			t->op = OP2((unsigned char)s[0], (unsigned char)s[1]);
		}
	if (t->length == 1 && !strchr("+-*/%&|^~!<>=?:.,()[]@", s[0]))
		t->kind = BAD;
}

void token_next(struct token *t, const char *text)
{
	const char *s;

	t->at += t->length;
	t->at += strspn(text + t->at, " \t\n");
	t->length = 0;
	s = text + t->at;
	if (!*s) {
		t->kind = END;
	} else if (isdigit((unsigned char)*s) || (*s == '.' && isdigit((unsigned char)s[1]))) {
		t->kind = NUMBER;
		t->length = number_length(s);
	} else if (*s == '\'' || *s == '"') {
		t->length = quoted_length(s);
		t->kind = !t->length ? BAD : *s == '"' ? TEXT : CHARACTER;
		t->length = t->length ? t->length : strlen(s);
	} else if (name_start(*s) || file_length(s)) {
		t->kind = NAME;
		t->length = whole_name(s);
	} else if (*s == '$' && name_start(s[1])) {
		t->kind = DOLLAR;
		for (t->length = 1; name_char(s[t->length]);)
			t->length++;
	} else {
		operator_token(t, s);
	}
}
