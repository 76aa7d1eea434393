// Every instance needs two more.
// expect: compile_error
template <unsigned long N, unsigned long M> struct Tree {
    char name[1 + N];
    Tree<N + 1, 2 * M> left;
    Tree<N + 1, 2 * M + 1> right;
};
int main() {
    return sizeof(Tree<1, 1>);
}
