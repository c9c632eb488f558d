/* SPDX-License-Identifier: MIT */
/*
 * The printf of agent expressions. A format is a row of pieces: characters and conversions. One
 * parser gives them to the check and to the printing.
 */
#include "expr/format.h"

#if TL_BYTECODE

#include "expr/wide.h"

/* ---- the parser ---- */

/* Of a conversion, or'ed. */
enum flag {
	LEFT = 1,
	PLUS = 2,
	SPACE = 4,
	HASH = 8,
	ZERO = 16,
	PRECISION = 32,
};

struct piece {
	char conversion; /* 0: a character, which is in `text` */
	char text;
	uint8_t flags, width, precision;
	uint8_t bits; /* of the value */
};

struct parser {
	const char *at, *end;
};

/* The place of a character in a list, or -1. */
static int place(const char *list, char c)
{
	for (int i = 0; list[i]; i++)
		if (list[i] == c)
			return i;
	return -1;
}

static char peek(const struct parser *p)
{
	return p->at < p->end ? *p->at : 0;
}

static int parse_escape(struct parser *p, struct piece *piece)
{
	static const char names[] = "abefnrtv\"\\", values[] = "\a\b\033\f\n\r\t\v\"\\";
	int i = p->at < p->end ? place(names, *p->at++) : -1;

	if (i < 0)
		return -TL_EFORMAT;
	piece->text = values[i];
	return 0;
}

static int parse_number(struct parser *p, uint8_t *number)
{
	unsigned n = 0;

	for (; peek(p) >= '0' && peek(p) <= '9'; p->at++) {
		n = 10 * n + (unsigned)(*p->at - '0');
		if (n > UINT8_MAX)
			return -TL_EFORMAT;
	}
	*number = (uint8_t)n;
	return 0;
}

static void parse_length(struct parser *p, struct piece *piece)
{
	char c = peek(p);

	piece->bits = 32;
	if (c != 'l' && c != 'z' && c != 'j')
		return;
	p->at++;
	piece->bits = c == 'j' ? 64 : 8 * sizeof(uintptr_t);
	if (c == 'l' && peek(p) == 'l') {
		p->at++;
		piece->bits = 64;
	}
}

static int parse_conversion(struct parser *p, struct piece *piece)
{
	static const char flags[] = "-+ #0'";
	const char *length;
	int i, error;

	while (peek(p) && (i = place(flags, peek(p))) >= 0) {
		piece->flags |= (uint8_t)((1u << i) & (LEFT | PLUS | SPACE | HASH | ZERO));
		p->at++;
	}
	error = parse_number(p, &piece->width);
	if (!error && peek(p) == '.') {
		p->at++;
		piece->flags |= PRECISION;
		error = parse_number(p, &piece->precision);
	}
	if (error)
		return error;
	length = p->at;
	parse_length(p, piece);
	piece->conversion = peek(p);
	if (!piece->conversion)
		return -TL_EFORMAT;
	if (place("fFeEgGaA", piece->conversion) >= 0)
		return -TL_EFLOAT;
	/* No wide characters, and nothing between the two of %%. */
	if (place("diuoxX", piece->conversion) < 0 &&
	    (place("csp", piece->conversion) < 0 || p->at != length))
		return -TL_EFORMAT;
	p->at++;
	return 0;
}

/* 1: a piece, 0: the end, or -TL_E…. */
static int parse(struct parser *p, struct piece *piece)
{
	int error = 0;

	if (p->at == p->end)
		return 0;
	piece->conversion = 0;
	piece->flags = 0;
	piece->text = *p->at++;
	if (piece->text == '\\')
		error = parse_escape(p, piece);
	else if (piece->text == '%' && peek(p) == '%')
		p->at++;
	else if (piece->text == '%')
		error = parse_conversion(p, piece);
	return error ? error : 1;
}

int tl_format_of(const struct tl_bytecode *code, const struct tl_bytecode_insn *insn,
                 struct tl_format *format)
{
	unsigned size = insn->operand & 0xffff;

	if (!size || code->code[insn->next - 1])
		return -TL_EFORMAT;
	*format = (struct tl_format){(const char *)code->code + insn->next - size, size - 1,
	                             (unsigned)insn->operand >> 16};
	return 0;
}

int tl_format_check(const struct tl_format *format)
{
	struct parser p = {format->text, format->text + format->size};
	struct piece piece;
	unsigned nargs = 0;
	int more;

	while ((more = parse(&p, &piece)) > 0)
		nargs += piece.conversion != 0;
	return more || nargs == format->nargs ? more : -TL_EFORMAT;
}

/* ---- printing ---- */

/* Gathers text, so that the world gets it in pieces of some length. */
struct printer {
	struct tl_bytecode_machine *m;
	unsigned n;
	int error; /* the first; then nothing more is printed */
	char text[24];
};

static void flush(struct printer *p)
{
	if (p->n && !p->error)
		p->error = p->m->world->print(p->m->world->ctx, p->text, p->n);
	p->n = 0;
}

static void put(struct printer *p, char c)
{
	if (p->n == sizeof p->text)
		flush(p);
	p->text[p->n++] = c;
}

static void fill(struct printer *p, char c, int n)
{
	while (n-- > 0)
		put(p, c);
}

enum { DIGITS = 22 }; /* of 64 bits, in octal */

