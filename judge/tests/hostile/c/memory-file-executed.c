// A program that was never in a file system.
// expect: accepted
#define _GNU_SOURCE
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
int main(void) {
    int file = memfd_create("laurel-hostile", 0);
    char *nothing[] = {0};
    if (file >= 0) syscall(SYS_execveat, file, "", nothing, nothing, 0x1000);
    puts(file < 0 && syscall(447, 0) < 0 ? "contained" : "made");
}
