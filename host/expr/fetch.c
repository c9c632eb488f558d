/* SPDX-License-Identifier: MIT */
/*
 * From trees to a fetch program: see fetch.h. What it brings back is fetch_output.c's.
 *
 * What is captured is noted first, and laid out when all is known: registers in front, then each
 * place in memory, a field of its own, so that one that is unreadable spoils no other.
 */
#include "expr/fetch.h"

#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "expr/entry.h"
#include "expr/fetch_parts.h"
#include "expr/fetch_register.h"
#include "expr/part.h"
#include "expr/scope.h"
#include "expr/text.h"

struct fetch *fetch_begin(const struct tl_isa *isa, struct types *types)
{
	struct fetch *f = grow(NULL, 1, sizeof *f);

	memset(f, 0, sizeof *f);
	f->isa = isa;
	f->types = types;
	return f;
}

void fetch_free(struct fetch *f)
{
	if (!f)
		return;
	free(f->captures);
	free(f);
}

static struct code begin(const struct fetch *f, struct tree *tree)
{
	return (struct code){.tree = tree, .isa = f->isa, .types = f->types, .value = code_value};
}

static bool too_long(struct tree *t)
{
	return tree_problem(t, t->root->at, t->root->length,
	                    "it takes more code than the target has room for");
}

bool fetch_condition(struct fetch *f, struct tree *t)
{
	f->condition = begin(f, t);
	f->filters = true;
	if (!code_truth(&f->condition, t->root)) {
		tree_hint(
		        t,
		        "`if` takes integers, pointers, enums, and floats beside numbers, without "
		        "division; or filter what trapline prints");
		return false;
	}
	code_op(&f->condition, FETCH_END);
	f->condition.tree = NULL;
	return f->condition.n <= FETCH_PART || too_long(t);
}

void fetch_registers(struct fetch *f, uintptr_t mask)
{
	f->registers |= mask;
}

/* ---- what to capture ---- */

static bool add_field(struct fetch *, struct code *, struct capture *);

/* Tried at once: later there is nobody to tell. */
static bool plan(struct fetch *f, struct tree *t, const struct node *n, enum capture_kind kind)
{
	struct capture capture = {.kind = kind, .node = n, .tree = t};
	struct code trial = begin(f, t);

	f->out = f->isa->word;
	f->text = FETCH_TEXT;
	if (!add_field(f, &trial, &capture))
		return false;
	if (trial.n > FETCH_PART)
		return too_long(t);
	f->captures = grow(f->captures, f->ncaptures + 1, sizeof *f->captures);
	f->captures[f->ncaptures++] = capture;
	return true;
}

/* Bytes of the variable that are in a piece. */
static uint64_t piece_size(const struct node *n, const struct location_piece *p)
{
	return p->size || n->variable->location.npieces > 1 ? p->size : n->type->size;
}

static bool piece_fits(const struct fetch *f, const struct location_piece *p, uint64_t size,
                       uint64_t at)
{
	uint64_t bytes = size > f->isa->word ? f->isa->word : size;
	struct system_register sys;
	unsigned reg;

	if (!size || p->kind == LOCATION_MEMORY || part_is_dropped(p))
		return size;
	if (p->kind != LOCATION_REGISTER || (bytes & (bytes - 1)) || at % bytes)
		return false;
	return system_register_of(f->isa, p->reg, &sys)
	               ? size <= sys.bytes && size % bytes == 0
	               : size <= f->isa->word && register_of_dwarf(f->isa, p->reg, &reg);
}

/* Registers, and memory. */
static bool in_parts(const struct fetch *f, const struct node *n)
{
	const struct location *l = &n->variable->location;
	uint64_t at = 0, size;

	for (size_t i = 0; i < l->npieces; i++, at += size) {
		size = piece_size(n, &l->pieces[i]);
		if (!piece_fits(f, &l->pieces[i], size, at))
			return false;
	}
	return at >= n->type->size && at;
}

static bool leaf(struct fetch *f, struct tree *t, const struct node *n)
{
	uintptr_t registers = 0;
	const char *why;

	if (registers_of(f->isa, n, &registers, &why)) {
		f->registers |= registers;
		return true;
	}
	return n->kind == NODE_VARIABLE && in_parts(f, n)
	               ? plan(f, t, n, CAPTURE_PARTS)
	               : tree_problem(t, n->at, n->length, "'%.*s' has no value there: %s",
	                              (int)n->length, t->text + n->at, why);
}

