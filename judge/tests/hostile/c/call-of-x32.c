// The same calls under other numbers.
// expect: accepted
#include <stdio.h>
#include <unistd.h>
int main(void) {
    for (long call = 0; call < 548; call++)
        if (syscall(0x40000000 + call, 0, 0, 0, 0, 0, 0) >= 0) return printf("call %ld\n", call), 0;
    puts("contained");
}
