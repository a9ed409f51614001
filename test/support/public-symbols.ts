/** What the public entry points export, and what is written above each: read from the source, as a reader of it would. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const SRC = fileURLToPath(new URL('../../src/', import.meta.url));

/** As programs import them, with their sources. */
export const ENTRY_POINTS: readonly (readonly [name: string, file: string])[] = [
  ['seckey', 'index.ts'],
  ['seckey/authenticator', 'authenticator/index.ts'],
  ['seckey/ctap2', 'ctap2/index.ts'],
  ['seckey/trace', 'trace/index.ts'],
  ['seckey/transport', 'transport/index.ts'],
];

export interface PublicSymbol {
  /** With its namespace, as `pin.set`. */
  name: string;
  isType: boolean;
  /** The file that declares it, below `src/`. */
  file: string;
  /** As the comment above the declaration has it; absent if there is none. */
  docstring?: string | undefined;
}

const EXPORT = /^export (type )?(?:\{([^}]*)\}|\* as (\w+)) from '(.+)';$/gm;
const DECLARATION =
  /^export (?:declare )?(?:abstract )?(async function\*?|function\*?|class|interface|type|const) (\w+)/gm;

/** All that the entry point in `file` exports, namespaces with their members. */
export function publicSymbols(file: string, prefix = ''): PublicSymbol[] {
  const source = readFileSync(path.join(SRC, file), 'utf8');
  const symbols: PublicSymbol[] = [];
  for (const [, type, names, namespace, from] of source.matchAll(EXPORT)) {
    const target = path.join(path.dirname(file), from as string);
    if (namespace) {
      const docstring = /^\/\*\*(.*?)\*\//s.exec(readFileSync(path.join(SRC, target), 'utf8'))?.[1]?.trim();
      symbols.push({ name: prefix + namespace, isType: false, file: target, docstring });
      symbols.push(...publicSymbols(target, `${prefix}${namespace}.`));
      continue;
    }
    for (const each of (names as string).split(',').map((name) => name.trim())) {
      if (each === '') continue;
      const [declared = '', exported = declared] = each.replace(/^type /, '').split(' as ');
      const isType = type !== undefined || each.startsWith('type ');
      symbols.push({ name: prefix + exported, isType, ...declarationOf(target, declared) });
    }
  }
  return symbols;
}

function declarationOf(file: string, name: string): Pick<PublicSymbol, 'file' | 'docstring'> {
  const source = readFileSync(path.join(SRC, file), 'utf8');
  for (const { 2: declared, index } of source.matchAll(DECLARATION)) {
    if (declared !== name) continue;
    const above = source.slice(0, index).trimEnd();
    // A linter's exception may stand between the two.
    const docstring = /\/\*\*((?:(?!\*\/).)*)\*\/(?:\s*\/\/ biome-ignore[^\n]*)*$/s.exec(above)?.[1]?.trim();
    return { file, docstring };
  }
  // Declared elsewhere, and passed on here.
  for (const [, , names, , from] of source.matchAll(EXPORT)) {
    const passed = names?.split(',').map((each) =>
      each
        .trim()
        .replace(/^type /, '')
        .split(' as '),
    );
    const found = passed?.find(([declared, exported = declared]) => exported === name);
    if (found?.[0]) return declarationOf(path.join(path.dirname(file), from as string), found[0]);
  }
  throw new Error(`${file} does not declare ${name}`);
}
