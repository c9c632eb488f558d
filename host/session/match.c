/* SPDX-License-Identifier: MIT */
/*
 * Do the ELFs belong to what runs on the target? By build-ids, else by CRCs of the text.
 */
#include "session/match.h"

#include <stdlib.h>
#include <string.h>

#include "base/say.h"
#include "base/util.h"
#include "pack.h"
#include "session/target.h"

enum { CRC_CHUNK = 4096 }; /* bytes in one request: the firmware should not stand still for long */

char *short_id(const uint8_t *id, unsigned n)
{
	if (n < 4)
		return copy_string("?");
	return format_string("%02x%02x…%02x", id[0], id[1], id[n - 1]);
}

int mismatch(const struct options *o, char *what)
{
	if (o->force) {
		warn("%s; going on all the same (--force)", what);
		free(what);
		return DONE;
	}
	fail(SYMBOL, "%s", what);
	hint("give the ELF that this firmware was linked to, or flash this one; --force goes on "
	     "with wrong symbols");
	free(what);
	return SYMBOL;
}

/* The first address at which a section of code differs, by CRC of chunks. */
static int compare_section(struct session *s, const struct elf_section *section, bool *same,
                           uint64_t *where)
{
	for (uint64_t at = 0; at < section->size; at += CRC_CHUNK) {
		uint64_t n = section->size - at < CRC_CHUNK ? section->size - at : CRC_CHUNK;
		uint32_t ours = 0xffffffff, theirs;
		int result = target_crc(s, section->addr + at, n, &theirs);

		if (result)
			return result;
		for (uint64_t i = 0; i < n; i++)
			ours = tl_crc32(ours, section->bytes[at + i]);
		if (ours != theirs) {
			*same = false;
			*where = section->addr + at;
			return 0;
		}
	}
	return 0;
}

/* May it be compared? Not variables, and not what takes turns with something else at its address
 * (overlays). */
static bool comparable(const struct elf *e, const struct elf_section *s)
{
	if (!s->code || s->writable)
		return false;
	for (size_t i = 0; e->overlaps && i < e->nsections; i++)
		if (&e->sections[i] != s && e->sections[i].bytes &&
		    e->sections[i].addr < s->addr + s->size &&
		    s->addr < e->sections[i].addr + e->sections[i].size)
			return false;
	return true;
}

/* Functions in sections that take writes: of such a section they alone stay as they are in the
 * file. */
static int compare_functions(struct session *s, const struct elf *e, const struct elf_file *f,
                             bool *same, uint64_t *where)
{
	for (size_t i = 0; i < e->nfuncs && *same; i++) {
		const struct elf_symbol *func = e->funcs[i];
		const struct elf_section *section = elf_section_at(e, func->addr);
		struct elf_section piece;
		int result;

		if (!section || section->file != f || !section->code ||
		    (i && e->funcs[i - 1]->addr == func->addr))
			continue;
		piece = *section;
		piece.bytes += func->addr - section->addr;
		piece.size -= func->addr - section->addr;
		piece.addr = func->addr;
		if (func->size < piece.size)
			piece.size = func->size;
		result = compare_section(s, &piece, same, where);
		if (result)
			return result;
	}
	return 0;
}

/* The text of one of the files; *what: how it differs, NULL if it does not. */
static int compare_text(struct attached *a, const struct elf_file *f, char **what)
{
	const struct elf *e = a->elf;
	bool same = true, any = false;
	uint64_t where = 0;
	int result = 0;

	session_wait(&a->session, 0, "the target to compare its text with %s", f->name);
	for (size_t i = 0; i < e->nsections && same && !result; i++)
		if (e->sections[i].file == f && comparable(e, &e->sections[i])) {
			any = true;
			result = compare_section(&a->session, &e->sections[i], &same, &where);
		}
	if (!any && !result)
		result = compare_functions(&a->session, e, f, &same, &where);
	session_wait_over(&a->session);
	if (result)
		return target_report(&a->session, result, "comparing the text with the ELF");
	if (!same)
		*what = format_string("the text on the target is not that of %s (first difference "
		                      "after 0x%08llx)",
		                      f->name, (unsigned long long)where);
	return DONE;
}

static bool has_target_id(const struct attached *a, const struct elf_file *f)
{
	const struct target *t = &a->session.target;

	return f->build_id_len && f->build_id_len == t->build_id_len &&
	       memcmp(f->build_id, t->build_id, t->build_id_len) == 0;
}

