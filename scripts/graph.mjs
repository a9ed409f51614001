/** Draws which folder imports which, in the order of the layers, into .cache/graph.svg. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { Graphviz } from '@hpcc-js/wasm-graphviz';
import { cruise } from 'dependency-cruiser';
import extractDepcruiseOptions from 'dependency-cruiser/config-utl/extract-depcruise-options';

const FILE = '.cache/graph.svg';

const { output } = await cruise(['src'], {
  ...(await extractDepcruiseOptions('./.dependency-cruiser.mjs')),
  includeOnly: '^src/',
  outputType: 'archi',
  reporterOptions: {
    archi: {
      // What lies deeper than two folders is drawn with its parent.
      collapsePattern: '^src/[^/]+(?:/[^/]+)?(?=/)',
      theme: { graph: { rankdir: 'TB', splines: 'true' } },
    },
  },
});

mkdirSync('.cache', { recursive: true });
writeFileSync(FILE, (await Graphviz.load()).dot(String(output)));
console.log(FILE);
