// expect: time_limit, memory_limit
#include <unistd.h>
int main(void) {
    for (;;) fork();
}
