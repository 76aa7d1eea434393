// expect: accepted
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>
int main(void) {
    int reached = syscall(SYS_add_key, "user", "laurel-hostile", "x", 1, -3) >= 0;
    reached += syscall(SYS_request_key, "user", "laurel", 0, 0) >= 0;
    for (int operation = 0; operation < 33; operation++) reached += syscall(SYS_keyctl, operation, -3, 0, 0, 0) >= 0;
    puts(reached ? "reached" : "contained");
}
