/* SPDX-License-Identifier: MIT */
/*
 * The baud rate of a serial line, any that its driver can make: tty_ioctl(4), struct termios2. In a
 * file of its own, since the kernel's header and the C library's <termios.h> cannot be had
 * together.
 */
#include <asm/termbits.h>
#include <sys/ioctl.h>

#include "link/link.h"

bool tty_set_speed(int fd, unsigned baud, unsigned *real)
{
	struct termios2 t;

	if (ioctl(fd, TCGETS2, &t) < 0)
		return false;
	t.c_cflag &= ~(tcflag_t)(CBAUD | CBAUD << IBSHIFT);
	t.c_cflag |= BOTHER | BOTHER << IBSHIFT;
	t.c_ispeed = t.c_ospeed = baud;
	if (ioctl(fd, TCSETS2, &t) < 0 || ioctl(fd, TCGETS2, &t) < 0)
		return false;
	*real = t.c_ospeed;
	return true;
}
