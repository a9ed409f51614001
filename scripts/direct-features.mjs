// The command line imports features through the public library (`import { pin } from '../../index.ts'`), where each is a
// namespace. esbuild keeps namespaces that pass through another file whole and in one chunk, which every command would load.
// So that a command loads only what it calls, such an import is bundled as `import * as pin` from the feature's own file.
import { readFileSync } from 'node:fs';
import path from 'node:path';

const LIBRARY = path.resolve(import.meta.dirname, '../src/index.ts');
const FEATURE = /^export \* as (\w+) from '(.+)';$/gm;
const IMPORT = /^import \{([^}]*)\} from '((?:\.\.\/)+index\.ts)';$/gm;

/** @type {import('esbuild').Plugin} */
export const directFeatures = {
  name: 'direct-features',
  setup(build) {
    const features = new Map();
    for (const [, name, file] of readFileSync(LIBRARY, 'utf8').matchAll(FEATURE)) {
      features.set(name, path.resolve(path.dirname(LIBRARY), file));
    }
    build.onLoad({ filter: /\/src\/cli\/.*\.ts$/ }, ({ path: file }) => {
      const contents = readFileSync(file, 'utf8').replace(IMPORT, (whole, names, from) =>
        path.resolve(path.dirname(file), from) === LIBRARY ? directly(names, from, features) : whole,
      );
      return { contents, loader: 'ts' };
    });
  },
};

/** The same import with each feature taken from its own file. */
function directly(names, from, features) {
  const all = names.split(',').map((name) => name.trim());
  const featureOf = (name) => features.get(name.split(' as ')[0]);
  const direct = all
    .filter(featureOf)
    .map((name) => `import * as ${name.split(' as ').at(-1)} from ${JSON.stringify(featureOf(name))};`);
  const others = all.filter((name) => name !== '' && !featureOf(name));
  return `import { ${others.join(', ')} } from '${from}'; ${direct.join(' ')}`;
}
