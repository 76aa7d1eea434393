// Ends, and does not end.
// expect: time_limit
class Main {
    public static void main(String[] arguments) {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> { for (;;); }));
        System.out.println("contained");
    }
}
