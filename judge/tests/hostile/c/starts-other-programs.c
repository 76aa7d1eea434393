// A compiled program's box holds no other program to start.
// expect: accepted
#include <stdio.h>
#include <unistd.h>
int main(void) {
    const char *programs[] = {"/bin/sh", "/bin/bash", "/usr/bin/env", "/usr/bin/gcc", "/usr/bin/python3", "/usr/bin/bwrap",
        "/usr/bin/su", "/usr/bin/sudo", "/usr/bin/newuidmap", "/usr/bin/mount"};
    for (unsigned i = 0; i < sizeof programs / sizeof *programs; i++) {
        char *arguments[] = {(char *)programs[i], 0};
        execv(programs[i], arguments);
    }
    puts("contained");
}
