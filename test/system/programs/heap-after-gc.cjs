// Loaded before seckey, with --expose-gc: once a second, the bytes of heap in use after garbage was collected, to fd 3.
const { writeSync } = require('node:fs');
setInterval(() => {
  global.gc();
  writeSync(3, `${process.memoryUsage().heapUsed}\n`);
}, 1000).unref();
