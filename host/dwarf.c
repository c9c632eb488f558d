/* SPDX-License-Identifier: MIT */
/*
 * The DWARF line table through libdw: see dwarf.h.
 */
#include "dwarf.h"

#include <elfutils/libdw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"

struct lines {
	int fd;
	bool tried;
	Dwarf *dwarf;
};

struct lines *lines_open(int fd)
{
	struct lines *l = grow(NULL, 1, sizeof *l);

	*l = (struct lines){.fd = fd};
	return l;
}

void lines_close(struct lines *l)
{
	if (l && l->dwarf)
		dwarf_end(l->dwarf);
	free(l);
}

/*
 * The unit that an address belongs to: by the table of ranges, if it is there and libdw takes it (clang writes none, of GNU as
 * for RISC-V it refuses them), else by asking each unit.
 */
static bool find_unit(Dwarf *dwarf, uint64_t addr, Dwarf_Die *unit)
{
	Dwarf_Off at = 0, next;
	size_t head;

	if (dwarf_addrdie(dwarf, addr, unit))
		return true;
	for (; dwarf_nextcu(dwarf, at, &next, &head, NULL, NULL, NULL) == 0; at = next)
		if (dwarf_offdie(dwarf, at + head, unit) && dwarf_haspc(unit, addr) > 0)
			return true;
	return false;
}

bool lines_describe(struct lines *l, uint64_t addr, char *to, size_t size)
{
	Dwarf_Die unit;
	Dwarf_Line *line;
	const char *file, *slash;
	int number;

	*to = 0;
	if (!l)
		return false;
	if (!l->tried) {
		l->tried = true;
		l->dwarf = dwarf_begin(l->fd, DWARF_C_READ);
	}
	if (!l->dwarf || !find_unit(l->dwarf, addr, &unit))
		return false;
	line = dwarf_getsrc_die(&unit, addr);
	file = line ? dwarf_linesrc(line, NULL, NULL) : NULL;
	if (!file || dwarf_lineno(line, &number) != 0 || number <= 0)
		return false;
	slash = strrchr(file, '/');
	snprintf(to, size, "%s:%d", slash ? slash + 1 : file, number);
	return true;
}
