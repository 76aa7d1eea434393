// expect: time_limit
#include <signal.h>
int main(void) {
    raise(SIGSTOP);
}
