// expect: runtime_error
int main() {
    throw 1;
}
