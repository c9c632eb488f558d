/* SPDX-License-Identifier: MIT */
/*
 * Checks a place against the ELF: see check.h.
 */
#include "program/check.h"

#include <stdio.h>
#include <string.h>

#include "base/say.h"
#include "error.h"
#include "program/danger.h"
#include "program/handlers.h"
#include "program/isas.h"
#include "program/lookup.h"
#include "program/starts.h"
#include "program/walk.h"

unsigned check_decode(const struct elf *elf, const struct elf_section *section, uint64_t addr,
                      struct tl_insn *insn)
{
	uint64_t before = addr - section->addr, after = section->addr + section->size - addr;
	struct tl_text text = {
	        .bytes = section->bytes + before,
	        .addr = (uintptr_t)addr,
	        .before = before > elf->isa->text_before ? elf->isa->text_before : (unsigned)before,
	        .after = after > elf->isa->text_after ? elf->isa->text_after : (unsigned)after,
	};

	return (unsigned)-elf->isa->decode(elf->isa, &text, insn);
}

/* Literals: the target knows best. */
static int any_literal(uintptr_t addr, void *to, unsigned bytes)
{
	(void)addr;
	memset(to, 0, bytes);
	return 0;
}

const char *check_step_name(const struct tl_isa *isa, const struct tl_insn *insn, uint64_t addr)
{
	uint8_t slot[TL_SLOT_MAX];

	if (insn->verdict != TL_SIMULATE)
		return "slot";
	return isa->slot_build(isa, insn, (uintptr_t)addr, (uintptr_t)addr, true, any_literal, slot)
	               ? "simulated"
	               : "slot";
}

/* Is `addr` an instruction? Fills in what stands there otherwise. */
static unsigned boundary(const struct elf *elf, uint64_t addr, struct verdict *v)
{
	uint64_t start, end;
	struct walk w;

	if (!elf_piece_at(elf, addr, &start, &end))
		return E_NO_START;
	walk_piece(&w, elf, start, end);
	while (walk_step(&w)) {
		if (addr < w.addr || addr >= w.addr + w.len)
			continue;
		if (w.data)
			return w.unknown ? E_NO_START : TL_EDATA;
		if (addr == w.addr)
			return TL_OK;
		snprintf(v->detail, sizeof v->detail,
		         "in the middle of the %u-byte instruction at 0x%llx", w.len,
		         (unsigned long long)w.addr);
		return TL_EALIGN;
	}
	return TL_OK;
}

/* The decoder's verdict, and that of the trap handlers. */
static unsigned steppable(const struct elf *elf, const struct elf_symbol *func,
                          const struct elf_section *section, uint64_t addr, struct tl_insn *insn,
                          const struct elf_symbol **handler)
{
	unsigned error = check_decode(elf, section, addr, insn);

	*handler = func && (!error || error == TL_ETRAP)
	                   ? handlers_broken(elf->handlers, func, addr)
	                   : NULL;
	return *handler ? TL_ETRAP : error;
}

static unsigned judge(const struct elf *elf, uint64_t addr, struct verdict *v)
{
	const struct elf_section *section = elf_section_at(elf, addr);
	const struct elf_symbol *func = elf_func_at(elf, addr), *handler;
	unsigned error;

	if (section && section->hollow)
		return E_NO_CODE;
	if (!section || !section->code) {
		if (section)
			snprintf(v->detail, sizeof v->detail, "section %s", section->name);
		return TL_ETEXT;
	}
	if (addr >= elf->agent_start && addr < elf->agent_end)
		return TL_ENOPROBE;
	if (addr % elf->isa->insn_align)
		return TL_EALIGN;
	if (elf_is_data(elf, addr))
		return TL_EDATA;
	error = boundary(elf, addr, v);
	if (!error)
		error = danger_at(elf->danger, addr, v->detail, sizeof v->detail);
	if (error)
		return error;
	error = steppable(elf, func, section, addr, &v->insn, &handler);
	if (handler)
		snprintf(v->detail, sizeof v->detail, handler == func ? "%s" : "called by %s",
		         elf_name(elf, handler));
	return error;
}

/* The nearest instruction of the same function that the decoder accepts. */
static void find_nearest(const struct elf *elf, uint64_t addr, struct verdict *v)
{
	const struct elf_symbol *func = elf_func_at(elf, addr), *handler;
	struct tl_insn insn;
	uint64_t best = UINT64_MAX, start, end;
	struct walk w;

	if (!elf_piece_at(elf, addr, &start, &end))
		return;
	walk_piece(&w, elf, start, end);
	while (walk_step(&w)) {
		uint64_t away = w.addr > addr ? w.addr - addr : addr - w.addr;

		if (w.data || away >= best ||
		    steppable(elf, func, w.section, w.addr, &insn, &handler))
			continue;
		best = away;
		v->nearest = w.addr;
		v->has_nearest = true;
	}
}

/* Functions that return twice, or read what lies behind the call, whatever their code looks
   like. */
static bool known_to_keep(const struct elf *elf, uint64_t addr)
{
	static const char *const names[] = {"setjmp",     "_setjmp",     "sigsetjmp", "__sigsetjmp",
	                                    "getcontext", "swapcontext", "vfork"};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (elf_named(elf, addr, names[i]))
			return true;
	return false;
}

/* May the return of the function at `addr` be hooked? By its name, and by all of its code. */
static unsigned judge_return(const struct elf *elf, uint64_t addr)
{
	const struct elf_section *section = elf_section_at(elf, addr);
	const struct elf_symbol *func = elf_func_at(elf, addr);
	uint64_t before = addr - section->addr, after = section->size - before;
	struct tl_text text = {.bytes = section->bytes + before, .addr = (uintptr_t)addr};

	if (func && func->addr + func->size - addr < after)
		after = func->addr + func->size - addr;
	text.after = (unsigned)(elf_next_mark(elf, addr, addr + after) - addr);
	if (!elf->isa->returns)
		return TL_ENOSUP;
	return known_to_keep(elf, addr) ? TL_ERETURN
	                                : (unsigned)-elf->isa->returns(elf->isa, &text);
}

void check_address(const struct elf *elf, uint64_t addr, bool at_return, struct verdict *v)
{
	*v = (struct verdict){0};
	v->error = judge(elf, addr, v);
	if (v->error && v->error != TL_ETEXT && v->error != E_NO_CODE && v->error != TL_ENOPROBE &&
	    v->error != TL_EPRIO)
		find_nearest(elf, addr, v);
	if (!v->error && at_return)
		v->error = judge_return(elf, addr);
}

int check_report(const struct elf *elf, const char *what, uint64_t addr, const struct verdict *v)
{
	fail(REFUSED, "%s (0x%08llx): %s%s%s%s", what, (unsigned long long)addr,
	     error_text(v->error), *v->detail ? " (" : "", v->detail, *v->detail ? ")" : "");
	hint("%s", error_hint(v->error));
	if (v->has_nearest) {
		char place[160];

		elf_describe(elf, v->nearest, place, sizeof place);
		hint("nearest that can be probed: %s (0x%08llx)", place,
		     (unsigned long long)v->nearest);
	}
	return REFUSED;
}
