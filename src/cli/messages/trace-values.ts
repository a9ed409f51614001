/** Values of a trace as text. */
import type { TraceValue } from '../../trace/index.ts';
import { escaped } from '../terminal/escape.ts';

/** A line for each member, after `mark`. */
export function body(mark: string, value: TraceValue | undefined): string[] {
  if (value === undefined) return [];
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [`    ${mark} ${valueText(value)}`];
  return Object.entries(value).map(([name, member]) => `    ${mark} ${memberName(name)}: ${valueText(member)}`);
}

/** Members that the specification did not have when this was made have only their number. */
function memberName(name: string): string {
  return /^\d+$/.test(name) ? `0x${Number(name).toString(16).padStart(2, '0')}` : escaped(name);
}

/** On one line. */
export function valueText(value: TraceValue): string {
  if (Array.isArray(value)) return `[${value.map(valueText).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return escaped(String(value));
  const members = Object.entries(value).map(([name, member]) => `${escaped(name)}: ${valueText(member)}`);
  return `{${members.join(', ')}}`;
}
