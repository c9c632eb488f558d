/* SPDX-License-Identifier: MIT */
/*
 * Reads the ELF with libelf: see elf.h. Strings and bytes stay in the mapped file, so it is kept open.
 */
#include "elf.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "attributes.h"
#include "dwarf.h"
#include "handlers.h"
#include "isas.h"
#include "layout.h"
#include "lookup.h"
#include "say.h"
#include "starts.h"
#include "util.h"

struct elf_file {
	Elf *elf;
	int fd;
};

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
	const struct elf_symbol *x = *(const struct elf_symbol *const *)a, *y = *(const struct elf_symbol *const *)b;
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

	return x->addr < y->addr ? -1 : x->addr > y->addr;
}

static int marks_by_address(const void *a, const void *b)
{
	const struct elf_mark *x = a, *y = b;

	if (x->addr != y->addr)
		return x->addr < y->addr ? -1 : 1;
	return (int)x->data - (int)y->data;
}

static void read_note(struct elf *e, Elf_Scn *scn)
{
	Elf_Data *data = elf_getdata(scn, NULL);
	size_t at = 0, name, desc;
	GElf_Nhdr head;

	while (data && (at = gelf_getnote(data, at, &head, &name, &desc)) > 0)
		if (head.n_type == NT_GNU_BUILD_ID && head.n_namesz == 4 && memcmp((char *)data->d_buf + name, "GNU", 4) == 0 &&
		    head.n_descsz <= BUILD_ID_MAX) {
			memcpy(e->build_id, (char *)data->d_buf + desc, head.n_descsz);
			e->build_id_len = head.n_descsz;
		}
}

/* Of the architecture's variants, the one that the file was built for. */
static void read_variant(struct elf *e, Elf_Scn *scn)
{
	Elf_Data *data = elf_rawdata(scn, NULL);
	unsigned variant = data && data->d_buf ? attributes_variant(data->d_buf, data->d_size) : 0;

	if (variant)
		e->isa = isa_by_variant(e->isa, variant);
}

static void add_section(struct elf *e, Elf_Scn *scn, const GElf_Shdr *shdr, size_t names)
{
	struct elf_section *s;
	Elf_Data *data = shdr->sh_type == SHT_NOBITS ? NULL : elf_rawdata(scn, NULL);
	const char *name = elf_strptr(e->file->elf, names, shdr->sh_name);

	if (e->nsections % 32 == 0)
		e->sections = grow(e->sections, e->nsections + 32, sizeof *e->sections);
	s = &e->sections[e->nsections++];
	*s = (struct elf_section){.name = name ? name : "", .addr = shdr->sh_addr, .size = shdr->sh_size};
	if (data && data->d_buf && data->d_size >= shdr->sh_size)
		s->bytes = data->d_buf;
	s->code = shdr->sh_flags & SHF_EXECINSTR && s->bytes;
	if (strcmp(s->name, "tl_text") == 0) {
		e->agent_start = s->addr;
		e->agent_end = s->addr + s->size;
	}
}

/* A mapping symbol: the assembler's, local, without type and size; behind $x may stand the instruction set ($xrv32i…). */
static bool is_mark(const GElf_Sym *sym, const char *name)
{
	if (sym->st_info != GELF_ST_INFO(STB_LOCAL, STT_NOTYPE) || sym->st_size || name[0] != '$' || !name[1])
		return false;
	return strchr("atdx", name[1]) && (name[1] == 'x' || !name[2] || name[2] == '.');
}

