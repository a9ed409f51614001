import { defineCommand, nothing } from '../schema.ts';

/** authenticatorReset (0x07), CTAP 2.3 §6.6. Erases everything; accepted only shortly after power-up. */
export const reset = defineCommand({ name: 'reset', code: 0x07, request: nothing, response: nothing });
