// Memory beside the heap of the engine.
// expect: memory_limit, runtime_error
const kept = [];
for (;;) kept.push(Buffer.alloc(1 << 24, 1));
