// The command line uses the public library (`import { pin, Session } from '../../index.ts'`). esbuild takes each file that
// such an entry point names into whatever chunk imports the entry point, so that every command would load all features. In
// the bundle each import is therefore made from the file that the entry point has it from.
import { readFileSync } from 'node:fs';
import path from 'node:path';

const SRC = path.resolve(import.meta.dirname, '../src');
const ENTRY_POINTS = ['index.ts', 'ctap2/index.ts', 'transport/index.ts', 'trace/index.ts'];
const EXPORT = /^export (?:type )?(?:\{([^}]*)\}|\* as (\w+)) from '(.+)';$/gm;
const IMPORT = /^import \{([^}]*)\} from '((?:\.\.\/)+(?:\w+\/)?index\.ts)';$/gm;

/** @type {import('esbuild').Plugin} */
export const directImports = {
  name: 'direct-imports',
  setup(build) {
    const entryPoints = new Map(
      ENTRY_POINTS.map((file) => path.join(SRC, file)).map((file) => [file, sourcesOf(file)]),
    );
    build.onLoad({ filter: /[\\/]src[\\/]cli[\\/].*\.ts$/ }, ({ path: file }) => {
      const contents = readFileSync(file, 'utf8').replace(IMPORT, (whole, names, from) => {
        const sources = entryPoints.get(path.resolve(path.dirname(file), from));
        return sources
          ? namesIn(names)
              .map((name) => directly(name, sources))
              .join(' ')
          : whole;
      });
      return { contents, loader: 'ts' };
    });
  },
};

/** What an entry point exports: the file that each name is from, and its name there; none for a namespace. */
function sourcesOf(entryPoint) {
  const sources = new Map();
  for (const [, names, namespace, from] of readFileSync(entryPoint, 'utf8').matchAll(EXPORT)) {
    const file = path.resolve(path.dirname(entryPoint), from);
    if (namespace) sources.set(namespace, { file });
    else for (const { name, as } of namesIn(names)) sources.set(as, { file, name });
  }
  return sources;
}

/** `a, type B, c as d`; types are gone in a bundle. */
function namesIn(list) {
  const names = list.split(',').map((each) => each.trim());
  return names
    .filter((each) => each !== '' && !each.startsWith('type '))
    .map((each) => {
      const [name, as = name] = each.split(' as ');
      return { name, as };
    });
}

function directly({ name, as }, sources) {
  const source = sources.get(name);
  if (!source) throw new Error(`no entry point exports ${name}`);
  const what = source.name ? `{ ${source.name} as ${as} }` : `* as ${as}`;
  return `import ${what} from ${JSON.stringify(source.file)};`;
}
