#!/usr/bin/env node
'use strict';
// CommonJS, and nothing is loaded that the command line at hand does not need: start-up is most of what a short command
// costs (bench/README.md).

const argv = process.argv.slice(2);
if (argv[0] === '--version') {
  process.stdout.on('error', (error) => process.exit(require('../dist/cli/main.js').outputLost(error)));
  process.stdout.write(`${require('../package.json').version}\n`);
} else {
  if (require('node:module').enableCompileCache) require('../dist/cli/compile-cache.js').keepCompiledCode();
  require('../dist/cli/main.js').run(argv);
}
