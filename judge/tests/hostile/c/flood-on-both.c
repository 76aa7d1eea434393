// Neither stream alone is over the limit.
// expect: output_limit
#include <unistd.h>
int main(void) {
    static char block[40 << 10];
    write(1, block, sizeof block);
    write(2, block, sizeof block);
    for (;;) pause();
}
