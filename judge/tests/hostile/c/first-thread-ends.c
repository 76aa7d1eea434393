// A process whose first thread has ended shows no resident size, while its other threads fill memory.
// expect: memory_limit
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
static void *fill(void *nothing) {
    usleep(20000);
    for (int i = 0; i < 40; i++) {
        char *block = malloc(16 << 20);
        if (block) memset(block, 1, 16 << 20);
    }
    for (;;) sleep(1);
    return nothing;
}
int main(void) {
    pthread_t thread;
    pthread_create(&thread, 0, fill, 0);
    pthread_exit(0);
}
