/** Where somebody sits who manages keys: the terminal, the keys that are there, and commands to run. */
import type { Context } from '../context.ts';
import { START_WORDS } from '../messages/manager.ts';
import type { CommandRunner } from './command-runner.ts';
import { enterKey } from './key-menu.ts';
import { KeyGone, KeySession } from './key-session.ts';
import { LiveKeys } from './live-keys.ts';
import { askMenu, type MenuOptions } from './menu.ts';
import type { Asker } from './menu-page.ts';
import { askEnter } from './pause.ts';

export class ManagerContext implements Asker {
  readonly context: Context;
  readonly live: LiveKeys;
  readonly #runner: CommandRunner;

  constructor(context: Context, runner: CommandRunner) {
    this.context = context;
    this.#runner = runner;
    this.live = new LiveKeys(context.options.transport);
  }

  ask(options: MenuOptions): Promise<string | undefined> {
    return askMenu(this.context.out, options);
  }

  /** Runs a command that is for no key in particular, and lets its words be read. */
  async run(words: readonly string[]): Promise<number> {
    const code = await this.#runner.run(words);
    await askEnter(this.context.out);
    return code;
  }

  /** Goes to a key until somebody goes back or it is taken out. */
  async keySession(selector: string, exit?: string): Promise<void> {
    try {
      await enterKey(new KeySession(this.context, this.#runner, this.live, selector), exit);
    } catch (error) {
      if (!(error instanceof KeyGone)) throw error;
      this.context.out.insist(START_WORDS.gone);
    }
  }
}
