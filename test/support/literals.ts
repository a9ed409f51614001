import { transform } from 'esbuild';
import { parseAst } from 'vitest/node';

interface Node {
  type: string;
  value?: unknown;
  [member: string]: unknown;
}

/** The texts of all string and template literals of a TypeScript source, values in templates written as `…`. */
export async function literals(source: string): Promise<string[]> {
  const { code } = await transform(source, { loader: 'ts' });
  const found: string[] = [];
  const visit = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    const { type, value, quasis } = node as Node;
    if (type === 'Literal' && typeof value === 'string') found.push(value);
    if (type === 'TemplateLiteral') {
      found.push((quasis as { value: { cooked: string } }[]).map((quasi) => quasi.value.cooked).join('…'));
    }
    for (const member of Object.values(node)) visit(member);
  };
  visit(parseAst(code));
  return found;
}
