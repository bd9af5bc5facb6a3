// Only the kernel's interfaces: between fork and exec, and for a process of one thread that waits, there is no need for more.
#define _GNU_SOURCE
#include "CProcessGuard.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern char **environ;

static int is_named(const char *variable, const char *name) {
    const size_t length = strlen(name);
    return strncmp(variable, name, length) == 0 && variable[length] == '=';
}

static void move_environment(const char *const secret_names[], size_t secret_count) {
    char **const former = environ;
    size_t count = 0;
    while (former[count] != NULL) count++;
    char **const copy = calloc(count + 1, sizeof *copy);
    if (copy == NULL) return;
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        int is_secret = 0;
        for (size_t j = 0; j < secret_count; j++) is_secret |= is_named(former[i], secret_names[j]);
        if (!is_secret && (copy[kept] = strdup(former[i])) != NULL) kept++;
    }
    environ = copy;
    for (size_t i = 0; i < count; i++) {
        // Through volatile, so that writes to memory that nobody reads are not left out.
        for (volatile char *byte = former[i]; *byte != 0; byte++) *byte = 0;
    }
}

#ifdef __linux__

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

void qf_hide_process(const char *const secret_names[], size_t secret_count) {
    move_environment(secret_names, secret_count);
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

/// How long a command has to end by itself once it was asked to.
static const long long grace_milliseconds = 2000;
/// How often to look for the parent where the kernel has no pidfd_open (before Linux 5.3).
static const long long look_milliseconds = 100;

/// With one of these root reads the memory of a process that is closed to its user: root's commands are without. CAP_PERFMON (since
/// Linux 5.8) and CAP_SYS_ADMIN open `/proc/PID/environ` and `mem`; the last two lead there through the kernel.
static const unsigned long memory_capabilities[] = {
    CAP_SYS_PTRACE, CAP_SYS_ADMIN, 38 /* CAP_PERFMON */, 39 /* CAP_BPF */, CAP_SYS_RAWIO, CAP_SYS_MODULE,
};

struct account {
    int is_given;
    uid_t user;
    gid_t group;
};

static long long now_milliseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/// In the new process: becomes the command; writes the error's number if it cannot.
static void run_command(char *const command[], struct account account, pid_t guard, int report) {
    setsid();
    for (size_t i = 0; i < sizeof memory_capabilities / sizeof memory_capabilities[0]; i++)
        prctl(PR_CAPBSET_DROP, memory_capabilities[i], 0, 0, 0);
    if (account.is_given
        && (setgroups(1, &account.group) != 0 || setgid(account.group) != 0 || setuid(account.user) != 0)) goto failed;
    // After the change of account, which would take it back.
    if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0) != 0) goto failed;
    if (getppid() != guard) _exit(128 + SIGKILL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    execve(command[0], command, environ);
failed:;
    const int error = errno;
    ssize_t written = write(report, &error, sizeof error);
    (void)written;
    _exit(127);
}

/// The parent of a process; 0 if there is none of that id.
static pid_t parent_of(const char *pid) {
    char path[64], text[512];
    snprintf(path, sizeof path, "/proc/%.20s/stat", pid);
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return 0;
    const ssize_t length = read(file, text, sizeof text - 1);
    close(file);
    if (length <= 0) return 0;
    text[length] = 0;
    // The second field, the program's name in parentheses, may hold anything; the parent is the fourth.
    const char *name_end = strrchr(text, ')');
    char state;
    int parent;
    return name_end != NULL && sscanf(name_end + 1, " %c %d", &state, &parent) == 2 ? parent : 0;
}

/// Kills those of this process's children that it can find; whether it could look.
static int kill_children(void) {
    DIR *const processes = opendir("/proc");
    if (processes == NULL) return 0;
    const pid_t self = getpid();
    const struct dirent *entry;
    while ((entry = readdir(processes)) != NULL) {
        if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9' && parent_of(entry->d_name) == self)
            kill((pid_t)atol(entry->d_name), SIGKILL);
    }
    closedir(processes);
    return 1;
}

/// Kills all descendants. Only children of this very process are signalled, whose ids nobody else can have got; theirs are adopted when
/// they end, and come next.
static void kill_descendants(void) {
    while (kill_children()) {
        if (waitpid(-1, NULL, 0) < 0 && errno == ECHILD) return;
        while (waitpid(-1, NULL, WNOHANG) > 0) {}
    }
}

