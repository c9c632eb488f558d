/* SPDX-License-Identifier: MIT */
/*
 * Values written out: see show.h. One walk over a value serves both forms; a table of marks says
 * what stands around structs, arrays and names.
 */
#include "expr/show.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/json.h"
#include "program/elf.h"
#include "program/lookup.h"

struct form {
	bool json;
	const char *array_open, *array_close;
	const char *is; /* between a member's name and its value */
};

static const struct form text = {false, "{", "}", " = "}, json = {true, "[", "]", ":"};

static void any(const struct show *s, const struct form *f, const struct value *v, unsigned depth);

/* ---- characters ---- */

static void character(FILE *out, unsigned char c, char quote)
{
	static const char escaped[] = "\a\b\f\n\r\t\v\\", letters[] = "abfnrtv\\";
	const char *at = c ? strchr(escaped, c) : NULL;

	if (at)
		fprintf(out, "\\%c", letters[at - escaped]);
	else if (c == (unsigned char)quote)
		fprintf(out, "\\%c", c);
	else if (c < ' ' || c >= 0x7f)
		fprintf(out, "\\%03o", c);
	else
		fputc(c, out);
}

/* Up to the first zero, `n` at most; `more`: it goes on behind them. */
static void string(const struct show *s, const struct form *f, const uint8_t *bytes, size_t n,
                   bool more)
{
	const uint8_t *end = memchr(bytes, 0, n);
	size_t length = end ? (size_t)(end - bytes) : n;
	char copy[4 * 1024 + 1];

	if (f->json) {
		length = length < sizeof copy ? length : sizeof copy - 1;
		memcpy(copy, bytes, length);
		copy[length] = 0;
		json_string(s->out, copy);
		return;
	}
	fputc('"', s->out);
	for (size_t i = 0; i < length; i++)
		character(s->out, bytes[i], '"');
	fputs(more && !end ? "\"…" : "\"", s->out);
}

static bool is_character(const struct type *t)
{
	return t->kind == TYPE_CHAR && t->size == 1;
}

/* ---- numbers ---- */

static void real(const struct show *s, const struct form *f, const struct value *v)
{
	double d = value_real(v);
	int digits = v->n == 4 ? 9 : 17;

	if (f->json && !isfinite(d))
		fprintf(s->out, "\"%s\"", isnan(d) ? "nan" : d < 0 ? "-inf" : "inf");
	else if (isnan(d))
		fputs("nan", s->out);
	else
		fprintf(s->out, "%.*g", digits, d);
}

static const char *value_name(const struct type *t, int64_t n)
{
	for (size_t i = 0; i < t->nvalues; i++)
		if (t->values[i].value == n)
			return t->values[i].name;
	return NULL;
}

/* A|B, with what is left over as a number; false: no bit of it has a name. */
static bool flags(const struct show *s, const struct type *t, uint64_t n)
{
	bool any_named = false;

	for (size_t i = 0; i < t->nvalues; i++) {
		uint64_t bit = (uint64_t)t->values[i].value;

		if (!bit || (n & bit) != bit)
			continue;
		fprintf(s->out, "%s%s", any_named ? "|" : "", t->values[i].name);
		any_named = true;
		n &= ~bit;
	}
	if (any_named && n)
		fprintf(s->out, "|0x%" PRIx64, n);
	return any_named;
}

static void enumerator(const struct show *s, const struct form *f, const struct value *v)
{
	int64_t n = value_integer(v);
	const char *name;

	type_complete(v->type);
	name = value_name(v->type, n);
	if (f->json)
		fputc('"', s->out);
	if (name)
		fputs(name, s->out);
	else if (!v->type->is_flags || !flags(s, v->type, (uint64_t)n))
		fprintf(s->out, v->type->is_signed ? "%" PRId64 : "%" PRIu64, n);
	if (f->json)
		fputc('"', s->out);
}

static void integer(const struct show *s, const struct form *f, const struct value *v)
{
	int64_t n = value_integer(v);

	if (v->type->kind == TYPE_BOOL) {
		fprintf(s->out, n == 0 ? "false" : n == 1 ? "true" : "%" PRId64, n);
		return;
	}
	fprintf(s->out, v->type->is_signed ? "%" PRId64 : "%" PRIu64, n);
	if (is_character(v->type) && !f->json) {
		fputs(" '", s->out);
		character(s->out, (unsigned char)n, '\'');
		fputc('\'', s->out);
	}
}

/* ---- pointers ---- */

static uint64_t code_address(const struct show *s, uint64_t addr)
{
	return s->e->isa->insn_align > 1 ? addr & ~UINT64_C(1) : addr;
}

static bool symbol_at(const struct show *s, uint64_t addr, bool code, char *to, size_t size)
{
	*to = 0;
	if (!s->elf || !addr)
		return false;
	if (code) {
		elf_describe(s->elf, code_address(s, addr), to, size);
		return strncmp(to, "0x", 2) != 0;
	}
	for (size_t i = 0; i < s->elf->nsymbols; i++) {
		const struct elf_symbol *y = &s->elf->symbols[i];

		if (y->addr > addr)
			break;
		if (y->object && y->addr == addr) {
			snprintf(to, size, "%s", elf_name(s->elf, y));
			return true;
		}
	}
	return false;
}

