import { defineCommand, nothing } from '../schema.ts';

/** authenticatorSelection (0x0B), CTAP 2.3 §6.9. Answers once the key was touched. */
export const selection = defineCommand({ name: 'selection', code: 0x0b, request: nothing, response: nothing });
