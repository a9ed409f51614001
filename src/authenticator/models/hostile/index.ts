/** Models that do what no key should, to test what clients do then. They are not among the usual models. */
import type { Model } from '../model.ts';
import { HOSTILE_ANSWERS } from './answers.ts';
import { HOSTILE_MANAGEMENT } from './management.ts';
import { HOSTILE_PINS } from './pin.ts';
import { HOSTILE_WIRES } from './wires.ts';

export const HOSTILE_MODELS: readonly Model[] = [
  ...HOSTILE_WIRES,
  ...HOSTILE_ANSWERS,
  ...HOSTILE_PINS,
  ...HOSTILE_MANAGEMENT,
];
