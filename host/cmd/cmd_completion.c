/* SPDX-License-Identifier: MIT */
/*
 * trapline completion bash|zsh|fish: a completion script, made from the tables of commands and
 * options.
 */
#include <stdio.h>
#include <string.h>

#include "base/say.h"
#include "cmd/cmd.h"

static void words_of_commands(const struct tables *t)
{
	for (const struct command *c = t->commands; c->name; c++)
		if (c->help)
			printf("%s ", c->name);
	fputs("help", stdout);
}

/* Names of the commands whose arguments may be names of the firmware's. */
static void words_of_naming(const struct tables *t, const char *between)
{
	const char *before = "";

	for (const struct command *c = t->commands; c->name; c++)
		if (c->names) {
			printf("%s%s", before, c->name);
			before = between;
		}
}

static void words_of_options(const struct tables *t, unsigned groups)
{
	const char *space = "";

	for (const struct option_text *o = t->options; o->name; o++)
		if (o->group & (groups | OPT_ALWAYS)) {
			printf("%s--%s", space, o->name);
			space = " ";
		}
}

/* In every shell: the profiles of trapline.ini, here and of the user. */
#define PROFILES                                                                                   \
	"sed -n \"s/^[[:space:]]*\\[\\(.*\\)\\].*/\\1/p\" trapline.ini "                           \
	"~/.config/trapline/trapline.ini 2>/dev/null"

/*
 * Bash takes a word apart at : and =, which names may have: what is asked for is the whole of it,
 * and what bash has already is taken off the answers. In quotes it leaves it whole, and there a
 * point goes on behind what was completed.
 */
static const char bash_names[] =
        "_trapline_names()\n{\n"
        "\tlocal line=${COMP_LINE:0:COMP_POINT} whole name elf= profile= i\n"
        "\twhole=${line##*[[:space:]]}; [[ $line && $cur != [\\'\\\"]* ]] || whole=$cur\n"
        "\t[[ $cur == [:=] ]] && cur=\n"
        "\tfor ((i = 1; i < COMP_CWORD - 1; i++)); do case ${COMP_WORDS[i]} in\n"
        "\t-e|--elf) elf+=${COMP_WORDS[i+1]}:;;\n"
        "\t--profile) profile=${COMP_WORDS[i+1]};;\n"
        "\tesac; done\n"
        "\twhile IFS= read -r name; do\n"
        "\t\tname=${name#\"${whole%\"$cur\"}\"}\n"
        "\t\t[[ $cur == [\\'\\\"]* ]] || printf -v name %q \"$name\"\n"
        "\t\tCOMPREPLY+=(\"$name\")\n"
        "\tdone < <(TRAPLINE_ELF=${elf:-$TRAPLINE_ELF} "
        "TRAPLINE_PROFILE=${profile:-$TRAPLINE_PROFILE} trapline complete "
        "\"$cmd\" \"$whole\" 2>/dev/null)\n"
        "\t[[ ${#COMPREPLY[@]} == 1 && ( ${COMPREPLY[0]} == *: || $cur == [\\'\\\"]* ) ]] && "
        "compopt -o nospace 2>/dev/null\n"
        "\treturn 0\n"
        "}\n";

