// expect: accepted
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>
int main(void) {
    char parameters[120] = {0};
    int reached = syscall(425, 8, parameters) >= 0 || syscall(426, 0, 0, 0, 0, 0, 0) >= 0 || syscall(427, 0, 0, 0, 0) >= 0;
    puts(reached ? "reached" : "contained");
}
