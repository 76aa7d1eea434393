// expect: runtime_error, time_limit, memory_limit
const { spawn } = require('child_process');
for (;;) spawn(process.execPath, ['-e', 'for(;;);']);
