// expect: accepted
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>
int main(void) {
    static char block[4096];
    struct iovec here = {block, sizeof block}, there = {(void *)0x400000, sizeof block};
    int reached = ptrace(PTRACE_TRACEME, 0, 0, 0) == 0;
    for (int process = 1; process < 40000; process++) {
        if (process == getpid()) continue;
        reached += ptrace(PTRACE_ATTACH, process, 0, 0) == 0;
        reached += process_vm_readv(process, &here, 1, &there, 1, 0) > 0;
        reached += process_vm_writev(process, &here, 1, &there, 1, 0) > 0;
    }
    reached += syscall(SYS_pidfd_open, 1, 0) >= 0 || syscall(SYS_kcmp, 1, getpid(), 0, 0, 0) >= 0;
    puts(reached ? "reached" : "contained");
}
