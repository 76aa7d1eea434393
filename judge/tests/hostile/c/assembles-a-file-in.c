// expect: compile_error
#include <stdio.h>
__asm__(".globl stolen\nstolen: .incbin \"/etc/passwd\"\n.byte 0\n");
extern char stolen[];
int main(void) {
    puts(stolen);
}
