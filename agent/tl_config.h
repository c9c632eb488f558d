/* SPDX-License-Identifier: MIT */
/*
 * Every size and feature of the agent. Override with -D when building it, or by a set of them that
 * has a name (profiles); the library's users see the values it was built with.
 */
#ifndef TL_CONFIG_H
#define TL_CONFIG_H

/* Probed addresses at once. Each costs 34 to 36 bytes of RAM on a 32-bit target, and a slot. 1 to
 * 4096. */
#ifndef TL_POINTS
#define TL_POINTS 64
#endif

/* No setting: the type of a point's index + 1. Some are behind those. */
#if TL_POINTS > 220
#define TL_POINT_INDEX uint16_t
#else
#define TL_POINT_INDEX uint8_t
#endif

/*
 * 0: a thin agent, which decodes nothing: hosts do, from the ELF, and send each probe with its
 * slot, which is code. So it is for lines that are trusted. It has native probes at places whose
 * instruction a slot can run, and neither GDB, nor return probes, nor kprobes from C.
 */
#ifndef TL_DECODE
#define TL_DECODE 1
#endif

/* 0: who is on the line may look, and change nothing but its own probes: no memory is written. So
 * there can be neither GDB nor, since what it is sent is code, a thin agent. */
#ifndef TL_TRUST_LINE
#define TL_TRUST_LINE 1
#endif

/*
 * Comparators of the core that points may have, where text does not take a breakpoint: in flash and
 * ROM. Each costs 8 bytes of RAM. 0 leaves them out; 1 to 127. On RISC-V watchpoints have them as
 * well, and they are 8.
 */
#ifndef TL_COMPARATORS
#define TL_COMPARATORS (TL_DECODE ? 8 : 0)
#endif

/*
 * Watches: variables whose accesses are probed, where the core has comparators of data addresses
 * (RISC-V triggers, which comparators of points and GDB's watchpoints have as well; AArch64's
 * debug registers). Each costs 56 bytes of RAM on a 32-bit target, and a slot together. 0 leaves
 * them out, as on Cortex-M, where nothing serves them yet; 1 to 32. On RISC-V and AArch64 GDB
 * (TL_GDB) needs 1 at least: by them the agent passes over what it accesses itself of that which
 * GDB watches.
 */
#ifndef TL_WATCHES
#if defined __riscv || defined __aarch64__
#define TL_WATCHES (TL_DECODE ? 4 : 0)
#else
#define TL_WATCHES 0
#endif
#endif

/*
 * 1: text that is mapped without the right to write is written by a function of the firmware's
 * (tl_port.write_text), as kernels have it under paging. 0 leaves that out: it is for cores without
 * pages.
 */
#ifndef TL_WRITE_TEXT
#if TL_RISCV_SUPERVISOR || defined __aarch64__
#define TL_WRITE_TEXT 1
#else
#define TL_WRITE_TEXT 0
#endif
#endif

/*
 * 1: pages of flash can be written with breakpoints, for probes of hosts that ask for it, where the
 * firmware gives a driver (tl_port.flash). 0 leaves that out. It wears the flash: so it is for
 * lines that are trusted.
 */
#ifndef TL_FLASH
#define TL_FLASH 0
#endif

/*
 * Pieces of code, each without a gap, that the agent remembers of what tl_port.ticks runs and of
 * what runs where no trap is possible. If ticks takes more, snapshots are taken outside of traps,
 * which takes longer. Each costs two words of RAM. 4 to 255.
 */
#ifndef TL_GUARD
#define TL_GUARD 32
#endif

/* Probes that hosts may add; several may share a point. Each costs 76 bytes of RAM on a 32-bit
 * target, and its name. 1 to 255. */
#ifndef TL_PROBES
#define TL_PROBES 96
#endif

/* Bytes kept of the name that a host gives to a probe. 0 to 64. */
#ifndef TL_NAME
#define TL_NAME 16
#endif

/* Bytes of hosts' fetch programs, which say what their probes record and when, each with 4 bytes
 * more. 0 leaves them out, and samplers; else 16 to 32768. */
#ifndef TL_FETCH
#define TL_FETCH (TL_DECODE ? 512 : 0)
#endif

