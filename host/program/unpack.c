/* SPDX-License-Identifier: MIT */
/*
 * Unpacks zstd: see unpack.h. The library is looked for when it is needed, so that the tool can be
 * built and used without it.
 */
#include "program/unpack.h"

#include <dlfcn.h>
#include <gelf.h>
#include <stdlib.h>

#include "base/util.h"

enum {
	MOST = 1 << 28, /* bytes of a section */
	HEAD_32 = sizeof(Elf32_Chdr),
	HEAD_64 = sizeof(Elf64_Chdr),
};

/* size_t ZSTD_decompress(to, room, from, n), of the library's stable interface: bytes written, else
 * beyond `room` an error. */
typedef size_t decompress_fn(void *to, size_t room, const void *from, size_t n);

static decompress_fn *find(void)
{
	static decompress_fn *found;
	void *library;

	if (found)
		return found;
	library = dlopen("libzstd.so.1", RTLD_NOW | RTLD_LOCAL);
	if (library)
		*(void **)&found = dlsym(library, "ZSTD_decompress");
	return found;
}

bool unpack_can(void)
{
	return find() != NULL;
}

/* What is not packed takes the place of what is. libelf frees neither. */
static bool unpack(struct unpacked **list, Elf_Scn *scn, const GElf_Chdr *head, size_t skip)
{
	decompress_fn *decompress = find();
	Elf_Data *data = elf_getdata(scn, NULL);
	struct unpacked *to;
	GElf_Shdr shdr;

	if (!decompress || !data || data->d_size < skip || head->ch_size > MOST ||
	    !gelf_getshdr(scn, &shdr))
		return false;
	to = grow(NULL, sizeof *to + head->ch_size + 1, 1);
	to->next = *list;
	*list = to;
	if (decompress(to->bytes, head->ch_size, (const char *)data->d_buf + skip,
	               data->d_size - skip) != head->ch_size)
		return false;
	to->bytes[head->ch_size] = 0; /* libdw trusts that strings have an end */
	data->d_buf = to->bytes;
	data->d_size = head->ch_size;
	data->d_type = ELF_T_BYTE;
	data->d_align = head->ch_addralign;
	shdr.sh_flags &= ~(GElf_Xword)SHF_COMPRESSED;
	shdr.sh_size = head->ch_size;
	return gelf_update_shdr(scn, &shdr) != 0;
}

bool unpack_debug(struct unpacked **list, Elf *elf)
{
	size_t skip = gelf_getclass(elf) == ELFCLASS32 ? HEAD_32 : HEAD_64;
	Elf_Scn *scn = NULL;
	GElf_Chdr head;
	bool all = true;

	while ((scn = elf_nextscn(elf, scn)))
		if (gelf_getchdr(scn, &head) && head.ch_type == PACKED_BY_ZSTD &&
		    elf_compress(scn, 0, 0) < 0)
			all &= unpack(list, scn, &head, skip);
	return all;
}

void unpack_free(struct unpacked *list)
{
	while (list) {
		struct unpacked *next = list->next;

		free(list);
		list = next;
	}
}
