/* SPDX-License-Identifier: MIT */
/*
 * Names of C++ and Rust, and what compilers put behind names: as linkers have them, as people read
 * and as people write them. Strings only; which symbols there are is lookup.h's.
 */
#ifndef HOST_NAMES_H
#define HOST_NAMES_H

#include <stdbool.h>
#include <stddef.h>

/* `drive::Motor::set(int)` of `_ZN5drive5Motor3setEi`, to be freed; NULL if the name is not
 * mangled. */
char *name_demangle(const char *symbol);

/*
 * What a compiler made of a function, from what stands behind its name (GCC: `.isra.0`, LLVM:
 * `.llvm.123`, demangled: ` [clone .part.0]`): the same under another name, a copy with other
 * arguments, or a piece of it.
 */
enum clone { CLONE_NONE, CLONE_RENAMED, CLONE_CHANGED, CLONE_PART };
enum clone name_clone(const char *shown);

/*
 * How well a name fits what was typed, 0 the best; NO_MATCH if it does not. Spaces do not count,
 * and what was typed may lack what stands at the end (clones, `const`, arguments), template
 * arguments, and the namespaces in front.
 */
enum { NO_MATCH = 100 };
unsigned name_match(const char *typed, const char *shown);
/* The name without clones and arguments, to be freed. */
char *name_bare(const char *shown);
/* Of a bare name, what stands behind the last ::. */
const char *name_last(const char *bare);
/* Does a glob fit the name, or the name without its arguments? */
bool name_fits(const char *glob, const char *shown);

/*
 * The length of a name at the start of `text`, in which spaces may stand within brackets, in
 * `operator new` and before `const`. Other white space ends it.
 */
size_t name_length(const char *text);

#endif
