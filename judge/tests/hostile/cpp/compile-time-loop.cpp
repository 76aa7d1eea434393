// expect: compile_error
constexpr int forever() {
    for (int i = 0;; i++) if (i < 0) return i;
}
static_assert(forever() == 1);
int main() {}
