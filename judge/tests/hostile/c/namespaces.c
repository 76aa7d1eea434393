// expect: accepted
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>
int main(void) {
    int flags[] = {CLONE_NEWUSER, CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWNET, CLONE_NEWIPC, CLONE_NEWUTS, CLONE_NEWCGROUP, 0x80};
    const char *names[] = {"user", "mnt", "pid", "net", "ipc", "uts", "cgroup", "time"};
    for (int i = 0; i < 8; i++) {
        if (unshare(flags[i]) == 0 || unshare(flags[i] | CLONE_NEWUSER) == 0) return printf("unshared %s\n", names[i]), 0;
        if (flags[i] != 0x80) {
            long child = syscall(SYS_clone, (long)flags[i] | SIGCHLD, 0, 0, 0, 0);
            if (child == 0) _exit(0);
            if (child > 0) return printf("cloned %s\n", names[i]), 0;
        }
        char path[64];
        sprintf(path, "/proc/1/ns/%s", names[i]);
        if (setns(open(path, O_RDONLY), 0) == 0) return printf("entered %s\n", names[i]), 0;
    }
    unsigned long arguments[11] = {CLONE_NEWUSER};
    if (syscall(435, arguments, sizeof arguments) >= 0) return puts("clone3"), 0;
    puts("contained");
}
