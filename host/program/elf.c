/* SPDX-License-Identifier: MIT */
/*
 * Reads the ELFs that make up a firmware, and puts them together: see elf.h. Strings and bytes stay
 * in the mapped files, so those are kept open.
 */
#include "program/elf.h"

#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/say.h"
#include "base/util.h"
#include "program/danger.h"
#include "program/dwarf.h"
#include "program/handlers.h"
#include "program/isas.h"
#include "program/layout.h"
#include "program/lookup.h"
#include "program/park.h"
#include "program/starts.h"

static int by_address(const void *a, const void *b)
{
	const struct elf_symbol *x = a, *y = b;

	if (x->addr != y->addr)
		return x->addr < y->addr ? -1 : 1;
	if (x->func != y->func)
		return x->func ? -1 : 1;
	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	return strcmp(x->name, y->name);
}

static int by_name(const void *a, const void *b)
{
	const struct elf_symbol *x = *(const struct elf_symbol *const *)a,
	                        *y = *(const struct elf_symbol *const *)b;
	int order = strcmp(x->name, y->name);

	if (order)
		return order;
	if (x->func != y->func)
		return x->func ? -1 : 1;
	if (x->rank != y->rank)
		return x->rank < y->rank ? -1 : 1;
	return x->addr < y->addr ? -1 : x->addr > y->addr;
}

static int sections_by_address(const void *a, const void *b)
{
	const struct elf_section *x = a, *y = b;

	if (x->addr != y->addr)
		return x->addr < y->addr ? -1 : 1;
	return !!x->file->image - !!y->file->image; /* a program lies in memory of the firmware's */
}

static int marks_by_address(const void *a, const void *b)
{
	const struct elf_mark *x = a, *y = b;

	if (x->addr != y->addr)
		return x->addr < y->addr ? -1 : 1;
	return (int)x->data - (int)y->data;
}

static void add_section(struct elf *e, const struct elf_file *f, Elf_Scn *scn,
                        const GElf_Shdr *shdr, size_t names)
{
	struct elf_section *s;
	Elf_Data *data = shdr->sh_type == SHT_NOBITS ? NULL : elf_rawdata(scn, NULL);
	const char *name = elf_strptr(f->elf, names, shdr->sh_name);

	if (e->nsections % 32 == 0)
		e->sections = grow(e->sections, e->nsections + 32, sizeof *e->sections);
	s = &e->sections[e->nsections++];
	*s = (struct elf_section){.name = name ? name : "",
	                          .addr = shdr->sh_addr,
	                          .size = shdr->sh_size,
	                          .writable = shdr->sh_flags & SHF_WRITE,
	                          .file = f};
	if (data && data->d_buf && data->d_size >= shdr->sh_size)
		s->bytes = data->d_buf;
	s->code = shdr->sh_flags & SHF_EXECINSTR && s->bytes;
	s->hollow = shdr->sh_flags & SHF_EXECINSTR && !s->bytes && f->hollow;
	if (strcmp(s->name, "tl_text") == 0) {
		e->agent_start = s->addr;
		e->agent_end = s->addr + s->size;
	}
}

/* A mapping symbol: the assembler's, local, without type and size; behind $x may stand the
 * instruction set ($xrv32i…). */
static bool is_mark(const GElf_Sym *sym, const char *name)
{
	if (sym->st_info != GELF_ST_INFO(STB_LOCAL, STT_NOTYPE) || sym->st_size || name[0] != '$' ||
	    !name[1])
		return false;
	return strchr("atdx", name[1]) && (name[1] == 'x' || !name[2] || name[2] == '.');
}

/* Memory that the firmware has a program in is the firmware's data, and the program's code. */
static bool is_another_images(const struct elf *e, const struct elf_file *f, uint64_t addr)
{
	const struct elf_file *image = elf_image_at(e, addr);

	return image && image != f;
}

static void add_symbol(struct elf *e, const struct elf_file *f, const GElf_Sym *sym,
                       const char *name)
{
	unsigned type = GELF_ST_TYPE(sym->st_info), bind = GELF_ST_BIND(sym->st_info);
	bool func = type == STT_FUNC || type == STT_GNU_IFUNC;

	if (!name || !*name || sym->st_shndx == SHN_UNDEF || type == STT_FILE ||
	    type == STT_SECTION || type == STT_TLS)
		return;
	if (is_mark(sym, name) && is_another_images(e, f, sym->st_value))
		return;
	if (is_mark(sym, name)) {
		if (e->nmarks % 1024 == 0)
			e->marks = grow(e->marks, e->nmarks + 1024, sizeof *e->marks);
		e->marks[e->nmarks++] =
		        (struct elf_mark){.addr = sym->st_value, .data = name[1] == 'd'};
		return;
	}
	if (e->nsymbols % 1024 == 0)
		e->symbols = grow(e->symbols, e->nsymbols + 1024, sizeof *e->symbols);
	e->symbols[e->nsymbols++] = (struct elf_symbol){
	        .name = name,
	        .addr = func ? isa_code_address(e->isa, sym->st_value) : sym->st_value,
	        .size = sym->st_size,
	        .func = func,
	        .object = type == STT_OBJECT || type == STT_COMMON,
	        .rank = bind == STB_GLOBAL ? 0
	                : bind == STB_WEAK ? 1
	                                   : 2,
	};
}