/* The digits of v into the end of text; 0 has none. Returns how many. */
static int digits_of(uint64_t v, char conversion, char *text)
{
	const char *names = conversion == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
	int n = 0;

	while (v) {
		unsigned digit;
		uint64_t rest;

		if (conversion == 'o') {
			digit = v & 7;
			rest = v >> 3;
		} else if (conversion == 'u') {
			rest = tl_wide_tenth(v);
			digit = (unsigned)v - 10 * (unsigned)rest;
		} else {
			digit = v & 15;
			rest = v >> 4;
		}
		text[DIGITS - ++n] = names[digit];
		v = rest;
	}
	return n;
}

/* An integer: spaces, prefix, zeros, digits, spaces. */
static void print_number(struct printer *p, const struct piece *piece, uint64_t v, char conversion,
                         const char *prefix)
{
	char text[DIGITS];
	int n = digits_of(v, conversion, text), zeros, spaces, nprefix = 0;

	while (prefix[nprefix])
		nprefix++;
	zeros = (piece->flags & PRECISION ? piece->precision : 1) - n;
	if (zeros < 0)
		zeros = 0;
	if (conversion == 'o' && piece->flags & HASH && !zeros)
		zeros = 1;
	spaces = piece->width - nprefix - zeros - n;
	if ((piece->flags & (ZERO | LEFT | PRECISION)) == ZERO && spaces > 0) {
		zeros += spaces;
		spaces = 0;
	}
	if (!(piece->flags & LEFT))
		fill(p, ' ', spaces);
	for (int i = 0; i < nprefix; i++)
		put(p, prefix[i]);
	fill(p, '0', zeros);
	for (int i = DIGITS - n; i < DIGITS; i++)
		put(p, text[i]);
	if (piece->flags & LEFT)
		fill(p, ' ', spaces);
}

static void print_signed(struct printer *p, const struct piece *piece, uint64_t v)
{
	const char *sign = piece->flags & PLUS ? "+" : piece->flags & SPACE ? " " : "";

	v = tl_wide_ext(v, piece->bits);
	if ((int64_t)v < 0)
		print_number(p, piece, -v, 'u', "-");
	else
		print_number(p, piece, v, 'u', sign);
}

static void print_unsigned(struct printer *p, const struct piece *piece, uint64_t v)
{
	const char *prefix = "";

	v = tl_wide_zero_ext(v, piece->bits);
	if (piece->flags & HASH && v && piece->conversion == 'x')
		prefix = "0x";
	else if (piece->flags & HASH && v && piece->conversion == 'X')
		prefix = "0X";
	print_number(p, piece, v, piece->conversion, prefix);
}

/* Text of a known length. */
static void print_text(struct printer *p, const struct piece *piece, const char *text, int n)
{
	if (!(piece->flags & LEFT))
		fill(p, ' ', piece->width - n);
	for (int i = 0; i < n; i++)
		put(p, text[i]);
	if (piece->flags & LEFT)
		fill(p, ' ', piece->width - n);
}

/* The length of the target's string at addr, as far as it is printed. A step each byte. */
static int length_of(struct printer *p, const struct piece *piece, uintptr_t addr)
{
	int most = piece->flags & PRECISION && piece->precision < TL_FORMAT_STRING
	                   ? piece->precision
	                   : TL_FORMAT_STRING;
	uint8_t byte = 1;
	int n = 0;

	while (n < most) {
		p->error = tl_bytecode_spend(p->m);
		if (!p->error)
			p->error = tl_bytecode_read(p->m, addr + (unsigned)n, &byte, 1);
		if (p->error || !byte)
			break;
		n++;
	}
	return n;
}

static void print_string(struct printer *p, const struct piece *piece, uintptr_t addr)
{
	int n = p->error ? 0 : length_of(p, piece, addr);
	char byte;

	if (p->error)
		return;
	if (!(piece->flags & LEFT))
		fill(p, ' ', piece->width - n);
	for (int i = 0; i < n && !p->error; i++) {
		p->error = tl_bytecode_read(p->m, addr + (unsigned)i, &byte, 1);
		put(p, byte);
	}
	if (piece->flags & LEFT)
		fill(p, ' ', piece->width - n);
}

static void print_pointer(struct printer *p, const struct piece *piece, uintptr_t v)
{
	if (v)
		print_number(p, piece, v, 'x', "0x");
	else
		print_text(p, piece, "(nil)", 5);
}

static void print_piece(struct printer *p, const struct piece *piece, uint64_t v)
{
	char c = (char)v;

	switch (piece->conversion) {
	case 's':
		print_string(p, piece, (uintptr_t)v);
		break;
	case 'p':
		print_pointer(p, piece, (uintptr_t)v);
		break;
	case 'c':
		print_text(p, piece, &c, 1);
		break;
	case 'd':
	case 'i':
		print_signed(p, piece, v);
		break;
	default:
		print_unsigned(p, piece, v);
		break;
	}
}

int tl_format_print(struct tl_bytecode_machine *m, const struct tl_format *format,
                    const uint64_t *end)
{
	struct parser parser = {format->text, format->text + format->size};
	struct printer p;
	struct piece piece;
	int more, error = tl_format_check(format); /* that there is a value for each conversion */

	if (error)
		return error;
	p.m = m;
	p.n = 0;
	p.error = 0;
	while ((more = parse(&parser, &piece)) > 0 && !p.error) {
		if (piece.conversion)
			print_piece(&p, &piece, *--end);
		else
			put(&p, piece.text);
	}
	flush(&p);
	return p.error;
}

#endif
