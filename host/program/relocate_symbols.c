/* SPDX-License-Identifier: MIT */
/*
 * Symbols of a program that runs elsewhere: see relocate_copy.h. One belongs to its section's
 * segment, wherever it is itself: behind the section's end begins another's.
 */
#include <stdlib.h>

#include "base/util.h"
#include "program/relocate_copy.h"

static const struct field st_value = FIELD(Sym, st_value);

struct symbols {
	struct copy *c;
	size_t size, n;             /* bytes of each */
	uint64_t at;                /* in the copy */
	const struct part *indices; /* of sections beyond 0xff00 */
};

static GElf_Sym symbol_at(const struct symbols *s, size_t i)
{
	const uint8_t *at = s->c->bytes + s->at + i * s->size;

	if (copy_is_wide(s->c))
		return (GElf_Sym){.st_info = at[4],
		                  .st_shndx = (uint16_t)number_at(at + 6, 2),
		                  .st_value = number_at(at + 8, 8),
		                  .st_size = number_at(at + 16, 8)};
	return (GElf_Sym){.st_info = at[12],
	                  .st_shndx = (uint16_t)number_at(at + 14, 2),
	                  .st_value = number_at(at + 4, 4),
	                  .st_size = number_at(at + 8, 4)};
}

static bool symbols_of(struct copy *c, const struct part *p, struct symbols *s)
{
	if (p->shdr.sh_type != SHT_SYMTAB && p->shdr.sh_type != SHT_DYNSYM)
		return false;
	*s = (struct symbols){.c = c,
	                      .size = copy_is_wide(c) ? sizeof(Elf64_Sym) : sizeof(Elf32_Sym)};
	if (!p->bytes.bytes || p->unpacked)
		return false;
	s->at = (uint64_t)(p->bytes.bytes - c->bytes);
	s->n = p->bytes.n / s->size;
	for (size_t i = 1; i < c->nparts; i++)
		if (c->parts[i].shdr.sh_type == SHT_SYMTAB_SHNDX &&
		    c->parts[i].shdr.sh_link == (size_t)(p - c->parts))
			s->indices = &c->parts[i];
	return true;
}

/* The section that a symbol is in; NULL: none. */
static const struct part *part_of(const struct symbols *s, const GElf_Sym *sym, size_t i)
{
	size_t section = sym->st_shndx;

	if (section == SHN_XINDEX && s->indices && i < s->indices->bytes.n / 4)
		section = (size_t)number_at(s->indices->bytes.bytes + 4 * i, 4);
	else if (section >= SHN_LORESERVE)
		section = 0;
	return section && section < s->c->nparts ? &s->c->parts[section] : NULL;
}

static void move_symbol(const struct symbols *s, size_t i)
{
	GElf_Sym sym = symbol_at(s, i);
	unsigned type = GELF_ST_TYPE(sym.st_info);
	const struct part *part = part_of(s, &sym, i);
	const struct elf_segment *segment = part ? part->segment : NULL;

	if (type == STT_TLS || type == STT_FILE)
		return;
	if (sym.st_shndx == SHN_ABS && sym.st_value)
		segment = segment_near(&s->c->r, NULL, sym.st_value);
	if (segment)
		copy_put(s->c, &st_value, s->at + i * s->size, sym.st_value + shift_of(segment));
}

/* -- address 0 -- */

static void note_function(struct relocation *r, uint64_t start, uint64_t size)
{
	if (r->nfunctions % 256 == 0)
		r->functions = grow(r->functions, r->nfunctions + 256, sizeof *r->functions);
	r->functions[r->nfunctions++] = (struct extent){start, start + size};
}

/* See struct relocation. */
static void note_symbol(struct relocation *r, const struct symbols *s, size_t i)
{
	GElf_Sym sym = symbol_at(s, i);
	unsigned type = GELF_ST_TYPE(sym.st_info);
	const struct part *part = part_of(s, &sym, i);
	bool function = type == STT_FUNC || type == STT_GNU_IFUNC;

	if (!part || !(part->shdr.sh_flags & SHF_ALLOC))
		return;
	r->symbols |= function;
	if (function && r->thumb)
		sym.st_value &= ~(uint64_t)1;
	if (type == STT_OBJECT)
		r->data_at_zero |= !sym.st_value;
	else if (function || (part->shdr.sh_flags & SHF_EXECINSTR && type == STT_NOTYPE &&
	                      GELF_ST_BIND(sym.st_info) == STB_GLOBAL)) {
		r->code_at_zero |= !sym.st_value;
		r->unmeasured |= !sym.st_value && !sym.st_size;
	}
	if (function && sym.st_size && segment_at(r, sym.st_value) == r->at_zero)
		note_function(r, sym.st_value, sym.st_size);
}

static int by_end(const void *a, const void *b)
{
	const struct extent *x = a, *y = b;

	return x->end < y->end ? -1 : x->end > y->end;
}

void relocate_look_at_zero(struct copy *c)
{
	struct relocation *r = &c->r;
	struct symbols s;

	r->at_zero = segment_at(r, 0);
	for (size_t i = 1; r->at_zero && i < c->nparts; i++)
		if (symbols_of(c, &c->parts[i], &s))
			for (size_t k = 1; k < s.n; k++)
				note_symbol(r, &s, k);
	if (r->nfunctions)
		qsort(r->functions, r->nfunctions, sizeof *r->functions, by_end);
	if (!r->symbols)
		r->code_at_zero = r->at_zero;
}

/* -- all of them -- */

void relocate_symbols(struct copy *c)
{
	struct symbols s;

	for (size_t i = 1; i < c->nparts; i++)
		if (symbols_of(c, &c->parts[i], &s))
			for (size_t k = 1; k < s.n; k++)
				move_symbol(&s, k);
}
