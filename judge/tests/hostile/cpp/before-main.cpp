// A constructor that runs before anything of ours could.
// expect: time_limit
struct Early {
    Early() { for (volatile int i = 0;; i++); }
} early;
int main() {}
