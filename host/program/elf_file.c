/* SPDX-License-Identifier: MIT */
/*
 * One ELF file and its debug file: see elf_file.h. Where debug files are follows GDB's manual,
 * "Separate Debug Files".
 */
#include "program/elf_file.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/say.h"
#include "base/util.h"
#include "program/attributes.h"
#include "program/isas.h"
#include "program/unpack.h"

static const char debug_folder[] = "/usr/lib/debug";

/* -- what the file says of itself -- */

static void read_note(struct elf_file *f, Elf_Scn *scn)
{
	Elf_Data *data = elf_getdata(scn, NULL);
	size_t at = 0, name, desc;
	GElf_Nhdr head;

	while (data && (at = gelf_getnote(data, at, &head, &name, &desc)) > 0)
		if (head.n_type == NT_GNU_BUILD_ID && head.n_namesz == 4 &&
		    memcmp((char *)data->d_buf + name, "GNU", 4) == 0 &&
		    head.n_descsz <= BUILD_ID_MAX) {
			memcpy(f->build_id, (char *)data->d_buf + desc, head.n_descsz);
			f->build_id_len = head.n_descsz;
		}
}

/* Of the architecture's variants, the one that the file was built for. */
static void read_variant(struct elf_file *f, Elf_Scn *scn)
{
	Elf_Data *data = elf_rawdata(scn, NULL);
	unsigned variant = data && data->d_buf ? attributes_variant(data->d_buf, data->d_size) : 0;

	if (variant)
		f->isa = isa_by_variant(f->isa, variant);
}

/* What the file is to have, for its headers' sake, in bytes. */
static uint64_t expected_size(Elf *elf, const GElf_Ehdr *ehdr, uint64_t size)
{
	uint64_t most = ehdr->e_shoff + (uint64_t)ehdr->e_shnum * ehdr->e_shentsize;
	Elf_Scn *scn = NULL;
	GElf_Shdr shdr;
	GElf_Phdr phdr;

	if (ehdr->e_phoff + (uint64_t)ehdr->e_phnum * ehdr->e_phentsize > most)
		most = ehdr->e_phoff + (uint64_t)ehdr->e_phnum * ehdr->e_phentsize;
	if (most > size)
		return most;
	while ((scn = elf_nextscn(elf, scn)))
		if (gelf_getshdr(scn, &shdr) && shdr.sh_type != SHT_NOBITS &&
		    shdr.sh_type != SHT_NULL && shdr.sh_offset + shdr.sh_size > most)
			most = shdr.sh_offset + shdr.sh_size;
	for (int i = 0; !ehdr->e_shnum && i < ehdr->e_phnum;
	     i++) /* of a debug file the segments are not all there */
		if (gelf_getphdr(elf, i, &phdr) && phdr.p_offset + phdr.p_filesz > most)
			most = phdr.p_offset + phdr.p_filesz;
	return most;
}

static int cut_short(const struct elf_file *f, uint64_t size, uint64_t expected)
{
	fail(SYMBOL, "%s is cut short: it has %llu bytes, and by its headers at least %llu",
	     f->path, (unsigned long long)size, (unsigned long long)expected);
	hint("was the copy, or the build, interrupted? copy it again, or link it again");
	return SYMBOL;
}

static int not_elf(const struct elf_file *f)
{
	fail(SYMBOL, "%s is not an ELF file", f->path);
	hint("give the file that the linker wrote (often .elf or .axf), not a .bin, .hex or .map "
	     "made from it");
	return SYMBOL;
}

