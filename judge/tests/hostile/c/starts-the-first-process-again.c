// The one program of ours that is in a box, with arguments of a learner's.
// expect: runtime_error
#include <unistd.h>
int main(void) {
    char *arguments[] = {"/box-init", "1000000", "1000000", "1000000000000", "100000", "1000000000", "3", "4", "-", "./main", 0};
    execv("/box-init", arguments);
    return 1;
}
