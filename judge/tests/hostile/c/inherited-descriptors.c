// Only standard input, output and error are open: nothing of the judge's, of bubblewrap's or of the first process's.
// expect: accepted
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
int main(void) {
    int leaked = 0;
    for (int end = 3; end < 4096; end++) {
        leaked += fcntl(end, F_GETFD) >= 0;
        if (write(end, "exited 0 1 1\n", 13) >= 0) leaked++;
    }
    puts(leaked ? "leaked" : "contained");
}