/* Is it an ELF file at all, and whole? */
static int whole(struct elf_file *f, GElf_Ehdr *ehdr)
{
	struct stat st;
	char magic[EI_NIDENT] = "";
	uint64_t size, expected;

	if (fstat(f->fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		fail(SYMBOL, "%s is not a file", f->path);
		return SYMBOL;
	}
	size = (uint64_t)st.st_size;
	if (!size)
		return fail(SYMBOL, "%s is empty", f->path);
	if (pread(f->fd, magic, sizeof magic, 0) < SELFMAG || memcmp(magic, ELFMAG, SELFMAG) != 0)
		return not_elf(f);
	expected = magic[EI_CLASS] == ELFCLASS64 ? sizeof(Elf64_Ehdr) : sizeof(Elf32_Ehdr);
	if (size < expected)
		return cut_short(f, size, expected);
	if (!f->elf || elf_kind(f->elf) != ELF_K_ELF || !gelf_getehdr(f->elf, ehdr))
		return not_elf(f);
	expected = expected_size(f->elf, ehdr, size);
	return size < expected ? cut_short(f, size, expected) : DONE;
}

/* In registers of the FPU. */
static unsigned longest_float(const GElf_Ehdr *ehdr)
{
	unsigned abi = ehdr->e_flags & EF_RISCV_FLOAT_ABI;

	if (ehdr->e_machine == EM_ARM)
		return ehdr->e_flags & EF_ARM_ABI_FLOAT_HARD ? 8 : 0;
	if (ehdr->e_machine == EM_AARCH64)
		return 8; /* longer ones, too, but of those no register is read whole */
	return abi == EF_RISCV_FLOAT_ABI_SOFT ? 0 : abi == EF_RISCV_FLOAT_ABI_SINGLE ? 4 : 8;
}

/* Is it a file that this build can work with? */
static int identify(struct elf_file *f)
{
	GElf_Ehdr ehdr;
	int status = whole(f, &ehdr);

	if (status)
		return status;
	f->float_bytes = longest_float(&ehdr);
	f->isa = isa_by_machine(ehdr.e_machine, ehdr.e_ident[EI_CLASS] == ELFCLASS32 ? 4 : 8);
	if (!f->isa || ehdr.e_ident[EI_DATA] != ELFDATA2LSB) {
		char *known = isa_names();

		fail(SYMBOL, "%s is for another machine (ELF machine %u, %s, %s endian)", f->path,
		     ehdr.e_machine, ehdr.e_ident[EI_CLASS] == ELFCLASS32 ? "32 bit" : "64 bit",
		     ehdr.e_ident[EI_DATA] == ELFDATA2LSB ? "little" : "big");
		hint("this trapline knows: %s; is it the firmware's ELF, not the host's?", known);
		free(known);
		return SYMBOL;
	}
	if (ehdr.e_type == ET_REL) {
		fail(SYMBOL, "%s is an object file: its addresses are not final", f->path);
		hint("give the linked firmware");
		return SYMBOL;
	}
	return DONE;
}

static const char *section_name(Elf *elf, const GElf_Shdr *shdr)
{
	size_t names;
	const char *name =
	        elf_getshdrstrndx(elf, &names) == 0 ? elf_strptr(elf, names, shdr->sh_name) : NULL;

	return name ? name : "";
}

/* What is compressed in a way that this libelf cannot undo is as good as not there: that is
   said. */
static void look_at_compression(const struct elf_file *f, Elf_Scn *scn, const char *name)
{
	GElf_Chdr chdr;

	if (strcmp(name, ".debug_line") != 0 || !gelf_getchdr(scn, &chdr) ||
	    chdr.ch_type == ELFCOMPRESS_ZLIB || elf_compress(scn, 0, 0) >= 0)
		return;
	if (chdr.ch_type == PACKED_BY_ZSTD && unpack_can())
		return;
	warn("%s: no source lines: its debug sections are compressed by %s, which cannot be read "
	     "here",
	     f->name, chdr.ch_type == PACKED_BY_ZSTD ? "zstd" : "a way unknown");
	if (chdr.ch_type == PACKED_BY_ZSTD)
		hint("install libzstd.so.1 (Debian: libzstd1), or a libelf that knows zstd "
		     "(elfutils 0.189)");
	hint("link with -gz=zlib or without -gz; or: objcopy --decompress-debug-sections %s",
	     f->name);
}

/* Notes, attributes, and which part of it all is here. */
static void look_through(struct elf_file *f)
{
	bool code = false, nobits = false;
	Elf_Scn *scn = NULL;
	GElf_Shdr shdr;

	while ((scn = elf_nextscn(f->elf, scn))) {
		if (!gelf_getshdr(scn, &shdr))
			continue;
		if (shdr.sh_type == SHT_NOTE)
			read_note(f, scn);
		else if (shdr.sh_type == SHT_ARM_ATTRIBUTES) /* RISC-V's has the same number */
			read_variant(f, scn);
		f->symbols |= shdr.sh_type == SHT_SYMTAB && shdr.sh_size > shdr.sh_entsize;
		f->lines |= strstr(section_name(f->elf, &shdr), "debug_line") != NULL;
		if (shdr.sh_flags & SHF_EXECINSTR && shdr.sh_size)
			*(shdr.sh_type == SHT_NOBITS ? &nobits : &code) = true;
		if (shdr.sh_flags & SHF_COMPRESSED)
			look_at_compression(f, scn, section_name(f->elf, &shdr));
	}
	f->hollow = nobits && !code;
}

int elf_file_segments(const struct elf_file *f, struct elf_segment to[SEGMENTS_MAX], size_t *n)
{
	size_t count;
	GElf_Phdr phdr;

	*n = 0;
	if (elf_getphdrnum(f->elf, &count) != 0)
		count = 0;
	for (size_t i = 0; i < count; i++) {
		if (!gelf_getphdr(f->elf, (int)i, &phdr) || phdr.p_type != PT_LOAD || !phdr.p_memsz)
			continue;
		if (*n == SEGMENTS_MAX)
			return fail(SYMBOL, "%s has more than %d segments", f->path, SEGMENTS_MAX);
		to[(*n)++] = (struct elf_segment){phdr.p_vaddr, phdr.p_vaddr, phdr.p_memsz};
	}
	if (*n)
		return DONE;
	fail(SYMBOL, "%s has no segments: nothing of it is ever loaded", f->path);
	hint("give the file that the linker wrote, not an object file");
	return SYMBOL;
}

/* A program's addresses become those where it is. */
static int move(struct elf_file *f, const struct elf_input *input)
{
	int fd;

	f->image = input->image;
	f->there = input->there;
	f->nsegments = input->nsegments;
	memcpy(f->segments, input->segments, sizeof f->segments);
	if (!input->nsegments)
		return elf_file_segments(f, f->segments, &f->nsegments);
	fd = elf_relocate(f->fd, f->name, f->segments, f->nsegments);
	if (fd < 0)
		return SYMBOL;
	elf_end(f->elf);
	close(f->fd);
	f->fd = fd;
	f->elf = elf_begin(f->fd, ELF_C_READ_MMAP, NULL);
	return DONE;
}

static int open_one(struct elf_file *f, const char *path, const struct elf_input *input)
{
	const char *slash = strrchr(path, '/');
	int status;

	*f = (struct elf_file){.path = path,
	                       .name = slash ? slash + 1 : path,
	                       .fd = open(path, O_RDONLY | O_CLOEXEC)};
	if (f->fd < 0) {
		status = fail(SYMBOL, "cannot open %s: %s", path, strerror(errno));
		hint("give the firmware's ELF with -e FILE or in TRAPLINE_ELF");
		return status;
	}
	elf_version(EV_CURRENT);
	f->elf = elf_begin(f->fd, ELF_C_READ_MMAP, NULL);
	status = identify(f);
	if (!status && input->image)
		status = move(f, input);
	if (!status)
		look_through(f);
	return status;
}

/* -- the debug file -- */

/* CRC-32 of a whole file, as .gnu_debuglink has it; false if it cannot be read. */
static bool file_crc(const char *path, uint32_t *crc)
{
	FILE *in = fopen(path, "re");
	int c;

	if (!in)
		return false;
	*crc = 0xffffffff;
	while ((c = getc(in)) != EOF) {
		*crc ^= (uint8_t)c;
		for (int i = 0; i < 8; i++)
			*crc = *crc >> 1 ^ (*crc & 1 ? 0xedb88320 : 0);
	}
	*crc = ~*crc;
	fclose(in);
	return true;
}

/* The name and the CRC that .gnu_debuglink has; false if there is none. */
static bool read_link(const struct elf_file *f, const char **name, uint32_t *crc)
{
	Elf_Scn *scn = NULL;
	GElf_Shdr shdr;

	while ((scn = elf_nextscn(f->elf, scn))) {
		Elf_Data *data;
		size_t length;
		const uint8_t *at;

		if (!gelf_getshdr(scn, &shdr) ||
		    strcmp(section_name(f->elf, &shdr), ".gnu_debuglink") != 0)
			continue;
		data = elf_rawdata(scn, NULL);
		*name = data ? data->d_buf : NULL;
		length = *name ? strnlen(*name, data->d_size) : 0;
		if (!length || (length + 4) / 4 * 4 + 4 > data->d_size || strchr(*name, '/'))
			return false;
		at = (const uint8_t *)*name + (length + 4) / 4 * 4;
		*crc = at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
		return true;
	}
	return false;
}

/* Beside the file, in .debug/ there, and in the system's folder. */
static char *find_by_link(const struct elf_file *f)
{
	static const char *const forms[] = {"%2$.*1$s%3$s", "%2$.*1$s.debug/%3$s",
	                                    "%4$s%2$.*1$s%3$s"};
	int folder = (int)(f->name - f->path);
	char *absolute = realpath(f->path, NULL);
	const char *name;
	uint32_t wanted, crc;

	for (size_t i = 0; read_link(f, &name, &wanted) && i < sizeof forms / sizeof *forms; i++) {
		const char *from = i == 2 && absolute ? absolute : f->path;
		int length =
		        i == 2 && absolute ? (int)(strrchr(absolute, '/') + 1 - absolute) : folder;
		char *path = format_string(forms[i], length, from, name, debug_folder);
		bool readable = file_crc(path, &crc);

		if (readable && crc == wanted) {
			free(absolute);
			return path;
		}
		if (readable)
			warn("%s is not the debug file of %s (other contents than when that was "
			     "linked to it)",
			     path, f->name);
		free(path);
	}
	free(absolute);
	return NULL;
}

static char *find_by_id(const struct elf_file *f)
{
	char hex[2 * BUILD_ID_MAX + 1], *path;

	if (f->build_id_len < 2)
		return NULL;
	format_hex(hex, f->build_id, f->build_id_len);
	path = format_string("%s/.build-id/%.2s/%s.debug", debug_folder, hex, hex + 2);
	if (access(path, R_OK) == 0)
		return path;
	free(path);
	return NULL;
}

bool elf_file_same_build(const struct elf_file *a, const struct elf_file *b)
{
	return a->build_id_len == b->build_id_len &&
	       memcmp(a->build_id, b->build_id, a->build_id_len) == 0;
}

static int open_debug(struct elf_file *f, const char *path, const struct elf_input *input)
{
	int status;

	f->debug = grow(NULL, 1, sizeof *f->debug);
	status = open_one(f->debug, path, input);
	if (!status && f->debug->isa->e_machine != f->isa->e_machine)
		status = fail(SYMBOL, "%s is for another machine than %s", path, f->path);
	if (!status && f->build_id_len && f->debug->build_id_len &&
	    !elf_file_same_build(f, f->debug)) {
		status = fail(
		        SYMBOL,
		        "%s is the debug file of another build than %s (their build-ids differ)",
		        path, f->path);
		hint("give the one that was made in the same build");
	}
	return status;
}

/* Where the symbols are, if they are not here. */
static char *find_debug(const struct elf_file *f)
{
	char *found = find_by_id(f);
	const char *name;
	uint32_t crc;

	if (!found)
		found = find_by_link(f);
	if (found)
		chat("the symbols of %s are in %s", f->name, found);
	else if (read_link(f, &name, &crc))
		note("%s has its symbols in a file of their own, %s, which is not there: give it "
		     "with --debug-file",
		     f->name, name);
	return found;
}

int elf_file_open(struct elf_file *f, const struct elf_input *input, const char *debug)
{
	int status = open_one(f, input->path, input);

	if (status)
		return status;
	if (!debug && (!f->symbols || !f->lines))
		debug = f->found = find_debug(f);
	return debug ? open_debug(f, debug, input) : DONE;
}

void elf_file_close(struct elf_file *f)
{
	if (f->debug) {
		elf_file_close(f->debug);
		free(f->debug);
	}
	elf_end(f->elf);
	if (f->fd >= 0)
		close(f->fd);
	free(f->found);
}