/* What stands in a section that is not loaded, as a mapping symbol of debug information, has an
 * offset for an address. */
static bool has_address(Elf *elf, const GElf_Sym *sym)
{
	Elf_Scn *scn = sym->st_shndx < SHN_LORESERVE ? elf_getscn(elf, sym->st_shndx) : NULL;
	GElf_Shdr shdr;

	return !scn || !gelf_getshdr(scn, &shdr) || shdr.sh_flags & SHF_ALLOC;
}

static void read_table(struct elf *e, const struct elf_file *f, Elf *elf, Elf_Scn *scn,
                       const GElf_Shdr *shdr)
{
	Elf_Data *data = elf_getdata(scn, NULL);
	GElf_Sym sym;

	for (int i = 0; data && gelf_getsym(data, i, &sym); i++)
		if (has_address(elf, &sym))
			add_symbol(e, f, &sym, elf_strptr(elf, shdr->sh_link, sym.st_name));
}

/* Functions written in assembly often have no size: they end where the next one, or their section,
 * does. */
static void complete_sizes(struct elf *e)
{
	uint64_t next = UINT64_MAX;

	for (size_t i = e->nsymbols; i-- > 0;) {
		struct elf_symbol *s = &e->symbols[i];

		if (!s->func)
			continue;
		if (!s->size) {
			const struct elf_section *section = elf_section_at(e, s->addr);
			uint64_t end = section ? section->addr + section->size : s->addr;

			s->size = (next < end ? next : end) - s->addr;
		}
		if (i == 0 || e->symbols[i - 1].addr != s->addr)
			next = s->addr;
	}
}

static bool has_symbol(const void *elf, const char *name)
{
	return elf_find(elf, name, NULL);
}

static void sort(struct elf *e)
{
	const struct elf_symbol *bound;

	if (e->nsections)
		qsort(e->sections, e->nsections, sizeof *e->sections, sections_by_address);
	for (size_t i = 1; i < e->nsections; i++)
		e->overlaps |=
		        e->sections[i].addr - e->sections[i - 1].addr < e->sections[i - 1].size;
	if (e->nmarks)
		qsort(e->marks, e->nmarks, sizeof *e->marks, marks_by_address);
	if (!e->nsymbols)
		return;
	qsort(e->symbols, e->nsymbols, sizeof *e->symbols, by_address);
	complete_sizes(e);
	e->names = grow(NULL, e->nsymbols, sizeof *e->names);
	e->funcs = grow(NULL, e->nsymbols, sizeof *e->funcs);
	for (size_t i = 0; i < e->nsymbols; i++) {
		e->names[i] = &e->symbols[i];
		if (e->symbols[i].func)
			e->funcs[e->nfuncs++] = &e->symbols[i];
	}
	qsort(e->names, e->nsymbols, sizeof *e->names, by_name);
	e->isa = isa_by_symbols(e->isa, has_symbol, e);
	bound = elf_find(e, "__start_tl_text", NULL);
	if (bound)
		e->agent_start = bound->addr;
	bound = elf_find(e, "__stop_tl_text", NULL);
	if (bound)
		e->agent_end = bound->addr;
}

static void read_symbols(struct elf *e, const struct elf_file *f)
{
	Elf *elf = f->debug && !f->symbols ? f->debug->elf : f->elf;
	Elf_Scn *scn = NULL;
	GElf_Shdr shdr;

	while ((scn = elf_nextscn(elf, scn)))
		if (gelf_getshdr(scn, &shdr) && shdr.sh_type == SHT_SYMTAB)
			read_table(e, f, elf, scn, &shdr);
}

/* Is it a debug file whose code another of the files has? */
static bool has_code_elsewhere(const struct elf *e, const struct elf_file *f)
{
	for (size_t i = 0; f->hollow && f->build_id_len && i < e->nfiles; i++)
		if (!e->files[i].hollow && elf_file_same_build(f, &e->files[i]))
			return true;
	return false;
}

static void read_file(struct elf *e, const struct elf_file *f)
{
	Elf_Scn *scn = NULL;
	GElf_Shdr shdr;
	size_t names;

	if (elf_getshdrstrndx(f->elf, &names) == 0 && !has_code_elsewhere(e, f))
		while ((scn = elf_nextscn(f->elf, scn)))
			if (gelf_getshdr(scn, &shdr) && shdr.sh_flags & SHF_ALLOC && shdr.sh_size)
				add_section(e, f, scn, &shdr, names);
	read_symbols(e, f);
}

