// expect: time_limit, memory_limit, runtime_error
#include <pthread.h>
static void *spin(void *nothing) {
    for (;;);
}
int main(void) {
    pthread_t thread;
    for (;;) pthread_create(&thread, 0, spin, 0);
}
