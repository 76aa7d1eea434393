// An interval timer whose signals are taken and forgotten is no way to live longer.
// expect: time_limit
#include <signal.h>
#include <sys/time.h>
static void forget(int signal) {}
int main(void) {
    signal(SIGALRM, forget);
    struct itimerval often = {{0, 100}, {0, 100}};
    setitimer(ITIMER_REAL, &often, 0);
    for (;;);
}