static void add_symbol(struct elf *e, const GElf_Sym *sym, const char *name)
{
	unsigned type = GELF_ST_TYPE(sym->st_info), bind = GELF_ST_BIND(sym->st_info);
	bool func = type == STT_FUNC || type == STT_GNU_IFUNC;

	if (!name || !*name || sym->st_shndx == SHN_UNDEF || type == STT_FILE || type == STT_SECTION || type == STT_TLS)
		return;
	if (is_mark(sym, name)) {
		if (e->nmarks % 1024 == 0)
			e->marks = grow(e->marks, e->nmarks + 1024, sizeof *e->marks);
		e->marks[e->nmarks++] = (struct elf_mark){.addr = sym->st_value, .data = name[1] == 'd'};
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

static void read_symbols(struct elf *e, Elf_Scn *scn, const GElf_Shdr *shdr)
{
	Elf_Data *data = elf_getdata(scn, NULL);
	GElf_Sym sym;

	for (int i = 0; data && gelf_getsym(data, i, &sym); i++)
		add_symbol(e, &sym, elf_strptr(e->file->elf, shdr->sh_link, sym.st_name));
}

/* Functions written in assembly often have no size: they end where the next one, or their section, does. */
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

static void sort(struct elf *e)
{
	const struct elf_symbol *bound;

	if (e->nsections)
		qsort(e->sections, e->nsections, sizeof *e->sections, sections_by_address);
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
	bound = elf_find(e, "__start_tl_text", NULL);
	if (bound)
		e->agent_start = bound->addr;
	bound = elf_find(e, "__stop_tl_text", NULL);
	if (bound)
		e->agent_end = bound->addr;
}

static void read_sections(struct elf *e)
{
	Elf_Scn *scn = NULL;
	GElf_Shdr shdr;
	size_t names;

	if (elf_getshdrstrndx(e->file->elf, &names) < 0)
		return;
	while ((scn = elf_nextscn(e->file->elf, scn))) {
		if (!gelf_getshdr(scn, &shdr))
			continue;
		if (shdr.sh_flags & SHF_ALLOC && shdr.sh_size)
			add_section(e, scn, &shdr, names);
		if (shdr.sh_type == SHT_NOTE)
			read_note(e, scn);
		else if (shdr.sh_type == SHT_ARM_ATTRIBUTES)
			read_variant(e, scn);
		else if (shdr.sh_type == SHT_SYMTAB)
			read_symbols(e, scn, &shdr);
	}
	sort(e);
	starts_read(e, e->file->elf);
}

/* Is it an ELF file that this build can work with? */
static int identify(struct elf *e)
{
	GElf_Ehdr ehdr;

	if (!e->file->elf || elf_kind(e->file->elf) != ELF_K_ELF || !gelf_getehdr(e->file->elf, &ehdr)) {
		fail(SYMBOL, "%s is not an ELF file", e->path);
		hint("give the file that the linker wrote (often .elf or .axf), not a .bin, .hex or .map made from it");
		return SYMBOL;
	}
	e->isa = isa_by_machine(ehdr.e_machine, ehdr.e_ident[EI_CLASS] == ELFCLASS32 ? 4 : 8);
	if (!e->isa || ehdr.e_ident[EI_DATA] != ELFDATA2LSB) {
		char *known = isa_names();

		fail(SYMBOL, "%s is for another machine (ELF machine %u, %s, %s endian)", e->path, ehdr.e_machine,
		     ehdr.e_ident[EI_CLASS] == ELFCLASS32 ? "32 bit" : "64 bit",
		     ehdr.e_ident[EI_DATA] == ELFDATA2LSB ? "little" : "big");
		hint("this trapline knows: %s; is it the firmware's ELF, not the host's?", known);
		free(known);
		return SYMBOL;
	}
	if (ehdr.e_type == ET_REL) {
		fail(SYMBOL, "%s is an object file: its addresses are not final", e->path);
		hint("give the linked firmware");
		return SYMBOL;
	}
	return DONE;
}

int elf_open(const char *path, struct elf **elf)
{
	struct elf *e = grow(NULL, 1, sizeof *e);
	const char *slash = strrchr(path, '/');
	int status;

	*elf = NULL;
	*e = (struct elf){.path = path, .name = slash ? slash + 1 : path};
	e->file = grow(NULL, 1, sizeof *e->file);
	*e->file = (struct elf_file){.fd = open(path, O_RDONLY | O_CLOEXEC)};
	if (e->file->fd < 0) {
		status = fail(SYMBOL, "cannot open %s: %s", path, strerror(errno));
		hint("give the firmware's ELF with -e FILE or in TRAPLINE_ELF");
	} else {
		elf_version(EV_CURRENT);
		e->file->elf = elf_begin(e->file->fd, ELF_C_READ_MMAP, NULL);
		status = identify(e);
	}
	if (status) {
		elf_close(e);
		return status;
	}
	read_sections(e);
	e->lines = lines_open(e->file->fd);
	e->handlers = handlers_open(e);
	e->layouts = layouts_open(e);
	*elf = e;
	return DONE;
}

void elf_close(struct elf *e)
{
	if (!e)
		return;
	handlers_close(e->handlers);
	layouts_close(e->layouts);
	lines_close(e->lines);
	elf_end(e->file->elf);
	if (e->file->fd >= 0)
		close(e->file->fd);
	free(e->file);
	free(e->starts);
	free(e->marks);
	free(e->sections);
	free(e->funcs);
	free(e->names);
	for (size_t i = 0; i < e->nsymbols; i++)
		free(e->symbols[i].demangled);
	free(e->symbols);
	free(e);
}

const struct elf_symbol *elf_find(const struct elf *e, const char *name, unsigned *count)
{
	size_t low = 0, high = e->nsymbols;
	const struct elf_symbol *found, *last;
	unsigned different = 1;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(e->names[middle]->name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == e->nsymbols || strcmp(e->names[low]->name, name) != 0)
		return NULL;
	found = last = e->names[low];
	for (size_t i = low; i < e->nsymbols && strcmp(e->names[i]->name, name) == 0; i++) {
		const struct elf_symbol *s = e->names[i];

		if (s->func != found->func)
			continue;
		if (elf_is_agents(e, found) && !elf_is_agents(e, s)) {
			found = last = s;
			different = 1;
		} else if (elf_is_agents(e, s) == elf_is_agents(e, found) && s->addr != last->addr) {
			last = s;
			different++;
		}
	}
	if (count)
		*count = different;
	return found;
}

/* The index after the last function that begins at or before `addr`. */
static size_t funcs_up_to(const struct elf *e, uint64_t addr)
{
	size_t low = 0, high = e->nfuncs;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (e->funcs[middle]->addr <= addr)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct elf_symbol *elf_func_at(const struct elf *e, uint64_t addr)
{
	const struct elf_symbol *found = NULL;
	size_t i = funcs_up_to(e, addr);
	uint64_t start = i ? e->funcs[i - 1]->addr : 0;

	/* Of several names for one place, the first in order is the best. */
	while (i-- > 0 && e->funcs[i]->addr == start)
		if (addr - start < e->funcs[i]->size)
			found = e->funcs[i];
	return found;
}

const struct elf_symbol *elf_func_after(const struct elf *e, uint64_t addr)
{
	size_t i = funcs_up_to(e, addr);

	return i < e->nfuncs ? e->funcs[i] : NULL;
}

bool elf_named(const struct elf *e, uint64_t addr, const char *name)
{
	for (size_t i = funcs_up_to(e, addr); i-- > 0 && e->funcs[i]->addr == addr;)
		if (strcmp(e->funcs[i]->name, name) == 0)
			return true;
	return false;
}

const struct elf_section *elf_section_at(const struct elf *e, uint64_t addr)
{
	size_t low = 0, high = e->nsections;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (e->sections[middle].addr <= addr)
			low = middle + 1;
		else
			high = middle;
	}
	if (!low || addr - e->sections[low - 1].addr >= e->sections[low - 1].size)
		return NULL;
	return &e->sections[low - 1];
}

/* The index of the first mark after `addr`. */
static size_t marks_up_to(const struct elf *e, uint64_t addr)
{
	size_t low = 0, high = e->nmarks;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (e->marks[middle].addr <= addr)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool elf_is_data(const struct elf *e, uint64_t addr)
{
	size_t i = marks_up_to(e, addr);
	const struct elf_section *section = elf_section_at(e, addr);

	return i && section && e->marks[i - 1].addr >= section->addr && e->marks[i - 1].data;
}

uint64_t elf_next_mark(const struct elf *e, uint64_t addr, uint64_t end)
{
	size_t i = marks_up_to(e, addr);

	return i < e->nmarks && e->marks[i].addr < end ? e->marks[i].addr : end;
}

bool elf_has_marks(const struct elf *e, const struct elf_section *section)
{
	size_t i = marks_up_to(e, section->addr + section->size - 1);

	return i && e->marks[i - 1].addr >= section->addr;
}

/* Without a function's symbol: the last start that an unwind table tells, or the mapping symbol of code, if that is later. */
static bool piece_by_start(const struct elf *e, const struct elf_section *section, uint64_t addr, uint64_t *start)
{
	size_t mark = marks_up_to(e, addr), n = starts_up_to(e, addr);
	bool found = false;

	*start = section->addr;
	if (mark && !e->marks[mark - 1].data && e->marks[mark - 1].addr >= *start) {
		*start = e->marks[mark - 1].addr;
		found = true;
	}
	if (n && e->starts[n - 1] >= *start) {
		*start = e->starts[n - 1];
		found = true;
	}
	return found;
}

bool elf_piece_at(const struct elf *e, uint64_t addr, uint64_t *start, uint64_t *end)
{
	const struct elf_section *section = elf_section_at(e, addr);
	const struct elf_symbol *func = elf_func_at(e, addr);
	size_t n = starts_up_to(e, addr);

	if (!section)
		return false;
	*end = section->addr + section->size;
	if (func) {
		*start = func->addr;
		if (func->size < *end - func->addr)
			*end = func->addr + func->size;
		return true;
	}
	if (!piece_by_start(e, section, addr, start))
		return false;
	func = elf_func_after(e, addr);
	if (func && func->addr < *end)
		*end = func->addr;
	if (n < e->nstarts && e->starts[n] < *end)
		*end = e->starts[n];
	return true;
}

void elf_describe(const struct elf *e, uint64_t addr, char *to, size_t size)
{
	const struct elf_symbol *func = e ? elf_func_at(e, addr) : NULL;
	const char *name = func ? elf_name(e, func) : NULL;
	uint64_t off = func ? addr - func->addr : 0;
	char behind[24] = "";
	size_t room, length;

	if (!func) {
		snprintf(to, size, "0x%llx", (unsigned long long)addr);
		return;
	}
	if (off)
		snprintf(behind, sizeof behind, off < 10 ? "+%llu" : "+0x%llx", (unsigned long long)off);
	room = size - strlen(behind) - 1;
	length = strlen(name);
	if (length <= room)
		snprintf(to, size, "%s%s", name, behind);
	else /* a longer name loses its end, never its offset */
		snprintf(to, size, "%.*s…%s", (int)(room - strlen("…")), name, behind);
}
