// 2^40 tokens.
// expect: compile_error
#define A(x) x x x x x x x x x x x x x x x x
#define B(x) A(A(x))
#define C(x) B(B(x))
#define D(x) C(C(x))
#define E(x) D(D(x))
int main(void) { return 0 E(+ 1); }
