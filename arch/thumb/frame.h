/* SPDX-License-Identifier: MIT */
/*
 * Exception frames and struct thumb_regs as numbers, for C and assembly. isa.c asserts the offsets.
 *
 * Follows DDI 0403E B1.5.6 to B1.5.8 (entry, stack alignment, return), B3.2.21 (FPCCR), and DDI
 * 0553 B3.23 for Armv8-M.
 */
#ifndef THUMB_FRAME_H
#define THUMB_FRAME_H

/* May the core have an FPU, and frames with room for its registers? What is built for cores without
 * one need not ask. */
#if defined __ARM_ARCH_7EM__ || (defined __ARM_ARCH && __ARM_ARCH >= 8)
#define THUMB_FP 1
#else
#define THUMB_FP 0
#endif

/* Offsets into struct thumb_regs, and its size. */
#define THUMB_AT_R4         16
#define THUMB_AT_R8         32
#define THUMB_AT_R12        48
#define THUMB_AT_SP         52
#define THUMB_AT_LR         56
#define THUMB_AT_PC         60
#define THUMB_AT_XPSR       64
#define THUMB_AT_EXC_RETURN 68
#define THUMB_AT_FRAME      76
#define THUMB_REGS          80

/* A frame: r0-r3, r12, lr, pc, xPSR; extended, s0-s15, FPSCR and a word follow; with FPCCR.TS
 * (Armv8-M), s16-s31 too. Bytes. */
#define THUMB_FRAME       32
#define THUMB_FRAME_LR    20
#define THUMB_FRAME_PC    24
#define THUMB_FRAME_XPSR  28
#define THUMB_FRAME_FP    72
#define THUMB_FRAME_FP_TS 64

#define THUMB_EXC_RETURN_PSP   4
#define THUMB_EXC_RETURN_BASIC 16

#define THUMB_FPCCR        0xe000ef34
#define THUMB_FPCCR_LSPACT 1
#define THUMB_FPCCR_ASPEN  0x80000000
#define THUMB_FPCCR_TS_BIT 26
#define THUMB_FPCAR        0xe000ef38

/*
 * The trap keeps so much free between the frame and its own registers: on MSP the dispatcher's
 * registers and frame (tl_arch_dispatch) fit below the interrupted context without reaching them.
 * Padding included.
 */
#if THUMB_FP
#define THUMB_RESERVE 256
#else
#define THUMB_RESERVE 96
#endif

#endif