/* Does the node take its operand as an address, if it is an array? */
static bool decays(const struct node *n)
{
	return n->kind == NODE_BINARY || n->kind == NODE_UNARY || n->kind == NODE_CAST ||
	       n->kind == NODE_CHOICE;
}

/* What needs a value at the function's entry is left to the host, and so is what it is an element
   or a member of; the rest of the operands is not. */
static bool capture(struct fetch *, struct tree *, const struct node *);

static bool capture_beside(struct fetch *f, struct tree *t, const struct node *n)
{
	for (unsigned i = 0; i < 3; i++)
		if (n->kid[i] && type_is_scalar(n->kid[i]->type) && !capture(f, t, n->kid[i]))
			return false;
	return true;
}

/* What a text is compared with: the characters, or what leads to them and those. */
static bool capture_characters(struct fetch *f, struct tree *t, const struct node *n)
{
	return capture(f, t, n) && (n->type->kind == TYPE_ARRAY || plan(f, t, n, CAPTURE_TEXT));
}

static bool capture(struct fetch *f, struct tree *t, const struct node *n)
{
	if (node_compares_text(n))
		return capture_characters(f, t, n->kid[0]);
	if (node_needs_entry(n))
		return capture_beside(f, t, n);
	if (node_in_memory(n))
		return plan(f, t, n, CAPTURE_VALUE);
	if (n->kind == NODE_ADDRESS)
		return plan(f, t, n->kid[0], CAPTURE_ADDRESS);
	if (n->kind == NODE_VARIABLE || n->kind == NODE_REGISTER || n->kind == NODE_SPECIAL)
		return leaf(f, t, n);
	for (unsigned i = 0; i < 3; i++) {
		const struct node *kid = n->kid[i];

		if (!kid)
			continue;
		if (decays(n) && kid->type->kind == TYPE_ARRAY && node_in_memory(kid)
		            ? !plan(f, t, kid, CAPTURE_ADDRESS)
		            : !capture(f, t, kid))
			return false;
	}
	return true;
}

static bool is_text(const struct type *t)
{
	return t->kind == TYPE_POINTER && type_target(t)->kind == TYPE_CHAR &&
	       type_target(t)->size == 1;
}

bool fetch_capture(struct fetch *f, struct tree *t)
{
	struct problem none = {0};

	if (!capture(f, t, t->root))
		return false;
	if (is_text(t->root->type) && !node_needs_entry(t->root) &&
	    !plan(f, t, t->root, CAPTURE_TEXT))
		t->problem = none; /* the pointer alone, then */
	return true;
}

/* ---- the layout ---- */

static unsigned room(const struct fetch *f)
{
	return (unsigned)f->isa->ncore * f->isa->word;
}

static void align(struct fetch *f, struct code *c, unsigned to)
{
	unsigned pad = (to - f->out % to) % to;

	if (pad)
		code_op1(c, FETCH_PAD, pad);
	f->out += pad;
}

static void put_word(struct fetch *f, struct code *c, struct capture *at, unsigned bytes)
{
	align(f, c, bytes);
	code_op(c, code_sized(FETCH_PUT1, bytes));
	at->at = f->out;
	at->n = bytes;
	f->out += bytes;
}

static bool too_large(const struct fetch *f, struct code *c, const struct capture *at,
                      uint64_t bytes)
{
	tree_problem(c->tree, at->node->at, at->node->length,
	             "it has %llu bytes, and a hit holds %u", (unsigned long long)bytes,
	             room(f) - f->isa->word);
	return tree_hint(c->tree, "ask for less: a member, or a[0..3]");
}

/* Bytes of an object, at the place that is in the accumulator. */
static bool put_block(struct fetch *f, struct code *c, struct capture *at, uint64_t bytes)
{
	if (!bytes)
		return code_refuse(c, at->node, "nothing tells how large it is");
	if (bytes > room(f) - f->isa->word || bytes > UINT8_MAX)
		return too_large(f, c, at, bytes);
	code_op1(c, at->kind == CAPTURE_TEXT ? FETCH_STRING : FETCH_BLOCK, (unsigned)bytes);
	at->at = f->out;
	at->n = (unsigned)bytes;
	f->out += at->n;
	return true;
}

