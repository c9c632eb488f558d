/* SPDX-License-Identifier: MIT */
/*
 * What a fetch program captures, and where its output has it: for who makes programs (fetch.c) and
 * for who reads what came back (fetch_output.c).
 */
#ifndef FETCH_PARTS_H
#define FETCH_PARTS_H

#include "expr/fetch.h"
#include "expr/fetch_code.h"

enum capture_kind {
	CAPTURE_VALUE,   /* the bytes of something in memory */
	CAPTURE_ADDRESS, /* where it is */
	CAPTURE_TEXT,    /* what a pointer leads to */
	CAPTURE_PARTS,   /* the bytes of a variable that is in several places */
};

struct capture {
	enum capture_kind kind;
	const struct node *node;
	struct tree *tree;
	unsigned at, n; /* bytes of the output */
	unsigned field;
};

struct fetch {
	const struct tl_isa *isa;
	struct types *types;
	struct code condition;
	bool filters;
	uintptr_t registers;
	struct capture *captures;
	size_t ncaptures;

	/* once it is laid out */
	uint8_t code[FETCH_CODE];
	unsigned n, out, fields;
	unsigned text; /* bytes of each text */
};

#endif
