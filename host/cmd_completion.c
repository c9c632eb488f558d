/* SPDX-License-Identifier: MIT */
/*
 * trapline completion bash|zsh|fish: a completion script, made from the tables of commands and options.
 */
#include <stdio.h>
#include <string.h>

#include "cmd.h"
#include "say.h"

static void words_of_commands(void)
{
	for (const struct command *c = commands; c->name; c++)
		printf("%s ", c->name);
	fputs("help", stdout);
}

static void words_of_options(unsigned groups)
{
	const char *space = "";

	for (const struct option_text *o = option_table; o->name; o++)
		if (o->group & (groups | OPT_ALWAYS)) {
			printf("%s--%s", space, o->name);
			space = " ";
		}
}

static void bash(void)
{
	fputs("_trapline()\n{\n"
	      "\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} cmd= w\n"
	      "\tfor w in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do [[ $w == -* ]] || { cmd=$w; break; }; done\n"
	      "\tcase $prev in\n"
	      "\t-f|--format) COMPREPLY=($(compgen -W 'text jsonl csv' -- \"$cur\")); return;;\n"
	      "\t-e|--elf|-o|--output) COMPREPLY=($(compgen -f -- \"$cur\")); return;;\n"
	      "\t-p|--port) COMPREPLY=($(compgen -W \"$(trapline ports -q 2>/dev/null | cut -d' ' -f1) tcp: unix: exec:\" -- "
	      "\"$cur\"));"
	      " return;;\n"
	      "\tesac\n"
	      "\tcase $cmd in\n",
	      stdout);
	for (const struct command *c = commands; c->name; c++) {
		printf("\t%s) COMPREPLY=($(compgen -W '", c->name);
		if (strcmp(c->name, "completion") == 0)
			fputs("bash zsh fish ", stdout);
		words_of_options(c->options);
		fputs("' -- \"$cur\"));;\n", stdout);
	}
	fputs("\t*) COMPREPLY=($(compgen -W '", stdout);
	words_of_commands();
	fputs("' -- \"$cur\"));;\n\tesac\n}\ncomplete -o default -F _trapline trapline\n", stdout);
}

/* Text in single quotes, for zsh and fish; brackets and colons mean something to zsh. */
static void quoted(const char *s, const char *escaped)
{
	for (; *s; s++) {
		if (*s == '\'')
			fputs("'\\'", stdout);
		else if (strchr(escaped, *s))
			fputc('\\', stdout);
		fputc(*s, stdout);
	}
}

static void zsh(void)
{
	fputs("#compdef trapline\n_trapline()\n{\n\tlocal -a commands\n\tcommands=(\n", stdout);
	for (const struct command *c = commands; c->name; c++) {
		printf("\t\t'%s:", c->name);
		quoted(c->help, ":");
		fputs("'\n", stdout);
	}
	fputs("\t)\n\t_arguments \\\n", stdout);
	for (const struct option_text *o = option_table; o->name; o++) {
		printf("\t\t'--%s%s[", o->name, o->value ? "=" : "");
		quoted(o->help, "[]:");
		printf("]%s%s%s' \\\n", o->value ? ":" : "", o->value ? o->value : "",
		       o->value && strcmp(o->value, "FILE") == 0     ? ":_files"
		       : o->value && strcmp(o->value, "FORMAT") == 0 ? ":(text jsonl csv)"
		       : o->value                                    ? ":"
		                                                     : "");
	}
	fputs("\t\t'1:command:{_describe command commands}' \\\n\t\t'*::argument:_files'\n}\n_trapline \"$@\"\n", stdout);
}

static void fish(void)
{
	for (const struct command *c = commands; c->name; c++) {
		printf("complete -c trapline -n __fish_use_subcommand -f -a %s -d '", c->name);
		quoted(c->help, "");
		fputs("'\n", stdout);
	}
	for (const struct option_text *o = option_table; o->name; o++) {
		printf("complete -c trapline -l %s", o->name);
		if (o->letter)
			printf(" -s %c", o->letter);
		if (o->value)
			fputs(strcmp(o->value, "FILE") == 0 ? " -r" : " -x", stdout);
		if (o->value && strcmp(o->value, "FORMAT") == 0)
			fputs(" -a 'text jsonl csv'", stdout);
		fputs(" -d '", stdout);
		quoted(o->help, "");
		fputs("'\n", stdout);
	}
}

int cmd_completion(const struct options *o, int argc, char **argv)
{
	static const struct {
		const char *shell;
		void (*write)(void);
	} shells[] = {{"bash", bash}, {"zsh", zsh}, {"fish", fish}};

	(void)o;
	for (size_t i = 0; argc == 1 && i < sizeof shells / sizeof *shells; i++)
		if (strcmp(argv[0], shells[i].shell) == 0) {
			shells[i].write();
			return DONE;
		}
	return usage("completion");
}
