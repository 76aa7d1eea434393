// The kernel adds the CPU time of such children to nobody's. Each is shorter than anybody looks.
// expect: time_limit
#include <signal.h>
#include <time.h>
#include <unistd.h>
int main(void) {
    struct sigaction action = {.sa_handler = SIG_DFL, .sa_flags = SA_NOCLDWAIT};
    sigaction(SIGCHLD, &action, 0);
    for (;;) {
        if (fork()) {
            usleep(1000);
            continue;
        }
        struct timespec used;
        do clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
        while (used.tv_nsec < 3000000);
        _exit(0);
    }
}
