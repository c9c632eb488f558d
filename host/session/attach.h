/* SPDX-License-Identifier: MIT */
/*
 * What most commands begin with: the ELF, the session, and the proof that the two belong together.
 */
#ifndef HOST_ATTACH_H
#define HOST_ATTACH_H

#include "program/elf.h"
#include "session/options.h"
#include "session/session.h"

struct attached {
	struct elf *elf;        /* NULL: none given */
	struct session session; /* when `online` */
	bool online;
};

/* ANY_ELF: they need not belong together. IF_SAME: an ELF that is not the target's is left
   aside. */
enum { WANT_ELF = 1, WANT_PORT = 2, MAY_ELF = 4, MAY_PORT = 8, ANY_ELF = 16, IF_SAME = 32 };

/* Opens what is wanted, and what may be if it was given. 0 or an exit status after saying why. */
int attach(struct attached *, const struct options *, unsigned want);
void detach(struct attached *);
/* That there is none, as error and hints. USAGE. */
int no_port(void);
int no_elf(void);

/* ELF and target compared, by build-id or by text. 0, or SYMBOL after saying why; --force makes it
 * a warning. */
int same_firmware(struct attached *, const struct options *);
/* "board  NAME (ISA)  build-id 3f2a…c1 matches fw.elf"; to be freed. */
char *board_line(const struct attached *);

#endif
