// Pipes are the kernel's memory: their size cannot be raised.
// expect: accepted
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
int main(void) {
    int ends[2], raised = 0;
    static char block[1 << 16];
    while (pipe(ends) == 0) {
        raised += fcntl(ends[1], F_SETPIPE_SZ, 1 << 20) > 0;
        fcntl(ends[1], F_SETFL, O_NONBLOCK);
        while (write(ends[1], block, sizeof block) > 0);
    }
    puts(raised ? "raised" : "contained");
}
