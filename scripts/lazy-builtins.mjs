// Node's own modules, loaded at the first use of one of their exports rather than at the first import of one of ours.
// A command that does no cryptography then does not pay for node:crypto, though a file it loads imports it.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** @type {import('esbuild').Plugin} */
export const lazyBuiltins = {
  name: 'lazy-builtins',
  setup(build) {
    build.onResolve({ filter: /^node:/ }, ({ path, kind }) => {
      // import() is as late as can be by itself, and its answer would lack the named exports.
      return kind === 'dynamic-import' ? { path, external: true } : { path, namespace: 'lazy-builtin' };
    });
    build.onLoad({ filter: /.*/, namespace: 'lazy-builtin' }, ({ path }) => {
      // Those of the Node that builds. What only a newer one has must be asked of process.getBuiltinModule() at run time.
      const names = Object.keys(require(path)).filter((name) => name !== 'default');
      // CommonJS, because esbuild then reads each export where it is used, through the getter.
      return {
        contents: `for (const name of ${JSON.stringify(names)})
          Object.defineProperty(exports, name, { enumerable: true, get: () => process.getBuiltinModule(${JSON.stringify(path)})[name] });`,
      };
    });
  },
};
