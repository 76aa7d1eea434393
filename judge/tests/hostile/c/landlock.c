// The layer below cannot be asked or used.
// expect: accepted
#include <stdio.h>
#include <unistd.h>
int main(void) {
    puts(syscall(444, 0, 0, 1) >= 0 || syscall(445, 0, 0, 0, 0) >= 0 || syscall(446, 0, 0) >= 0 ? "reached" : "contained");
}
