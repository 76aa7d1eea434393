// A path of folders so deep that nobody can remove it by name.
// expect: memory_limit, runtime_error, time_limit
#include <sys/stat.h>
#include <unistd.h>
int main(void) {
    for (;;) {
        if (mkdir("laurel-hostile", 0700) || chdir("laurel-hostile")) return 1;
    }
}