/* The target names its build, and of the files that do one must be that. */
static char *other_build(const struct attached *a)
{
	const struct target *t = &a->session.target;
	char *theirs, *what = NULL;

	for (size_t i = 0; i < a->elf->nfiles; i++)
		if (!t->build_id_len || !a->elf->files[i].build_id_len ||
		    has_target_id(a, &a->elf->files[i]))
			return NULL;
	theirs = short_id(t->build_id, t->build_id_len);
	for (size_t i = 0; i < a->elf->nfiles; i++) {
		const struct elf_file *f = &a->elf->files[i];
		char *ours, *longer;

		if (f->image)
			continue;
		ours = short_id(f->build_id, f->build_id_len);
		longer = what ? format_string("%s, %s is %s", what, f->name, ours)
		              : format_string("the target runs build-id %s, %s is %s", theirs,
		                              f->name, ours);

		free(what);
		free(ours);
		what = longer;
	}
	free(theirs);
	return what;
}

/* How the target and the ELFs differ, NULL if they do not: by build-id; what has none, or another
   than the target tells, by text. */
static int difference(struct attached *a, char **what)
{
	const struct target *t = &a->session.target;
	const struct elf *e = a->elf;
	int status = DONE;

	*what = NULL;
	if (e->isa->e_machine != t->isa->e_machine)
		*what = format_string("%s is for %s, the target is %s", e->name, e->isa->name,
		                      t->isa->name);
	else
		*what = other_build(a);
	for (size_t i = 0; i < e->nfiles && !*what && !status; i++)
		if (!e->files[i].image && !has_target_id(a, &e->files[i]))
			status = compare_text(a, &e->files[i], what);
	return status;
}

int same_firmware(struct attached *a, const struct options *o)
{
	char *what;
	int status = a->elf ? difference(a, &what) : DONE;

	if (!a->elf || status || !what)
		return status;
	return mismatch(o, what);
}

int names_if_same(struct attached *a, const struct options *o)
{
	char *what;
	int status = a->elf ? difference(a, &what) : DONE;

	if (!a->elf || status || !what)
		return status;
	if (o->force)
		return mismatch(o, what);
	note("%s: its names are not used", what);
	free(what);
	elf_close(a->elf);
	a->elf = NULL;
	return DONE;
}

int fetch_text(struct attached *a)
{
	for (size_t i = 0; a->elf && i < a->elf->nsections; i++) {
		struct elf_section *s = &a->elf->sections[i];
		int result;

		if (!s->hollow || s->file->image)
			continue;
		note("reading %s from the target, %llu bytes: %s has none of it", s->name,
		     (unsigned long long)s->size, s->file->name);
		s->fetched = grow(NULL, s->size, 1);
		result = target_read(&a->session, s->addr, s->fetched, s->size);
		if (result)
			return target_report(&a->session, result, s->name);
		s->bytes = s->fetched;
		s->code = true;
		s->hollow = false;
	}
	return DONE;
}

/* What is said of one file behind the board; `line` is freed. */
static char *with_file(const struct attached *a, char *line, const struct elf_file *f, bool by_id)
{
	const struct target *t = &a->session.target;
	char *longer;

	if (by_id)
		longer = format_string("%s %s %s", line,
		                       has_target_id(a, f) ? "matches" : "DIFFERS FROM", f->name);
	else if (t->build_id_len)
		longer = format_string("%s, text compared with %s by CRC", line, f->name);
	else
		longer = format_string("board  %s (%s)  text compared with %s by CRC", t->board,
		                       t->isa->name, a->elf->name);
	free(line);
	return longer;
}

char *board_line(const struct attached *a)
{
	const struct target *t = &a->session.target;
	char *id =
	        t->build_id_len ? short_id(t->build_id, t->build_id_len) : copy_string("unknown");
	char *line = format_string("board  %s (%s)  build-id %s", t->board, t->isa->name, id);

	free(id);
	/* Those that are known by their build-id come first. */
	for (unsigned pass = 0; pass < 2; pass++)
		for (size_t i = 0; a->elf && i < a->elf->nfiles; i++) {
			const struct elf_file *f = &a->elf->files[i];
			bool by_id = f->build_id_len && t->build_id_len &&
			             (a->elf->nfiles == 1 || has_target_id(a, f));

			if (by_id == !pass && !f->image)
				line = with_file(a, line, f, by_id);
		}
	return line;
}
