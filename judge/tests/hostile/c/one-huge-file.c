// A hole is no memory, but the file is larger than a file may be.
// expect: runtime_error
#include <fcntl.h>
#include <unistd.h>
int main(void) {
    int file = open("laurel-hostile", O_CREAT | O_WRONLY, 0600);
    return ftruncate(file, 1L << 40);
}
