// expect: memory_limit, runtime_error
import java.util.*;

class Main {
    public static void main(String[] arguments) {
        var kept = new ArrayList<long[]>();
        for (;;) kept.add(new long[1 << 16]);
    }
}
