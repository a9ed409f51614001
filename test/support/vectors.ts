import { readFileSync } from 'node:fs';

// biome-ignore lint/suspicious/noExplicitAny: the vector file is data, each test knows its part's shape
export const vectors: any = JSON.parse(readFileSync(new URL('../vectors/ctap-vectors.json', import.meta.url), 'utf8'));
