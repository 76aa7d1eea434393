// expect: wrong_answer
#include <unistd.h>
int main(void) {
    write(1, "\xff\xfe\xc0\x80\xed\xa0\x80" "contained", 16);
}
