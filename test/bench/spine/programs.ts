import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { SERVER_FLAGS } from '#cli/start.ts';

/** A program of the benchmark that answers questions over its IPC channel; questions are asked one after the other. */
export class Program<Answers extends object> implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #name: string;

  /** @param main its main file; it starts with the flags of the real server */
  constructor(name: string, main: URL, flags: readonly string[] = []) {
    this.#name = name;
    this.#child = fork(main, [], { execArgv: [...SERVER_FLAGS, ...flags], stdio: ['ignore', 2, 2, 'ipc'] });
  }

  async ask<K extends keyof Answers & string>(question: K, content: object = {}): Promise<Answers[K]> {
    const answered = once(this.#child, 'message');
    const ended = once(this.#child, 'exit').then(([code]) => {
      throw new Error(`${this.#name} ended with ${String(code)}`);
    });
    this.#child.send({ question, ...content });
    const [answer] = await Promise.race([answered, ended]);
    return answer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.disconnect();
    await ended;
  }
}

type Content = Readonly<Record<string, unknown>>;

/** The other end: answers each question, leaves when the asker is gone. */
export function answer<Answers extends object>(
  answers: { readonly [K in keyof Answers]: (content: Content) => Promise<Answers[K]> | Answers[K] },
  close: () => Promise<void>,
): void {
  process.on('message', (message: Content & { readonly question: keyof Answers }) => {
    Promise.resolve(answers[message.question](message)).then(
      (result) => process.send?.(result),
      (error: unknown) => {
        process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
        process.exit(1);
      },
    );
  });
  process.once('disconnect', () => {
    close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  });
}
