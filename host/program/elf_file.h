/* SPDX-License-Identifier: MIT */
/*
 * One ELF file, opened with libelf and found fit: the linker's output for a machine that this tool
 * knows, whole, and with it the file that its symbols are in, if that is another one (objcopy
 * --only-keep-debug, .gnu_debuglink, build-id).
 */
#ifndef HOST_ELF_FILE_H
#define HOST_ELF_FILE_H

#include <libelf.h>
#include <stdbool.h>
#include <stdint.h>

#include "isa.h"
#include "program/relocate.h"

enum { BUILD_ID_MAX = 64, SEGMENTS_MAX = 16, IMAGE_NAME = 15 /* characters */ };

/* A file that is asked for. */
struct elf_input {
	const char *path;
	const char *image; /* NULL: the firmware's; else the program's name on the target, and: */
	bool there;        /* it is loaded, and its segments are where these say; */
	bool offline;      /* or nobody knows, and it may be where it was linked for */
	struct elf_segment segments[SEGMENTS_MAX];
	size_t nsegments;
};

struct elf_file {
	const char *path;
	const char *name;  /* path without its folders */
	const char *image; /* of a program that the firmware loads; NULL: it is the firmware's */
	bool there;        /* of such: it was loaded when it was opened, where its segments say; */
	bool gone;         /* and is not there any more: its addresses tell nothing */
	/* of such: where its addresses are here; not loaded: where nothing else is */
	struct elf_segment segments[SEGMENTS_MAX];
	size_t nsegments;
	const struct tl_isa *isa;
	uint8_t build_id[BUILD_ID_MAX];
	unsigned build_id_len; /* 0: none */
	bool symbols, lines;   /* are in this file */
	unsigned float_bytes;  /* of the longest float that is passed in a register of the FPU; 0:
	                          none is */
	bool hollow; /* names without code: the bytes are in another file, or on the target only */
	Elf *elf;
	int fd;
	struct elf_file *debug; /* where the symbols and lines are; NULL: here */
	char *found;            /* the path of a debug file that was looked for */
};

/* Opens a file, and looks for its debug file, which is `debug` if that is not NULL. A program's
 * addresses are as `input` says, or as it was linked. 0, or SYMBOL after saying why. */
int elf_file_open(struct elf_file *, const struct elf_input *input, const char *debug);
/* The addresses that a file is linked for: `*n` segments that are loaded, up to SEGMENTS_MAX, each
 * where it was linked. 0, or SYMBOL after saying why. */
int elf_file_segments(const struct elf_file *, struct elf_segment to[SEGMENTS_MAX], size_t *n);
void elf_file_close(struct elf_file *);
/* By their build-ids. */
bool elf_file_same_build(const struct elf_file *, const struct elf_file *);

#endif
