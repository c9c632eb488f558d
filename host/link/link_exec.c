/* SPDX-License-Identifier: MIT */
/*
 * exec:COMMAND: a program's standard input and output as the line, for an emulator or ssh. It runs
 * in a process group of its own, so that Ctrl-C does not reach it before the probes are removed,
 * and is ended with the session.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "base/patience.h"
#include "base/say.h"
#include "link/link.h"

static void run_child(const char *command, int in, int out, pid_t parent)
{
	int null = open("/dev/null", O_WRONLY);

	setpgid(0, 0);
	signal(SIGPIPE, SIG_DFL);
	dup2(in, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	if (!say_verbose() && null >= 0)
		dup2(null, STDERR_FILENO);
	prctl(PR_SET_PDEATHSIG, SIGTERM); /* does not outlive us, even if we are killed */
	if (getppid() == parent)
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	_exit(127);
}

static int exec_open(struct link *l, const char *command, bool loud)
{
	int to[2], from[2];
	pid_t parent = getpid();

	(void)loud;
	if (!*command) {
		fail(USAGE, "exec: needs a command: exec:qemu-system-… -serial stdio");
		return USAGE;
	}
	if (pipe2(to, O_CLOEXEC) < 0)
		return fail(LINK, "cannot make a pipe: %s", strerror(errno));
	if (pipe2(from, O_CLOEXEC) < 0) {
		close(to[0]);
		close(to[1]);
		return fail(LINK, "cannot make a pipe: %s", strerror(errno));
	}
	l->child = fork();
	if (l->child == 0)
		run_child(command, to[0], from[1], parent);
	close(to[0]);
	close(from[1]);
	l->in = from[0];
	l->out = to[1];
	if (l->child < 0)
		return fail(LINK, "cannot start a process: %s", strerror(errno));
	setpgid(l->child, l->child); /* in both, so that neither has to wait for the other */
	interrupt_child(l->child);
	fcntl(l->in, F_SETFL, O_NONBLOCK);
	fcntl(l->out, F_SETFL, O_NONBLOCK);
	return DONE;
}

/* Has it ended within `ms`? */
static bool ended(struct link *l, unsigned ms)
{
	for (struct patience p = patience_begin(ms);; usleep(5000)) {
		if (waitpid(l->child, &l->exit_status, WNOHANG) != 0)
			return true;
		if (!patience_left(&p, "the program behind %s to end, then it is made to", l->port))
			return false;
	}
}

/* Asks it to end, then makes it; the group goes too, for what the shell started. */
static void exec_close(struct link *l)
{
	bool over;

	if (l->child <= 0)
		return;
	over = l->gone && ended(l, 200);
	if (!over) {
		kill(-l->child, SIGTERM);
		over = ended(l, 2000);
	}
	kill(-l->child, SIGKILL);
	if (!over)
		waitpid(l->child, &l->exit_status, 0);
	interrupt_child(0);
	l->child = 0;
}

static void exec_explain(const struct link *l)
{
	siginfo_t info = {0};

	/* Its end of the pipe may close a moment before it can be waited for. */
	for (int i = 0; i < 40 && !info.si_pid; i++, usleep(5000))
		if (waitid(P_PID, (id_t)l->child, &info, WEXITED | WNOWAIT | WNOHANG) < 0)
			break;
	if (!info.si_pid)
		fail(LINK, "the program behind %s closed its output", l->port);
	else if (info.si_code == CLD_EXITED)
		fail(LINK, "the program behind %s ended with status %d", l->port, info.si_status);
	else
		fail(LINK, "the program behind %s was ended by signal %d (%s)", l->port,
		     info.si_status, strsignal(info.si_status));
	if (info.si_code == CLD_EXITED && (info.si_status == 127 || info.si_status == 126))
		hint("the shell did not find such a program, or may not run it");
	if (!say_verbose())
		hint("run again with -v to see what it says");
}

const struct link_ops link_exec = {
        .prefix = "exec:",
        .form = "exec:COMMAND",
        .reopens = false,
        .open = exec_open,
        .close = exec_close,
        .explain = exec_explain,
        .silence =
                "the program runs and has written nothing: does it have the target's UART on its "
                "standard input and output (QEMU: -serial stdio)?"};
