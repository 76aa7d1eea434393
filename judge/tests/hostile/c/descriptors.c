// expect: accepted
#include <stdio.h>
#include <unistd.h>
int main(void) {
    int count = 0;
    while (dup(0) >= 0) count++;
    close(5);
    puts(count <= 64 ? "contained" : "many");
}
