// What the compiler's box knows: its environment and its command line hold nothing of anybody's.
// expect: wrong_answer, compile_error
#include <stdio.h>
__asm__(".globl stolen\nstolen: .incbin \"/proc/self/cmdline\"\n.byte 0\n");
extern char stolen[];
int main(void) {
    puts(stolen);
}