/* Ranges of memory that fetch programs may read. Each costs four words of RAM. 1 to 64. */
#ifndef TL_WINDOWS
#define TL_WINDOWS 8
#endif

/*
 * Bytes kept of the stacks that hosts' probes record last, together, so that the next is sent as
 * the difference: 64 to 32768. 0 leaves stacks out. They need TL_FETCH, whose windows say what
 * memory is there.
 */
#ifndef TL_STACK
#define TL_STACK (TL_FETCH ? 1024 : 0)
#endif

/* Bytes of the ring between traps and the line: a power of two, 128 to 32768. A snapshot takes 80
 * bytes on Cortex-M. */
#ifndef TL_RING_SIZE
#define TL_RING_SIZE 4096
#endif

/* Bytes of the packet buffer, frame included: the longest command accepted and the longest answer.
 * 128 to 16384. */
#ifndef TL_PACKET_SIZE
#define TL_PACKET_SIZE 1024
#endif

/* Bytes of a frame of the stream. Longer ones cost less a record and more when lost. 128 to 1024,
   and room for the ISA's longest record (Cortex-M: 125, RV32: 205, RV64: 370, AArch64: 390;
   with TL_STACK 9 more). */
#ifndef TL_FRAME_SIZE
#if UINTPTR_MAX > UINT32_MAX
#define TL_FRAME_SIZE 512
#else
#define TL_FRAME_SIZE 256
#endif
#endif

/* Probes whose records are delta-coded at a time; further ones restart from a key. 76 bytes each on
 * Cortex-M. 1 to 255. */
#ifndef TL_DELTAS
#define TL_DELTAS 16
#endif

/* Frames between key frames, where a listener can join and a loss ends. 1 to 127. */
#ifndef TL_KEY_INTERVAL
#define TL_KEY_INTERVAL 64
#endif

/* Bytes of console text waiting for the line, and of input waiting for the firmware. Powers of two
 * to 32768. */
#ifndef TL_CONSOLE_OUT
#define TL_CONSOLE_OUT 256
#endif
#ifndef TL_CONSOLE_IN
#define TL_CONSOLE_IN 64
#endif

/* C handlers that run at a time, preempting each other or in different tasks; more hits than that
 * count as missed. 1 to 64. */
#ifndef TL_DISPATCHES
#define TL_DISPATCHES 8
#endif

/* Return probes, and records of returns: 1, or 0 to leave them out; then none is accepted, from C,
 * from a host or from GDB (`monitor return`). */
#ifndef TL_RETURN
#define TL_RETURN TL_DECODE
#endif

/*
 * Calls under way, of all return probes together, whose return is hooked. Each costs 20 bytes of
 * RAM and its data on a 32-bit target. 1 to 128, a power of two.
 */
#ifndef TL_RETURNS
#define TL_RETURNS 64
#endif

/* Of one return probe, if it does not say otherwise. 1 to TL_RETURNS. */
#ifndef TL_RETURN_ACTIVE
#define TL_RETURN_ACTIVE 16
#endif

/* Bytes of data that handlers may keep from a call's entry to its return. 1 to 4096; rounded up to
 * a word. */
#ifndef TL_RETURN_DATA
#define TL_RETURN_DATA (3 * sizeof(void *))
#endif

/*
 * Bytes of stack below a running C handler within which a hit on a task's stack counts as caused by
 * the handler itself. Cortex-M: on PSP; in interrupt handlers and on MSP the exception number
 * tells, and this is not used. RISC-V, AArch64: everywhere; also so near to where tl_init() was
 * called is base level.
 */
#ifndef TL_HANDLER_STACK
#define TL_HANDLER_STACK (256 * sizeof(uintptr_t))
#endif

/* 1: firmware can have callbacks for events of probes (tl_register_event_callback()). 0 leaves them
 * out. */
#ifndef TL_EVENTS
#define TL_EVENTS TL_DECODE
#endif

/*
 * Images, programs that the firmware loads (tl_image_loaded()): names of those that are there, or
 * that a probe waits for. Each costs 24 bytes of RAM on a 32-bit target, and each probe of a host
 * 20. 0 to 64; 0 leaves it out.
 */
