// Asks the kernel to stop every counter of its own, then burns in children nobody waits for.
// expect: time_limit
#include <signal.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>
int main(void) {
    signal(SIGCHLD, SIG_IGN);
    prctl(PR_TASK_PERF_EVENTS_DISABLE, 0, 0, 0, 0);
    for (;;) {
        if (fork()) {
            usleep(1000);
            continue;
        }
        prctl(PR_TASK_PERF_EVENTS_DISABLE, 0, 0, 0, 0);
        struct timespec used;
        do clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
        while (used.tv_nsec < 3000000);
        _exit(0);
    }
}
