/** Chromium's headless shell with one page, driven over pipes: no port, and no library for it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable, Writable } from 'node:stream';

const FLAGS = [
  // As root there is no sandbox to be had; and nothing that would ask the internet.
  ...['--headless', '--no-sandbox', '--no-zygote', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
];

type Message = { id?: number; method?: string; result?: never; error?: { message: string } };

export class HeadlessBrowser {
  readonly #process: ChildProcess;
  readonly #commands: Writable;
  readonly #answers = new Map<number, (message: Message) => void>();
  #session: string | undefined;

  private constructor(profile: string) {
    const stdio = ['ignore', 'ignore', 'inherit', 'pipe', 'pipe'] as const;
    const args = [...FLAGS, `--user-data-dir=${profile}`, '--remote-debugging-pipe', 'about:blank'];
    this.#process = spawn('chromium-headless-shell', args, { stdio: [...stdio] });
    this.#commands = this.#process.stdio[3] as Writable;
    let text = '';
    (this.#process.stdio[4] as Readable).setEncoding('utf8').on('data', (more: string) => {
      const messages = (text + more).split('\0');
      text = messages.pop() ?? '';
      for (const message of messages.map((json): Message => JSON.parse(json)))
        this.#answers.get(message.id ?? 0)?.(message);
    });
  }

  /** @param profile an empty directory */
  static async open(url: string, profile: string): Promise<HeadlessBrowser> {
    const browser = new HeadlessBrowser(profile);
    const { targetInfos } = await browser.#call<{ targetInfos: { type: string; targetId: string }[] }>(
      'Target.getTargets',
    );
    const targetId = targetInfos.find(({ type }) => type === 'page')?.targetId;
    const { sessionId } = await browser.#call<{ sessionId: string }>('Target.attachToTarget', {
      targetId,
      flatten: true,
    });
    browser.#session = sessionId;
    await browser.#call('Page.enable');
    const loaded = new Promise<void>((resolve) =>
      browser.#answers.set(0, ({ method }) => method === 'Page.loadEventFired' && resolve()),
    );
    await browser.#call('Page.navigate', { url });
    await loaded;
    return browser;
  }

  /** The JSON value of an expression in the page, once its promise is settled; or the name of what it threw. */
  async evaluate(expression: string): Promise<unknown> {
    const { result } = await this.#call<{ result: { value: unknown } }>('Runtime.evaluate', {
      expression: `(async () => ${expression})().catch(({ name, message }) => ({ error: name, message }))`,
      awaitPromise: true,
      returnByValue: true,
      userGesture: true,
    });
    return result.value;
  }

  async close(): Promise<void> {
    const ended = once(this.#process, 'exit');
    this.#session = undefined;
    await this.#call('Browser.close');
    await ended;
  }

  #call<T>(method: string, params: object = {}): Promise<T> {
    const id = this.#answers.size + 1;
    const session = this.#session === undefined ? {} : { sessionId: this.#session };
    this.#commands.write(`${JSON.stringify({ id, method, params, ...session })}\0`);
    return new Promise((resolve, reject) => {
      this.#process.once('exit', (code) => reject(new Error(`the browser ended with ${code} at ${method}`)));
      this.#answers.set(id, ({ result, error }) =>
        error ? reject(new Error(`${method}: ${error.message}`)) : resolve(result as T),
      );
    });
  }
}
