// Memory that the runtime's own limit does not know.
// expect: memory_limit, runtime_error
import java.nio.ByteBuffer;
import java.util.*;

class Main {
    public static void main(String[] arguments) {
        var kept = new ArrayList<ByteBuffer>();
        for (;;) {
            var block = ByteBuffer.allocateDirect(1 << 22);
            for (int at = 0; at < block.capacity(); at += 4096) block.put(at, (byte) 1);
            kept.add(block);
        }
    }
}