static void bash(const struct tables *t)
{
	fputs(bash_names, stdout);
	fputs("_trapline()\n{\n"
	      "\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} cmd= w\n"
	      "\tfor w in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do [[ $w == -* ]] || { cmd=$w; "
	      "break; }; done\n"
	      "\tcase $prev in\n"
	      "\t-f|--format) COMPREPLY=($(compgen -W 'text jsonl csv' -- \"$cur\")); return;;\n"
	      "\t-e|--elf|-o|--output|--debug-file) COMPREPLY=($(compgen -f -- \"$cur\")); "
	      "return;;\n"
	      "\t-p|--port) COMPREPLY=($(compgen -W \"$(trapline ports -q 2>/dev/null | cut -d' ' "
	      "-f1) tcp: unix: exec:\" -- "
	      "\"$cur\"));"
	      " return;;\n"
	      "\t--profile) COMPREPLY=($(compgen -W \"$(" PROFILES ")\" -- \"$cur\")); return;;\n"
	      "\tesac\n"
	      "\tcase $cmd in\n",
	      stdout);
	for (const struct command *c = t->commands; c->name; c++) {
		printf("\t%s) COMPREPLY=($(compgen -W '", c->name);
		if (strcmp(c->name, "completion") == 0)
			fputs("bash zsh fish ", stdout);
		words_of_options(t, c->options);
		printf("' -- \"$cur\"))%s;;\n",
		       c->names ? "; [[ $cur == -* ]] || _trapline_names" : "");
	}
	fputs("\t*) COMPREPLY=($(compgen -W '", stdout);
	words_of_commands(t);
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

static void zsh_option(const struct option_text *o, const char *kind, const char *dashes,
                       const char *name, size_t length)
{
	printf("\t\t'*%s%.*s%s[", dashes, (int)length, name,
	       option_alone(o) ? ""
	       : length > 1    ? "="
	                       : "+");
	quoted(o->help, "[]:");
	printf("]%s%s%s' \\\n", option_alone(o) ? "" : ":", option_alone(o) ? "" : o->value, kind);
}

static void zsh(const struct tables *t)
{
	fputs("#compdef trapline\n_trapline()\n{\n\tlocal -a commands names elf profile\n\tlocal "
	      "state "
	      "line\n\tcommands=(\n",
	      stdout);
	for (const struct command *c = t->commands; c->name; c++) {
		if (!c->help)
			continue;
		printf("\t\t'%s:", c->name);
		quoted(c->help, ":");
		fputs("'\n", stdout);
	}
	fputs("\t)\n\telf=(${words[(ib:2:)(-e|--elf)]:+${words[${words[(ib:2:)(-e|--elf)]}+1]}})"
	      "\n\tprofile=(${words[(ib:2:)--profile]:+${words[${words[(ib:2:)--profile]}+1]}})"
	      "\n\t_arguments -C \\\n",
	      stdout);
	for (const struct option_text *o = t->options; o->name; o++) {
		const char *kind = option_alone(o)                   ? ""
		                   : strcmp(o->value, "FILE") == 0   ? ":_files"
		                   : strcmp(o->value, "FORMAT") == 0 ? ":(text jsonl csv)"
		                   : strcmp(o->name, "profile") == 0 ? ":('\"$(" PROFILES ")\"')"
		                                                     : ":";

		if (o->letter)
			zsh_option(o, kind, "-", &o->letter, 1);
		zsh_option(o, kind, "--", o->name, strlen(o->name));
	}
	fputs("\t\t'1:command:{_describe command commands}' \\\n\t\t'*::argument:->argument' && "
	      "return\n\tcase $line[1] in\n\t",
	      stdout);
	words_of_naming(t, "|");
	fputs(")\n\t\tnames=(${(f)\"$(TRAPLINE_ELF=${elf[1]:-$TRAPLINE_ELF} "
	      "TRAPLINE_PROFILE=${profile[1]:-$TRAPLINE_PROFILE} trapline complete "
	      "$line[1] \"$PREFIX\" "
	      "2>/dev/null)\"})\n"
	      "\t\tcompadd -a names;;\n"
	      "\tcompletion) compadd bash zsh fish;;\n"
	      "\tesac\n}\ncompdef _trapline trapline\n",
	      stdout);
}

static void fish(const struct tables *t)
{
	for (const struct command *c = t->commands; c->name; c++) {
		if (!c->help)
			continue;
		printf("complete -c trapline -n __fish_use_subcommand -f -a %s -d '", c->name);
		quoted(c->help, "");
		fputs("'\n", stdout);
	}
	for (const struct option_text *o = t->options; o->name; o++) {
		printf("complete -c trapline -l %s", o->name);
		if (o->letter)
			printf(" -s %c", o->letter);
		if (!option_alone(o))
			fputs(strcmp(o->value, "FILE") == 0 ? " -r" : " -x", stdout);
		if (o->value && strcmp(o->value, "FORMAT") == 0)
			fputs(" -a 'text jsonl csv'", stdout);
		if (strcmp(o->name, "profile") == 0)
			fputs(" -a '(" PROFILES ")'", stdout);
		fputs(" -d '", stdout);
		quoted(o->help, "");
		fputs("'\n", stdout);
	}
	fputs("function __trapline_names\n"
	      "\tset -l words (commandline -opc)\n"
	      "\tset -l at (contains -i -- -e $words; or contains -i -- --elf $words)\n"
	      "\ttest -n \"$at\"; and set -lx TRAPLINE_ELF $words[(math $at + 1)]\n"
	      "\tset at (contains -i -- --profile $words)\n"
	      "\ttest -n \"$at\"; and set -lx TRAPLINE_PROFILE $words[(math $at + 1)]\n"
	      "\tfor word in $words[2..-1]\n"
	      "\t\tif contains -- $word ",
	      stdout);
	words_of_naming(t, " ");
	fputs("\n\t\t\ttrapline complete $word (string replace -r '^[\\'\"]' '' -- (commandline "
	      "-ct)) "
	      "2>/dev/null\n\t\t\treturn\n\t\tend\n\tend\nend\n"
	      "complete -c trapline -n '__fish_seen_subcommand_from ",
	      stdout);
	words_of_naming(t, " ");
	fputs("' -f -a '(__trapline_names)'\n", stdout);
}

int cmd_completion(const struct tables *t, int argc, char **argv)
{
	static const struct {
		const char *shell;
		void (*write)(const struct tables *);
	} shells[] = {{"bash", bash}, {"zsh", zsh}, {"fish", fish}};

	for (size_t i = 0; argc == 1 && i < sizeof shells / sizeof *shells; i++)
		if (strcmp(argv[0], shells[i].shell) == 0) {
			shells[i].write(t);
			return DONE;
		}
	return MISUSED;
}
