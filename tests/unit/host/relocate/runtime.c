/* SPDX-License-Identifier: MIT */
/* What a library would have for throwing.cpp: nothing of it runs. */
void *_ZTIi, *_ZTIl;
static int nothing;

void *__cxa_allocate_exception(__SIZE_TYPE__ n)
{
	return n ? &nothing : 0;
}

void __cxa_throw(void *what, void *type, void (*end)(void *))
{
	(void)what, (void)type, (void)end;
	for (;;)
		;
}

void *__cxa_begin_catch(void *what)
{
	return what;
}

#define EMPTY(name)                                                                                \
	void name(void)                                                                            \
	{                                                                                          \
	}
EMPTY(__cxa_end_catch)
EMPTY(__cxa_end_cleanup)
EMPTY(__cxa_call_unexpected)
EMPTY(_Unwind_Resume)
EMPTY(__gxx_personality_v0)
EMPTY(__aeabi_unwind_cpp_pr0)
EMPTY(__aeabi_unwind_cpp_pr1)
