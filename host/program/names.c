/* SPDX-License-Identifier: MIT */
/*
 * Names as compilers, linkers and people write them: see names.h. Itanium C++ ABI and Rust (legacy,
 * v0) by libiberty's demangler.
 */
#include "program/names.h"

#include <ctype.h>
#include <fnmatch.h>
#include <libiberty/demangle.h>
#include <stdlib.h>
#include <string.h>

#include "base/util.h"

char *name_demangle(const char *symbol)
{
	if (symbol[0] != '_' || (symbol[1] != 'Z' && symbol[1] != 'R'))
		return NULL;
	return cplus_demangle(symbol, DMGL_PARAMS | DMGL_ANSI | DMGL_RET_DROP | DMGL_AUTO);
}

/* -- clones -- */

/* Where the compiler's part of a name begins; NULL if there is none. */
static const char *clone_part(const char *shown)
{
	const char *mark = strstr(shown, " [clone .");
	size_t word = 0;

	if (mark)
		return mark;
	while (isalnum((unsigned char)shown[word]) || shown[word] == '_' || shown[word] == '$')
		word++;
	return word && shown[word] == '.' ? shown + word : NULL;
}

/* What one word of it says. */
static enum clone clone_word(const char *word, size_t length)
{
	static const struct {
		const char *word;
		enum clone clone;
	} known[] = {
	        {"part", CLONE_PART},          {"cold", CLONE_PART},
	        {"warm", CLONE_PART},          {"lto_priv", CLONE_RENAMED},
	        {"llvm", CLONE_RENAMED},       {"__uniq", CLONE_RENAMED},
	        {"localalias", CLONE_RENAMED}, {"clone", CLONE_NONE},
	        {"constprop", CLONE_CHANGED},
	};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (strlen(known[i].word) == length && memcmp(known[i].word, word, length) == 0)
			return known[i].clone;
	return isdigit((unsigned char)*word) ? CLONE_RENAMED : CLONE_CHANGED;
}

enum clone name_clone(const char *shown)
{
	const char *at = clone_part(shown);
	enum clone most = CLONE_NONE;

	while (at && *(at += strspn(at, " [].")) != 0) {
		size_t length = strcspn(at, " [].");
		enum clone said = clone_word(at, length);

		if (said > most)
			most = said;
		at += length;
		/* A hash or a number belongs to the word before it. */
		if (*at == '.' && isdigit((unsigned char)at[1]) && said != CLONE_NONE)
			at += 1 + strcspn(at + 1, " [].");
	}
	return most;
}

/* -- matching -- */

static bool is_word(char c)
{
	return isalnum((unsigned char)c) || c == '_' || c == '$';
}

/* A copy without the spaces that say nothing, and without `void` for no arguments. */
static char *canonical(const char *s)
{
	char *copy = copy_string(s), *to = copy;

	for (; *s; s++) {
		if (strncmp(s, "(void)", 6) == 0) {
			*to++ = '(';
			s += 4;
		} else if (!isspace((unsigned char)*s) ||
		           (to > copy && is_word(to[-1]) && is_word(s[strspn(s, " \t")]))) {
			*to++ = *s;
		}
	}
	*to = 0;
	return copy;
}

static bool cut_suffix(char *s, const char *suffix)
{
	size_t n = strlen(s), length = strlen(suffix);

	if (n <= length + 1 || s[n - length - 1] != ')' || strcmp(s + n - length, suffix) != 0)
		return false;
	s[n - length] = 0;
	return true;
}

/* -- each takes a further part away, if it is there -- */

static void without_clone(char *s)
{
	const char *mark = strstr(s, "[clone.");

	if (!mark)
		mark = clone_part(s);
	if (mark)
		s[mark - s] = 0;
}

static void without_qualifiers(char *s)
{
	static const char *const words[] = {"const",   "volatile", "const volatile", "const&", "&",
	                                    "const&&", "&&"};

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (cut_suffix(s, words[i]))
			return;
}

static bool ends_in_operator(const char *s, size_t n)
{
	return n >= 8 && memcmp(s + n - 8, "operator", 8) == 0;
}

