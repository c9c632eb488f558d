/* SPDX-License-Identifier: MIT */
/*
 * trapline complete COMMAND WORD: what the completion scripts ask when a word may be a name, one a
 * line. It is in no help: not for people. It is silent where it can say nothing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/say.h"
#include "cmd/cmd.h"
#include "program/lookup.h"

static void print_names(const struct elf *elf, const char *word, bool variables)
{
	const char *name = strrchr(word, '=') ? strrchr(word, '=') + 1 : word;
	const char *last = "";

	name += *name == '"' || *name == '\'';
	for (size_t i = 0; i < elf->nsymbols; i++) {
		const struct elf_symbol *symbol = elf->names[i];
		const char *shown = elf_name(elf, symbol);

		if (!(symbol->func || (variables && symbol->object)) || elf_is_agents(elf, symbol))
			continue;
		if (strncmp(shown, name, strlen(name)) != 0 || strcmp(shown, last) == 0)
			continue;
		last = shown;
		printf("%.*s%s\n", (int)(name - word), word, shown);
	}
}

int cmd_complete(const struct tables *t, const struct options *o, int argc, char **argv)
{
	const struct command *c = argc ? find_command(t->commands, argv[0]) : NULL;
	struct elf *elf;

	if (argc != 2 || !c || !c->names || !o->nelfs || !freopen("/dev/null", "w", stderr))
		return DONE;
	if (elf_open(o->elfs, o->nelfs, o->debug_file, &elf) == DONE) {
		print_names(elf, argv[1], c->names == NAMES_ALL);
		elf_close(elf);
	}
	return DONE;
}
