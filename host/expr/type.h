/* SPDX-License-Identifier: MIT */
/*
 * Types of the firmware, as DWARF has them: what values look like, and what members they have. A
 * type is read when it is first asked for, and what it leads to only when that is asked for: types
 * lead to each other in circles.
 *
 * typedef and qualifiers are looked through; the outermost name stays for people.
 */
#ifndef HOST_TYPE_H
#define HOST_TYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "program/dwarf.h"

enum type_kind {
	TYPE_VOID,
	TYPE_BOOL,
	TYPE_CHAR, /* an integer that is a character, as the program says */
	TYPE_INTEGER,
	TYPE_FLOAT,
	TYPE_ENUM,
	TYPE_POINTER, /* C++ references, too */
	TYPE_ARRAY,
	TYPE_STRUCT, /* unions and classes, too */
	TYPE_FUNCTION,
	TYPE_UNKNOWN, /* DWARF has something else there */
};

struct member {
	const char *name; /* NULL: it has none, and its own members stand for it */
	uint64_t offset;  /* bytes from the start of the whole */
	/* A bit-field: so many bits, the lowest one so far from bit 0 of byte 0 at `offset`. 0: it
	   is none. */
	unsigned bits, shift;
	bool inherited; /* a base class */
};

struct enumerator {
	const char *name;
	int64_t value;
};

struct type {
	enum type_kind kind;
	uint64_t size;     /* bytes; 0: not known, or void */
	bool is_signed;    /* of integers, characters, enums */
	bool is_union;     /* of structs */
	bool is_reference; /* of pointers: C++'s */
	bool is_flags;     /* of enums: all values are bits of their own, or combinations */
	bool incomplete;   /* of structs: declared, defined nowhere */
	uint64_t count;    /* of arrays: elements */
	bool counted;      /* that is known */
	const char
	        *name;   /* as the program calls it, without what follows from `kind`; NULL: none */
	const char *tag; /* struct, union, class, enum before the name; "" where none is written */
	struct member *members;
	size_t nmembers;
	struct enumerator *values;
	size_t nvalues;
};

struct types;

/* Of all that `lines` has; it must stay. */
struct types *types_open(struct lines *, unsigned word);
void types_close(struct types *); /* NULL is fine */

/* What a pointer leads to, an array has, or a function returns. Never NULL. */
const struct type *type_target(const struct type *);
const struct type *type_member(const struct type *, size_t index);
/* Members and enumerators are read by this, which is to be called before they are looked at. */
void type_complete(const struct type *);

/* The types that expressions make themselves. */
const struct type *type_integer(struct types *, unsigned size, bool is_signed);
const struct type *type_float(struct types *, unsigned size);
const struct type *type_bool(struct types *);
const struct type *type_function(struct types *); /* nothing is known of it */
const struct type *type_pointer_to(struct types *, const struct type *);
const struct type *type_array_of(struct types *, const struct type *, uint64_t count);
/* By the name in the program, with or without struct, union, enum; a base type's words in C's
   order. NULL: there is none. */
const struct type *type_named(struct types *, const char *tag, const char *name);

/* "struct pid *", "uint8_t [4]". At most `size` bytes, always terminated. */
void type_write(const struct type *, char *to, size_t size);

bool type_is_scalar(const struct type *);  /* a number, a pointer, an enum */
bool type_is_number(const struct type *);  /* an integer or a float */
bool type_is_place(const struct type *);   /* a pointer or an array: something is there */
bool type_is_integer(const struct type *); /* what C calls an integer type: bool, char, enum too */

#endif
