#ifndef C_PROCESS_GUARD_H
#define C_PROCESS_GUARD_H

#include <stddef.h>

/// The name, as the first of the arguments, under which a program runs as the guard of a command.
#define QF_GUARD_NAME "queueflow-exec-guard"

/// Runs a command that must neither outlive the process that wants it nor leave anything behind; returns only if the first argument is
/// not QF_GUARD_NAME.
///
/// The arguments after the name: the id of the process that wants the command, which must be the caller's parent; the user and group to
/// run as, two numbers with a colon between them, or "-" to run as the caller; the command's path; its arguments. The command gets the
/// caller's environment, directory and standard files. The caller then ends as the command did, by status or by signal; with 127 if it
/// cannot be started.
///
/// Whatever the command starts is adopted by the guard when its parent ends (it is a "child subreaper", prctl(2)), whatever sessions and
/// groups it has made for itself, and is killed once the command has ended, or two seconds after SIGTERM, or when the process that wants
/// it is gone (a pidfd tells), kill -9 included. Should the guard itself be killed, the kernel kills the command.
void qf_guard_if_called(int argument_count, char *const arguments[]);

/// Hides what this process was told from others of the same user; for the start of a program, while it has no other thread that reads
/// its environment.
///
/// `/proc/PID/environ` shows the memory that the kernel filled at the start: it is overwritten, and the variables are copied elsewhere,
/// but for the secret ones. The process is made "not dumpable" (prctl(2)): its memory, environment and descriptors are closed to
/// debuggers and to `/proc` unless they may trace any process. It writes no core file, either.
void qf_hide_process(const char *const secret_names[], size_t secret_count);

#endif