static void without_arguments(char *s)
{
	size_t at = strlen(s);
	unsigned depth = 0;

	if (!at || s[at - 1] != ')')
		return;
	do {
		at--;
		depth += s[at] == ')';
		depth -= s[at] == '(';
	} while (at && depth);
	if (!at || depth || ends_in_operator(s, at) || s[at - 1] == ':')
		return;
	s[at] = 0;
	if (s[at - 1] == ']' && strstr(s, "[abi:"))
		*strstr(s, "[abi:") = 0;
}

static void without_templates(char *s)
{
	char *to = s;
	unsigned depth = 0;

	for (char *from = s; *from; from++) {
		if (!depth &&
		    strncmp(from, "operator", 8) == 0) { /* operator<, operator<<, operator-> … */
			size_t n = 8 + strspn(from + 8, "<>=-!");

			memmove(to, from, n);
			to += n;
			from += n - 1;
			continue;
		}
		if (*from == '<') {
			depth++;
		} else if (*from == '>' && depth && from[-1] != '-') {
			depth--;
		} else if (!depth) {
			*to++ = *from;
		}
	}
	*to = 0;
}

static bool is_tail(const char *s, const char *tail)
{
	size_t n = strlen(s), length = strlen(tail);

	return n > length + 2 && strcmp(s + n - length, tail) == 0 &&
	       memcmp(s + n - length - 2, "::", 2) == 0;
}

unsigned name_match(const char *typed, const char *shown)
{
	static void (*const shorter[])(char *) = {without_clone, without_qualifiers,
	                                          without_arguments, without_templates};
	enum { FORMS = sizeof shorter / sizeof *shorter, TAIL = FORMS };
	unsigned level = NO_MATCH;
	char *t, *s;

	if (strcmp(typed, shown) == 0)
		return 0;
	t = canonical(typed + (strncmp(typed, "::", 2) == 0 ? 2 : 0));
	s = canonical(shown);
	for (unsigned form = 0; form <= FORMS && *t && level == NO_MATCH; form++) {
		if (form)
			shorter[form - 1](s);
		if (strcmp(s, t) == 0)
			level = 1 + (form < FORMS
			                     ? form
			                     : FORMS - 1); /* templates are as good as others */
		else if (is_tail(s, t))
			level = 1 + TAIL + (form < FORMS ? form : FORMS - 1);
	}
	free(t);
	free(s);
	return level;
}

char *name_bare(const char *shown)
{
	char *s = canonical(shown);

	without_clone(s);
	without_qualifiers(s);
	without_arguments(s);
	return s;
}

const char *name_last(const char *bare)
{
	const char *last = bare;

	for (const char *next; (next = strstr(last, "::")) != NULL && next[2];)
		last = next + 2;
	return last;
}

bool name_fits(const char *glob, const char *shown)
{
	bool fits = fnmatch(glob, shown, 0) == 0;
	char *s;

	if (fits || !strchr(shown, '('))
		return fits;
	s = name_bare(shown);
	fits = fnmatch(glob, s, 0) == 0;
	free(s);
	return fits;
}

/* -- names in a longer text -- */

/* What `operator` is followed by: signs, or a space and a type. */
static size_t operator_length(const char *s)
{
	if (strncmp(s, "()", 2) == 0 || strncmp(s, "[]", 2) == 0)
		return 2;
	if (s[0] == ' ' && isalpha((unsigned char)s[1]))
		return 1 + strcspn(s + 1, " ([<\t\n");
	return strspn(s, "<>=!+-*/%^&|~,");
}

/* Does a space belong to the name, by what stands behind it? */
static bool goes_on(const char *s)
{
	static const char *const words[] = {"const", "volatile", "&", "&&", "[clone"};
	size_t n = strcspn(s, " \t\n+%");

	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (strlen(words[i]) == n && memcmp(words[i], s, n) == 0)
			return true;
	return false;
}

size_t name_length(const char *text)
{
	size_t i = 0;
	unsigned depth = 0;

	while (text[i]) {
		if (strncmp(text + i, "operator", 8) == 0 && (i == 0 || !is_word(text[i - 1]))) {
			i += 8 + operator_length(text + i + 8);
			continue;
		}
		if (isspace((unsigned char)text[i]) && !depth && !goes_on(text + i + 1))
			return i;
		depth += strchr("(<{[", text[i]) != NULL;
		depth -= depth && strchr(")>}]", text[i]) &&
		         !(text[i] == '>' && i && text[i - 1] == '-');
		i++;
	}
	return depth ? strcspn(text, " \t\n") : i; /* brackets that never close are none */
}
