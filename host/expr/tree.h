/* SPDX-License-Identifier: MIT */
/*
 * Expressions as people write them, as trees: C's operators over names, with slices of arrays.
 *
 *     EXPR   C's, without assignment, comma and calls; `a[0..5]` are six elements
 *     NAME   a variable; `@NAME` one that is no local one; `FILE::NAME`, `FUNC::NAME` a static one
 *     NAME@entry  a parameter as it was passed
 *     "TEXT" beside == or !=: what characters are compared with
 *     $NAME  what a probe knows besides: $retval, $arg1 …; %NAME: a register
 *
 * A tree is first parsed (parse.h), then resolved (resolve.h): from then on each node has a type.
 */
#ifndef HOST_TREE_H
#define HOST_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "expr/type.h"

enum node_kind {
	NODE_INTEGER,  /* `integer` */
	NODE_FLOAT,    /* `real` */
	NODE_TEXT,     /* `name`, of `integer` bytes: one side of a comparison (text.h) */
	NODE_NAME,     /* `name`: until it is resolved */
	NODE_VARIABLE, /* `variable` */
	NODE_REGISTER, /* `reg`: index of the instruction set's table */
	NODE_SPECIAL,  /* `name`, without its $ */
	NODE_MEMBER,   /* kid[0] . `member`, an index once it is resolved */
	NODE_ARROW,    /* likewise, of what a pointer leads to: until it is resolved */
	NODE_INDEX,    /* kid[0] [ kid[1] ] */
	NODE_SLICE,    /* kid[0] [ kid[1] .. kid[2] ] */
	NODE_DEREF,    /* * kid[0] */
	NODE_ADDRESS,  /* & kid[0] */
	NODE_CAST,     /* to `type` */
	NODE_SIZEOF,   /* of kid[0], or of `type` */
	NODE_UNARY,    /* `op`: + - ! ~ */
	NODE_BINARY,   /* `op` */
	NODE_CHOICE,   /* kid[0] ? kid[1] : kid[2] */
};

/* Operators of two characters are the first one shifted up, and the second. */
#define OP2(a, b) ((a) << 8 | (b))

bool op_is_comparison(unsigned op);

/* A type as it was written. */
struct written_type {
	const char *tag; /* struct, union, enum; NULL: none */
	const char *name;
	unsigned pointers; /* stars behind it */
};

struct variable;

struct node {
	enum node_kind kind;
	unsigned op;
	size_t at, length; /* what of the text it is, or its operator is */
	struct node *kid[3];
	const struct type *type; /* once resolved */
	uint64_t integer;
	double real;
	const char *name;
	size_t member;
	unsigned reg;
	struct variable *variable;
	struct variable *pointee; /* VARIABLE: what a pointer leads to that has no value itself */
	struct written_type written;
	bool global;               /* NAME was written with an @ */
	bool entry;                /* with @entry behind it */
	bool is_unsigned, is_long; /* INTEGER's suffix */
	struct node *next;         /* all of a tree's, for tree_free() */
};

/* What is wrong with an expression, and where. */
struct problem {
	char text[200], hint[300]; /* "" if there is none */
	size_t at, length;
};

struct tree {
	char *text;
	struct node *root;
	struct node *nodes;
	char **strings;
	size_t nstrings;
	struct problem problem;
};

void tree_free(struct tree *); /* NULL is fine */
struct node *tree_node(struct tree *, enum node_kind, size_t at, size_t length);
/* A string that lives as long as the tree. */
const char *tree_string(struct tree *, const char *, size_t n);
/* A variable alone, under a name that stays as long as the tree; its location is copied. */
struct tree *tree_of_variable(const char *name, const struct variable *);
/* The first problem stays. Returns false. */
bool tree_problem(struct tree *, size_t at, size_t length, const char *format, ...)
        __attribute__((format(printf, 4, 5)));
bool tree_hint(struct tree *, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* `error:` with the text and a caret below it, and `hint:`. Returns `status`. */
int tree_say(const struct tree *, int status);

#endif
