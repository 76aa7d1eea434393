// expect: output_limit
#include <unistd.h>
int main(void) {
    static char block[4096];
    for (;;) write(2, block, sizeof block);
}
