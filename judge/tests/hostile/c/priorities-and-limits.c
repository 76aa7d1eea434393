// expect: accepted
#define _GNU_SOURCE
#include <sched.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
int main(void) {
    int raised = setpriority(PRIO_PROCESS, 0, -20) == 0;
    struct sched_param most = {99};
    raised += sched_setscheduler(0, SCHED_FIFO, &most) == 0;
    raised += syscall(SYS_ioprio_set, 1, 0, 1 << 13) == 0;
    for (int kind = 0; kind < 16; kind++) {
        struct rlimit limit, more;
        if (getrlimit(kind, &limit) || limit.rlim_max == RLIM_INFINITY) continue;
        more.rlim_cur = more.rlim_max = limit.rlim_max + 1;
        raised += setrlimit(kind, &more) == 0;
        raised += prlimit(1, kind, &more, 0) == 0;
    }
    puts(raised ? "raised" : "contained");
}
