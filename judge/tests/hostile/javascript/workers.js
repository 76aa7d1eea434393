// expect: runtime_error, time_limit, memory_limit
const { Worker } = require('worker_threads');
for (;;) new Worker('for(;;);', { eval: true });
