/** Writes the file of --trace: what was typed, as far as it is safe to show, the exchanges, and how it ended. */
import { closeSync } from 'node:fs';
import { NumberedAliases, type TraceAliases, type TraceLine, type TraceStart } from '../../trace/index.ts';
import type { UntypedArgument as Argument, CommandUnknownOpts, UntypedOption as Option } from '../commander.ts';
import { errorDocument } from '../errors.ts';
import { failure } from '../failure.ts';
import { cannotWriteTrace } from '../messages/files.ts';
import { versionOfSeckey } from '../version.ts';
import { openLineFile } from './line-file.ts';
import { appendWhole } from './write-whole.ts';

/** The command that is run, parsed. */
export type CommandLine = Pick<
  CommandUnknownOpts,
  'name' | 'parent' | 'opts' | 'options' | 'registeredArguments' | 'processedArgs' | 'getOptionValueSource'
>;

export interface TraceFileOptions {
  /** What is in the file already stays. */
  continues?: boolean | undefined;
  /** Called once when the file takes no more: a trace that cannot be written must not stop a key in the middle of something. */
  onFailure: (error: unknown) => void;
}

export class TraceFileWriter {
  readonly aliases: TraceAliases = new NumberedAliases();
  readonly #onFailure: (error: unknown) => void;
  readonly #file: number;
  #started = false;
  #hasFailed = false;

  /** @throws {FidoError} `invalid-input` */
  constructor(path: string, { continues, onFailure }: TraceFileOptions) {
    this.#onFailure = onFailure;
    try {
      // Appending, since the commands of one sitting write to one file.
      this.#file = openLineFile(path, { truncates: !continues });
    } catch (error) {
      throw failure('invalid-input', cannotWriteTrace(path, error));
    }
  }

  /** Lines are missing. */
  get hasFailed(): boolean {
    return this.#hasFailed;
  }

  /** What is run. */
  start(commandLine: CommandLine, interactive: boolean): void {
    this.#started = true;
    this.write({
      time: new Date().toISOString(),
      event: 'start',
      seckey: versionOfSeckey(),
      node: process.version,
      platform: `${process.platform} ${process.arch}`,
      command: namesOf(commandLine).slice(1),
      arguments: argumentsOf(commandLine, this.aliases),
      options: Object.assign({}, ...lineage(commandLine).map((each) => optionsOf(each, this.aliases))),
      interactive,
    });
  }

  write(line: TraceLine): void {
    if (this.#hasFailed) return;
    try {
      appendWhole(this.#file, `${JSON.stringify(line)}\n`);
    } catch (error) {
      this.#hasFailed = true;
      this.#onFailure(error);
    }
  }

  /** How it ended. */
  end(exit: number, error?: unknown): void {
    if (!this.#started) return;
    const document = error === undefined ? undefined : errorDocument(error);
    this.write({
      time: new Date().toISOString(),
      event: 'end',
      exit,
      ...(document && { error: withoutWords(document) }),
    });
  }

  close(): void {
    closeSync(this.#file);
  }
}

function withoutWords({ code, status, retries }: ReturnType<typeof errorDocument>) {
  return { code, ...(status === undefined ? {} : { status }), ...(retries === undefined ? {} : { retries }) };
}

/** From the program itself to the command. */
function lineage(command: CommandLine): CommandLine[] {
  return command.parent ? [...lineage(command.parent), command] : [command];
}

function namesOf(command: CommandLine): string[] {
  return lineage(command).map((each) => each.name());
}

function argumentsOf(command: CommandLine, aliases: TraceAliases): TraceStart['arguments'] {
  return command.registeredArguments.flatMap((declared, index) => {
    const given: unknown[] = [command.processedArgs[index]].flat();
    return given.filter((value) => value !== undefined).map((value) => shown(value, declared, aliases));
  });
}

function optionsOf(command: CommandLine, aliases: TraceAliases): TraceStart['options'] {
  const values = command.opts();
  const given = command.options.filter((option) => {
    const name = option.attributeName();
    // Where the trace goes is nobody's business.
    return command.getOptionValueSource(name) === 'cli' && name !== 'trace';
  });
  return Object.fromEntries(
    given.map((option) => {
      const value = values[option.attributeName()];
      if (typeof value === 'boolean') return [option.long ?? option.name(), true];
      const each = (one: unknown) => shown(one, option, aliases);
      return [option.long ?? option.name(), Array.isArray(value) ? value.map(each) : each(value)];
    }),
  );
}

/** What is checked against seckey's own words or numbers may be shown; all else is somebody's name, serial number or path. */
function shown(value: unknown, { parseArg }: Argument | Option, aliases: TraceAliases): string | number {
  if (typeof value === 'number') return value;
  const text = String(value);
  if (parseArg) return text;
  // `virtual:` is seckey's own word, and several such names may be given.
  const names = text.split(',').map((each) => each.trim());
  if (!names.every((name) => name.startsWith(VIRTUAL))) return aliases.text(text);
  return names.map((name) => `${VIRTUAL}${aliases.text(name.slice(VIRTUAL.length))}`).join(',');
}

const VIRTUAL = 'virtual:';
