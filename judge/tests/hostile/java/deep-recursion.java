// expect: memory_limit, runtime_error
class Main {
    static int down(int n) {
        return down(n + 1) + 1;
    }

    public static void main(String[] arguments) {
        down(0);
    }
}