#ifndef TL_IMAGES
#define TL_IMAGES 0
#endif

/* Milliseconds without a packet after which a host counts as gone, if it does not say otherwise.
 * 100 to 600000. */
#ifndef TL_LEASE_MS
#define TL_LEASE_MS 10000
#endif

/*
 * The share of time, in percent, that probes may take while the firmware does not poll: what takes
 * more is switched off, in the trap (tl_set_budget()). It is looked at when tl_poll() has not run
 * for a 128th of a second, or 8192 ticks if that is longer. Costs 800 bytes of flash, and four
 * instructions a hit. 0 to 100; 0 leaves it out, 100 is without a limit as long as nobody sets one.
 */
#ifndef TL_BUDGET
#define TL_BUDGET 0
#endif

/* GDB's agent expressions: 1, or 0 to leave them out; then none is accepted. */
#ifndef TL_BYTECODE
#define TL_BYTECODE 1
#endif

/* Bytes of an expression, the formats in it included. 16 to 65535. */
#ifndef TL_BYTECODE_SIZE
#define TL_BYTECODE_SIZE 256
#endif

/* Values on an expression's stack; 8 bytes of stack each where it runs. GDB takes few, and one for
   each value printed. 4 to 120. */
#ifndef TL_BYTECODE_STACK
#define TL_BYTECODE_STACK 16
#endif

/* Instructions that an expression runs at most, and bytes of strings that it searches. 16 to
   65535. */
#ifndef TL_BYTECODE_STEPS
#define TL_BYTECODE_STEPS 1000
#endif

/* Bytes of a string that %s prints at most. 1 to 1000. */
#ifndef TL_FORMAT_STRING
#define TL_FORMAT_STRING 200
#endif

/* Trace state variables. Each costs 24 bytes of RAM. 1 to 255. */
#ifndef TL_TVARS
#define TL_TVARS 8
#endif

/* GDB: breakpoints, halting, stepping. 0 leaves it out; a native host then still has memory and
 * registers. */
#ifndef TL_GDB
#define TL_GDB TL_DECODE
#endif

/* No setting: slots for its steps where no probe is. Two, since what is being stepped may be
   interrupted by what is stepped, too. */
#define TL_STEPS (TL_GDB ? 2 : 0)

/* No setting: with the one in which what a watch has seen is stepped. */
#define TL_SLOTS (TL_POINTS + TL_STEPS + (TL_WATCHES ? 1 : 0))

/* Bytes of what GDB gives the agent to keep: conditions and commands of breakpoints, actions and
   sources of tracepoints, each with 4 bytes more. 64 to 32768. */
#ifndef TL_NOTES
#define TL_NOTES 1024
#endif

/* Bytes of text that breakpoints have printed (dprintf), waiting for the line: a power of two, 16
 * to 32768. */
#ifndef TL_PRINT_SIZE
#define TL_PRINT_SIZE 256
#endif

/* Tracepoints: 1, or 0 to leave them out; they need TL_GDB. */
#ifndef TL_TRACE
#define TL_TRACE TL_GDB
#endif

/* Tracepoints that GDB may define. Each costs 64 bytes of RAM on a 32-bit target and, while a trace
 * runs, a point. 1 to 64. */
#ifndef TL_TRACEPOINTS
#define TL_TRACEPOINTS 16
#endif

/* Bytes of the buffer of trace frames. 256 to 1048576. */
#ifndef TL_TRACE_SIZE
#define TL_TRACE_SIZE 4096
#endif

/* Breakpoints that GDB may set. Each costs 48 bytes of RAM on a 32-bit target, and a point. 1
 * to 64. */
#ifndef TL_BREAKS
#define TL_BREAKS 24
#endif

/* Bytes of the stack on which a halted context serves GDB, so that it needs none of its own. 512 to
 * 16384. */
#ifndef TL_HALT_STACK
#define TL_HALT_STACK (256 * sizeof(uintptr_t))
#endif

/* Bytes of a slot; at least what the ISA needs, and a multiple of 4. */
#ifndef TL_SLOT_SIZE
#ifdef __arm__
#define TL_SLOT_SIZE 20
#else
#define TL_SLOT_SIZE 16
#endif
#endif

#endif
