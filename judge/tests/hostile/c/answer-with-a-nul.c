// expect: wrong_answer
#include <unistd.h>
int main(void) {
    write(1, "contained\0\n", 11);
}
