// expect: runtime_error, time_limit, memory_limit
class Main {
    public static void main(String[] arguments) {
        for (;;) new Thread(() -> { for (;;); }).start();
    }
}
