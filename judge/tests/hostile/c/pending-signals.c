// Blocked signals are kept by the kernel, one by one.
// expect: accepted
#include <signal.h>
#include <stdio.h>
#include <unistd.h>
int main(void) {
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, 0);
    union sigval value = {0};
    int queued = 0;
    while (queued < 100000 && sigqueue(getpid(), SIGRTMIN, value) == 0) queued++;
    puts(queued < 100000 ? "contained" : "endless");
}
