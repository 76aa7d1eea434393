// What lies in a pipe is memory of the kernel; in 60 processes, half of which nobody may look into.
// expect: memory_limit
#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>
int main(void) {
    static char block[1 << 16];
    int child = 0;
    while (child < 60 && fork()) child++;
    if (child % 2) prctl(PR_SET_DUMPABLE, 0);
    for (int ends[2]; pipe2(ends, O_NONBLOCK) == 0;) write(ends[1], block, sizeof block);
    for (;;) pause();
}
