// expect: time_limit, runtime_error
#include <signal.h>
#include <unistd.h>
int main(void) {
    kill(1, SIGKILL);
    kill(-1, SIGKILL);
    for (;;) pause();
}
