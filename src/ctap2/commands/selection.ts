import { defineCommand, nothing } from '../schema.ts';

/** authenticatorSelection (0x0B), CTAP 2.3 §6.9. The key answers once it is touched. */
export const selection = defineCommand({ name: 'selection', code: 0x0b, request: nothing, response: nothing });
