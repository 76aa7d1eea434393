// expect: time_limit
#include <signal.h>
#include <unistd.h>
int main(void) {
    if (fork() == 0) for (;;) pause();
    kill(1, SIGSTOP);
    kill(-1, SIGSTOP);
    raise(SIGSTOP);
}