/* The text that a `char *` leads to, as far as it can be read. */
static void pointed_text(const struct show *s, uint64_t addr)
{
	enum { MOST = 1024 };
	uint8_t bytes[MOST];
	size_t n = s->elements < MOST ? s->elements : MOST, have = 0;

	while (have < n && s->e->machine.read) {
		size_t some = 32 - (addr + have) % 32; /* it may end where memory does */

		some = some < n - have ? some : n - have;
		while (some &&
		       !s->e->machine.read(s->e->machine.ctx, addr + have, bytes + have, some))
			some /= 2;
		if (!some)
			break;
		have += some;
		if (memchr(bytes + have - some, 0, some))
			break;
	}
	if (!have)
		return;
	fputc(' ', s->out);
	string(s, &text, bytes, have, true);
}

static void pointer(const struct show *s, const struct form *f, const struct value *v,
                    unsigned depth)
{
	const struct type *to = type_target(v->type);
	uint64_t addr = (uint64_t)value_integer(v);
	char symbol[256];

	if (f->json) {
		fprintf(s->out, "\"0x%" PRIx64 "\"", addr);
		return;
	}
	fprintf(s->out, "0x%" PRIx64, addr);
	if (symbol_at(s, addr, to->kind == TYPE_FUNCTION, symbol, sizeof symbol))
		fprintf(s->out, " <%s>", symbol);
	if (is_character(to) && addr)
		pointed_text(s, addr);
	else if (to->kind == TYPE_STRUCT && addr && depth == 0)
		fputs(" {…}", s->out);
}

/* ---- what has parts ---- */

static void array(const struct show *s, const struct form *f, const struct value *v, unsigned depth)
{
	const struct type *of = type_target(v->type);
	uint64_t count = v->type->count, shown = count < s->elements ? count : s->elements;
	struct value e;

	if (!v->type->counted || (count && !of->size)) {
		fputs(f->json ? "null" : "<its length is not known>", s->out);
		return;
	}
	if (is_character(of) && v->bytes) {
		string(s, f, v->bytes, (size_t)(v->n < shown ? v->n : shown), shown < count);
		return;
	}
	fputs(f->array_open, s->out);
	for (uint64_t i = 0; i < shown; i++) {
		if (i)
			fputs(f->json ? "," : ", ", s->out);
		if (value_element(s->e, v, i, &e))
			any(s, f, &e, depth + 1);
		else
			fputs(f->json ? "null" : "<unreadable>", s->out);
	}
	if (shown < count)
		fputs(f->json ? "" : ", …", s->out);
	fputs(f->array_close, s->out);
}

static void member_name(const struct show *s, const struct form *f, const struct member *m)
{
	if (f->json)
		json_string(s->out, m->name ? m->name : "");
	else if (m->inherited)
		fprintf(s->out, "<%s>", m->name ? m->name : "");
	else if (m->name)
		fputs(m->name, s->out);
	else
		return;
	fputs(f->is, s->out);
}

static void structure(const struct show *s, const struct form *f, const struct value *v,
                      unsigned depth)
{
	struct value m;

	type_complete(v->type);
	if (depth >= s->depth || v->type->incomplete) {
		fputs(f->json ? "null" : v->type->incomplete ? "<incomplete type>" : "{…}", s->out);
		return;
	}
	fputc('{', s->out);
	for (size_t i = 0; i < v->type->nmembers; i++) {
		if (i)
			fputs(f->json ? "," : ", ", s->out);
		member_name(s, f, &v->type->members[i]);
		if (value_member(s->e, v, i, &m))
			any(s, f, &m, depth + 1);
		else
			fputs(f->json ? "null" : "<unreadable>", s->out);
	}
	fputc('}', s->out);
}

static void any(const struct show *s, const struct form *f, const struct value *from,
                unsigned depth)
{
	enum { MOST = 100000 }; /* a damaged type may hold itself */
	struct value v = *from;

	if (s->e->shown++ > MOST) {
		fputs(f->json ? "null" : "…", s->out);
		return;
	}
	if (v.type->kind == TYPE_STRUCT)
		type_complete(v.type);
	if (!value_read(s->e, &v)) {
		if (f->json)
			fputs("null", s->out);
		else
			fprintf(s->out, "<%s>", s->e->why);
		return;
	}
	switch (v.type->kind) {
	case TYPE_FLOAT:
		real(s, f, &v);
		break;
	case TYPE_ENUM:
		enumerator(s, f, &v);
		break;
	case TYPE_BOOL:
	case TYPE_CHAR:
	case TYPE_INTEGER:
		integer(s, f, &v);
		break;
	case TYPE_POINTER:
		pointer(s, f, &v, depth);
		break;
	case TYPE_ARRAY:
		array(s, f, &v, depth);
		break;
	case TYPE_STRUCT:
		structure(s, f, &v, depth);
		break;
	case TYPE_VOID:
	case TYPE_FUNCTION:
	case TYPE_UNKNOWN:
		fputs(f->json ? "null" : "<of a type that this tool does not know>", s->out);
	}
}

void show_text(const struct show *s, const struct value *v)
{
	any(s, &text, v, 0);
}

void show_json(const struct show *s, const struct value *v)
{
	any(s, &json, v, 0);
}
