/* SPDX-License-Identifier: MIT */
/*
 * What newlib asks of the board: output through the agent's line, a heap, and nothing else.
 */
#include <errno.h>
#include <stddef.h>
#include <sys/stat.h>

#include "trapline.h"

int _write(int file, const char *text, int n);
int _write(int file, const char *text, int n)
{
	(void)file;
	for (int done = 0; done < n;) {
		done += tl_console_write(text + done, n - done);
		if (done < n)
			tl_poll();
	}
	return n;
}

void *_sbrk(ptrdiff_t by);
void *_sbrk(ptrdiff_t by)
{
	extern char end[];
	static char *brk = end;
	char *was = brk;

	brk += by;
	return was;
}

int _fstat(int file, struct stat *st);
int _fstat(int file, struct stat *st)
{
	(void)file;
	st->st_mode = S_IFCHR;
	return 0;
}

int _isatty(int file);
int _isatty(int file)
{
	(void)file;
	return 1;
}

/* There are no files and no processes: nothing calls these with effect. */
static int unsupported(void)
{
	errno = ENOSYS;
	return -1;
}

int _read(int file, char *to, int n);
int _read(int file, char *to, int n)
{
	(void)file, (void)to, (void)n;
	return unsupported();
}

int _close(int file);
int _close(int file)
{
	(void)file;
	return unsupported();
}

int _lseek(int file, int to, int whence);
int _lseek(int file, int to, int whence)
{
	(void)file, (void)to, (void)whence;
	return unsupported();
}

int _getpid(void);
int _getpid(void)
{
	return 1;
}

int _kill(int process, int signal);
int _kill(int process, int signal)
{
	(void)process, (void)signal;
	return unsupported();
}

void _exit(int status);
void _exit(int status)
{
	(void)status;
	for (;;)
		tl_poll();
}