/// Ends this process as the command ended.
static void end_like(int status) {
    if (WIFEXITED(status)) _exit(WEXITSTATUS(status));
    const int number = WIFSIGNALED(status) ? WTERMSIG(status) : SIGKILL;
    const struct rlimit no_core = {0, 0};
    setrlimit(RLIMIT_CORE, &no_core);
    signal(number, SIG_DFL);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, number);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    raise(number);
    _exit(128 + number);
}

static void fail(const char *what, int error) {
    dprintf(STDERR_FILENO, "%s: %s\n", what, strerror(error));
    _exit(127);
}

/// Lets go of the standard files, whose other ends wait for all of their writers to have gone.
static void release_standard_files(void) {
    const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (null < 0) return;
    for (int file = 0; file <= 2; file++) dup2(null, file);
    close(null);
}

static void guard(pid_t parent, struct account account, char *const command[]) {
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0) fail("PR_SET_CHILD_SUBREAPER", errno);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigprocmask(SIG_SETMASK, &set, NULL);
    const int signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (signals < 0) fail("signalfd", errno);
    const int parent_end = (int)syscall(SYS_pidfd_open, parent, 0);
    // Opened first and compared after: a parent that has gone is not taken for another process with its id.
    if (getppid() != parent) _exit(128 + SIGKILL);
    int report[2];
    if (pipe2(report, O_CLOEXEC) != 0) fail("pipe", errno);

    const pid_t self = getpid();
    const pid_t child = fork();
    if (child < 0) fail("fork", errno);
    if (child == 0) run_command(command, account, self, report[1]);
    close(report[1]);
    int error = 0;
    ssize_t length;
    do length = read(report[0], &error, sizeof error); while (length < 0 && errno == EINTR);
    if (length == sizeof error) {
        waitpid(child, NULL, 0);
        fail(command[0], error);
    }
    close(report[0]);
    release_standard_files();

    long long deadline = -1;
    int status = SIGKILL;
    for (;;) {
        long long wait = parent_end < 0 ? look_milliseconds : -1;
        if (deadline >= 0) {
            const long long left = deadline - now_milliseconds();
            if (left <= 0) break;
            if (wait < 0 || left < wait) wait = left;
        }
        struct pollfd files[2] = {{signals, POLLIN, 0}, {parent_end, POLLIN, 0}};
        poll(files, parent_end < 0 ? 1 : 2, (int)wait);
        if (files[1].revents != 0 || getppid() != parent) break;
        struct signalfd_siginfo signal;
        while (read(signals, &signal, sizeof signal) == sizeof signal) {
            if (signal.ssi_signo == SIGCHLD || deadline >= 0) continue;
            deadline = now_milliseconds() + grace_milliseconds;
            kill(-child, SIGTERM);
        }
        int ended, has_ended = 0;
        pid_t reaped;
        while ((reaped = waitpid(-1, &ended, WNOHANG)) > 0) {
            if (reaped != child) continue;
            status = ended;
            has_ended = 1;
        }
        if (has_ended) break;
    }
    kill_descendants();
    end_like(status);
}

void qf_guard_if_called(int argument_count, char *const arguments[]) {
    if (argument_count < 1 || strcmp(arguments[0], QF_GUARD_NAME) != 0) return;
    struct account account = {0, 0, 0};
    if (argument_count < 4) fail("the guard is called as PARENT USER:GROUP COMMAND ARGUMENT...", EINVAL);
    if (strcmp(arguments[2], "-") != 0) {
        unsigned int user, group;
        if (sscanf(arguments[2], "%u:%u", &user, &group) != 2) fail(arguments[2], EINVAL);
        account = (struct account){1, user, group};
    }
    guard((pid_t)atol(arguments[1]), account, arguments + 3);
}

#else

void qf_hide_process(const char *const secret_names[], size_t secret_count) {
    move_environment(secret_names, secret_count);
}

void qf_guard_if_called(int argument_count, char *const arguments[]) {
    if (argument_count < 1 || strcmp(arguments[0], QF_GUARD_NAME) != 0) return;
    fputs("commands of jobs run on Linux only\n", stderr);
    _exit(127);
}

#endif