static uint64_t object_bytes(const struct node *n)
{
	const struct member *m =
	        n->kind == NODE_MEMBER ? &n->kid[0]->type->members[n->member] : NULL;

	return m && m->bits ? (m->shift + m->bits + 7) / 8 : n->type->size;
}

static bool fits_a_word(const struct fetch *f, uint64_t bytes)
{
	return (bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8) && bytes <= f->isa->word;
}

static bool add_object(struct fetch *f, struct code *c, struct capture *at)
{
	uint64_t bytes = object_bytes(at->node);
	struct place p = {0};

	if (!code_place(c, at->node, &p))
		return false;
	if (fits_a_word(f, bytes)) {
		code_load(c, &p, (unsigned)bytes);
		put_word(f, c, at, (unsigned)bytes);
		return true;
	}
	code_address(c, &p);
	return put_block(f, c, at, bytes);
}

/* Of a register, word by word. */
static void put_register(struct fetch *f, struct code *c, struct capture *at, unsigned dwarf,
                         uint64_t size)
{
	unsigned word = f->isa->word, reg;
	struct system_register sys;

	if (!system_register_of(f->isa, dwarf, &sys)) {
		register_of_dwarf(f->isa, dwarf, &reg);
		code_op1(c, FETCH_REG, reg);
		put_word(f, c, at, (unsigned)size);
		return;
	}
	for (unsigned i = 0; i * word < size; i++) {
		code_system(c, &sys, i);
		put_word(f, c, at, (unsigned)(size < word ? size : word));
	}
}

/* What nobody looks at. */
static bool put_zeros(struct fetch *f, struct code *c, const struct capture *at, uint64_t bytes)
{
	if (bytes > room(f) - f->isa->word || bytes > UINT8_MAX)
		return too_large(f, c, at, bytes);
	code_op1(c, FETCH_PAD, (unsigned)bytes);
	f->out += (unsigned)bytes;
	return true;
}

/* One behind the other: registers, and what stands in memory. */
static bool add_parts(struct fetch *f, struct code *c, struct capture *at)
{
	const struct location *l = &at->node->variable->location;
	unsigned start;

	align(f, c, f->isa->word);
	start = f->out;
	for (size_t i = 0; i < l->npieces; i++) {
		const struct location_piece *piece = &l->pieces[i];
		struct place p;
		const char *why;

		if (part_is_dropped(piece)) {
			if (!put_zeros(f, c, at, piece->size))
				return false;
			continue;
		}
		if (piece->kind == LOCATION_REGISTER) {
			put_register(f, c, at, piece->reg, piece_size(at->node, piece));
			continue;
		}
		if (!code_location(c, piece, &p, &why))
			return code_refuse(c, at->node, why);
		code_address(c, &p);
		if (!put_block(f, c, at, piece->size))
			return false;
	}
	at->at = start;
	at->n = f->out - start;
	return true;
}

static bool add_field(struct fetch *f, struct code *c, struct capture *at)
{
	struct place p = {0};

	switch (at->kind) {
	case CAPTURE_VALUE:
		return add_object(f, c, at);
	case CAPTURE_ADDRESS:
		if (!code_place(c, at->node, &p))
			return false;
		code_address(c, &p);
		put_word(f, c, at, f->isa->word);
		return true;
	case CAPTURE_TEXT:
		return code_value(c, at->node) && put_block(f, c, at, f->text);
	case CAPTURE_PARTS:
		return add_parts(f, c, at);
	}
	return false;
}

static void append(struct fetch *f, const uint8_t *bytes, unsigned n)
{
	if (f->n + n <= FETCH_CODE)
		memcpy(f->code + f->n, bytes, n);
	f->n += n;
}

/* A field's code behind its head, which tells how long it is and how much it makes. */
static bool append_field(struct fetch *f, const struct code *c, unsigned from)
{
	uint8_t head[] = {FETCH_FIELD, (uint8_t)c->n, (uint8_t)(f->out - from)};

	if (c->n > FETCH_PART || f->out - from > UINT8_MAX)
		return false;
	append(f, head, sizeof head);
	append(f, c->bytes, c->n);
	f->fields++;
	return true;
}

