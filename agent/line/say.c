/* SPDX-License-Identifier: MIT */
/*
 * Why something was refused, in words: for `monitor check`, and on the console, since GDB shows no
 * reason of a stub's when it cannot insert a breakpoint or write memory.
 */
#include "arch.h"
#include "line/client.h"
#include "line/console.h"

#include "pack.h"

#if TL_GDB

/* One after another, in the order of their values; those of expressions only where there are, and
 * none of those that only native packets meet: they bring numbers. */
#define TEXT(value, text)                                                                          \
	__builtin_choose_expr((TL_BYTECODE || (value) < TL_EOPCODE || (value) > TL_EFORMAT) &&     \
	                              (TL_FLASH || (value) < TL_EPAGE || (value) > TL_EFLASH) &&   \
	                              ((value) < TL_EACTIVE || (value) > TL_ERING) &&              \
	                              (value) < TL_EIMAGE,                                         \
	                      text, "")
static const struct {
#define TL_ERROR(name, value, text, hint) char name[sizeof(TEXT(value, text))];
#include "errors.def"
#undef TL_ERROR
} texts = {
#define TL_ERROR(name, value, text, hint) TEXT(value, text),
#include "errors.def"
#undef TL_ERROR
};

enum {
	NO_ERROR,
#define TL_ERROR(name, value, text, hint) PLACE_##name,
#include "errors.def"
#undef TL_ERROR
};
#define TL_ERROR(name, value, text, hint) _Static_assert(PLACE_##name == (value), #name);
#include "errors.def"
#undef TL_ERROR

const char *tl_error_text(int err)
{
	const char *text = (const char *)&texts;

	while (++err)
		while (*text++)
			;
	return text;
}

static void say(const char *s)
{
	while (*s)
		tl_print(s++, 1);
}

void tl_say(const char *what, uintptr_t addr, const char *verdict, const char *why)
{
	char digits[2 * sizeof addr + 1];
	uintptr_t lock;

	if (!tl_debugged())
		return;
	digits[tl_put_hex((uint8_t *)digits, addr)] = 0;
	lock = tl_arch_lock();
	say("trapline: ");
	say(what);
	say(" at 0x");
	say(digits);
	say(verdict);
	say(why);
	say("\n");
	tl_arch_unlock(lock);
}

void tl_say_refused(const char *what, uintptr_t addr, int err)
{
	tl_say(what, addr, " refused: ", tl_error_text(err));
}

#endif
