/* SPDX-License-Identifier: MIT */
/*
 * Included before each file of the agent by the build (arch.mk): a call is one instruction, not
 * the pair that reaches any address. All of the agent's functions lie in one section, tl_text, far
 * smaller than the 1 MiB that JAL reaches to either side; the linker refuses what does not reach.
 * The linker's own way to that, relaxation, would also address variables by gp.
 *
 * The assembler looks for macros before it looks for instructions: `call f`, `call t0, f`,
 * `tail f`.
 */
/* clang-format off */
#ifdef __ASSEMBLER__
	.macro	call to, function
	.ifb	\function
	jal	\to
	.else
	jal	\to, \function
	.endif
	.endm

	.macro	tail function
	j	\function
	.endm
#else
__asm__(".macro call to, function\n"
        "	.ifb \\function\n"
        "		jal \\to\n"
        "	.else\n"
        "		jal \\to, \\function\n"
        "	.endif\n"
        ".endm\n"
        ".macro tail function\n"
        "	j \\function\n"
        ".endm");
#endif