static bool lay_registers(struct fetch *f)
{
	struct code c = begin(f, NULL);
	unsigned from = f->out;

	if (!f->registers)
		return true;
	for (unsigned i = 0; i < f->isa->ncore; i++) {
		if (!(f->registers >> i & 1))
			continue;
		if (f->out - from + f->isa->word > UINT8_MAX) { /* one field holds no more */
			append_field(f, &c, from);
			c = begin(f, NULL);
			from = f->out;
		}
		code_op1(&c, FETCH_REG, i);
		code_op(&c, code_sized(FETCH_PUT1, f->isa->word));
		f->out += f->isa->word;
	}
	return append_field(f, &c, from);
}

static bool lay_captures(struct fetch *f)
{
	for (size_t i = 0; i < f->ncaptures; i++) {
		struct capture *at = &f->captures[i];
		struct code c = begin(f, at->tree);
		unsigned from = f->out;

		if (at->kind == CAPTURE_TEXT && f->text < FETCH_TEXT_MIN) {
			at->n = 0;
			continue;
		}
		at->field = f->fields;
		if (!add_field(f, &c, at) || !append_field(f, &c, from))
			return false;
	}
	return true;
}

static bool lay_out(struct fetch *f, unsigned text)
{
	uint8_t length = (uint8_t)(f->filters ? f->condition.n : 0), end = FETCH_END;
	bool ok;

	f->n = f->fields = 0;
	f->out = f->isa->word;
	f->text = text;
	append(f, &length, 1);
	append(f, f->condition.bytes, length);
	ok = lay_registers(f) && lay_captures(f);
	append(f, &end, 1);
	f->out = (f->out + f->isa->word - 1) / f->isa->word * f->isa->word;
	return ok && f->n <= FETCH_CODE && f->fields <= FETCH_FIELDS;
}

bool fetch_end(struct fetch *f, char **why)
{
	unsigned text = FETCH_TEXT;
	bool ok = lay_out(f, text);

	/* Texts take what room there is. */
	while (ok && f->out > room(f) && text >= FETCH_TEXT_MIN) {
		text -= FETCH_TEXT_MIN;
		ok = lay_out(f, text);
	}
	*why = NULL;
	if (!ok)
		*why = format_string("it takes a longer program than the target has room for");
	else if (f->out > room(f))
		*why = format_string("its values take %u bytes, and a hit holds %u",
		                     f->out - f->isa->word, room(f) - f->isa->word);
	return !*why;
}

const uint8_t *fetch_code(const struct fetch *f, unsigned *n)
{
	*n = f->n;
	return f->code;
}

static const uint8_t operands[] = {
#define TL_FETCH_OP(name, bytes, text) bytes,
#include "fetch.def"
#undef TL_FETCH_OP
};

bool fetch_next_constant(const struct fetch *f, unsigned *at, uint64_t *v)
{
	unsigned i = *at ? *at : 1u + f->code[0];

	for (; i < f->n && f->code[i] < sizeof operands; i += 1u + operands[f->code[i]]) {
		unsigned n = operands[f->code[i]];
		uint64_t value = 0;

		if (f->code[i] < FETCH_CONST1 || f->code[i] > FETCH_CONST8)
			continue;
		for (unsigned k = 0; k < n; k++)
			value |= (uint64_t)f->code[i + 1 + k] << 8 * k;
		if (n < 8 && value >> (8 * n - 1))
			value |= ~UINT64_C(0) << 8 * n; /* they are signed */
		*v = f->isa->word == 4 ? (uint32_t)value : value;
		*at = i + 1 + n;
		return true;
	}
	return false;
}

unsigned fetch_size(const uint8_t *program, unsigned n)
{
	unsigned at = n ? 1u + program[0] : 0;

	while (at < n && program[at] < sizeof operands && program[at] != FETCH_END)
		at += 1u + operands[program[at]];
	return at < n && program[at] == FETCH_END ? at + 1 : 0;
}

unsigned fetch_words(const struct fetch *f)
{
	return f->out / f->isa->word;
}

unsigned fetch_fields(const struct fetch *f)
{
	return f->fields;
}

bool fetch_filters(const struct fetch *f)
{
	return f->filters;
}
