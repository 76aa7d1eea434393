// expect: time_limit, memory_limit
#include <unistd.h>
int main(void) {
    for (;;) if (!fork()) _exit(0);
}
