// expect: time_limit
#include <unistd.h>
int main(void) {
    for (int end = 0; end < 64; end++) close(end);
    for (;;);
}