/* A list of the files' names, as sentences have it. */
static char *names_of(const struct elf *e)
{
	char *names = copy_string(e->files[0].name);

	for (size_t i = 1; i < e->nfiles; i++) {
		char *longer = format_string(i + 1 < e->nfiles ? "%s, %s" : "%s and %s", names,
		                             e->files[i].name);

		free(names);
		names = longer;
	}
	return names;
}

/* Text of two files at one place cannot both be what runs. */
static int overlapping(const struct elf *e)
{
	const struct elf_section *last = NULL; /* of those so far the one that reaches furthest */

	for (size_t i = 0; i < e->nsections; i++) {
		const struct elf_section *s = &e->sections[i];

		if (!s->code || s->writable)
			continue;
		if (last && s->file != last->file && s->addr - last->addr < last->size) {
			fail(SYMBOL, "%s and %s both have code at 0x%08llx", last->file->path,
			     s->file->path, (unsigned long long)s->addr);
			hint("give only those that are in the target at one time");
			return SYMBOL;
		}
		if (!last || s->addr + s->size > last->addr + last->size)
			last = s;
	}
	return DONE;
}

/* One program may be there twice, by two names. */
static bool same_image(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static bool is_open(const struct elf *e, const struct elf_input *input)
{
	struct stat ours, theirs;

	for (size_t i = 0; i < e->nfiles; i++)
		if (same_image(input->image, e->files[i].image) && stat(input->path, &ours) == 0 &&
		    fstat(e->files[i].fd, &theirs) == 0 && ours.st_dev == theirs.st_dev &&
		    ours.st_ino == theirs.st_ino)
			return true;
	return false;
}

static int open_file(struct elf *e, const struct elf_input *input, const char *debug)
{
	struct elf_file *f = &e->files[e->nfiles];
	int status = elf_file_open(f, input, debug);

	e->nfiles++;
	if (status)
		return status;
	if (e->isa && e->isa->e_machine != f->isa->e_machine)
		return fail(SYMBOL, "%s is for %s, %s for %s", e->files[0].path, e->isa->name,
		            f->path, f->isa->name);
	if (!e->isa || f->isa->elf_variant > e->isa->elf_variant)
		e->isa = f->isa;
	return DONE;
}

/* Programs that are not there have a place of their own, which the sections that are there say. */
static int open_absent(struct elf *e, const struct elf_input *input)
{
	struct elf_input parked = *input;
	struct elf_file as_linked;
	int status = elf_file_open(&as_linked, input, NULL);

	if (!status)
		status = park(e, &as_linked, input->offline, parked.segments);
	parked.nsegments = as_linked.nsegments;
	elf_file_close(&as_linked);
	return status ? status : open_file(e, &parked, NULL);
}

static int open_all(struct elf *e, const struct elf_input *inputs, size_t n, const char *debug)
{
	int status = DONE;

	for (size_t i = 0; i < n && !status; i++)
		if (!is_open(e, &inputs[i]) && (!inputs[i].image || inputs[i].there))
			status = open_file(e, &inputs[i], i ? NULL : debug);
	for (size_t i = 0; i < n && !status; i++)
		if (!is_open(e, &inputs[i]) && inputs[i].image && !inputs[i].there)
			status = open_absent(e, &inputs[i]);
	return status;
}

int elf_open(const struct elf_input *inputs, size_t n, const char *debug, struct elf **elf)
{
	struct elf *e = grow(NULL, 1, sizeof *e);
	int status;

	*elf = NULL;
	*e = (struct elf){.files = grow(NULL, n, sizeof *e->files)};
	status = open_all(e, inputs, n, debug);
	if (!status) {
		e->name = names_of(e);
		e->lines = lines_open();
		for (size_t i = 0; i < e->nfiles; i++)
			read_file(e, &e->files[i]);
		sort(e);
		status = overlapping(e);
	}
	if (status) {
		elf_close(e);
		return status;
	}
	for (size_t i = 0; i < e->nfiles; i++) {
		starts_read(e, e->files[i].elf);
		lines_add(e->lines, e->files[i].fd);
		if (e->files[i].debug)
			lines_add(e->lines, e->files[i].debug->fd);
	}
	e->handlers = handlers_open(e);
	e->layouts = layouts_open(e);
	e->danger = danger_open(e);
	*elf = e;
	return DONE;
}

void elf_close(struct elf *e)
{
	if (!e)
		return;
	danger_close(e->danger);
	handlers_close(e->handlers);
	layouts_close(e->layouts);
	lines_close(e->lines);
	for (size_t i = 0; i < e->nfiles; i++)
		elf_file_close(&e->files[i]);
	free(e->files);
	free(e->name);
	free(e->starts);
	free(e->marks);
	for (size_t i = 0; i < e->nsections; i++)
		free(e->sections[i].fetched);
	free(e->sections);
	free(e->funcs);
	free(e->names);
	for (size_t i = 0; i < e->nsymbols; i++)
		free(e->symbols[i].demangled);
	free(e->symbols);
	free(e);
}
