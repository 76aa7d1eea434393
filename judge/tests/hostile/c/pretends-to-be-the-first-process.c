// Writes the report that the first process would write, wherever it can.
// expect: wrong_answer
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
int main(void) {
    const char report[] = "ready 7\nexited 0 1 1\n";
    for (int end = 0; end < 64; end++) {
        char path[64];
        sprintf(path, "/proc/1/fd/%d", end);
        int opened = open(path, O_WRONLY);
        write(opened >= 0 ? opened : end, report, sizeof report - 1);
    }
    return 0;
}
