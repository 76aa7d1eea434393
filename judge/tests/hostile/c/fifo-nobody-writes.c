// expect: time_limit
#include <fcntl.h>
#include <sys/stat.h>
int main(void) {
    mkfifo("laurel-hostile", 0600);
    return open("laurel-hostile", O_RDONLY);
}
