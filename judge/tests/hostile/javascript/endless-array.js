// expect: memory_limit, runtime_error, time_limit
const kept = [];
for (;;) kept.push(new Array(1000).fill(1.5));
