// expect: time_limit, memory_limit, runtime_error, wrong_answer
#include <unistd.h>
int main(int count, char **arguments) {
    for (;;) {
        if (fork() == 0) execv("/proc/self/exe", arguments);
    }
}
