import { ClefError } from '../../core/index.ts';

/** Where a command speaks: results on stdout, everything else on stderr. */
export interface Terminal {
  readonly isInteractive: boolean;
  /** Results that another program may read. */
  print(text: string): void;
  /** Words for the person who watches. */
  say(text: string): void;
  /** Asks without echo; `usage` where nobody can answer, so the question names the variable that does. */
  askSecret(question: string): Promise<string>;
}

export function processTerminal(): Terminal {
  const isInteractive = process.stdin.isTTY && process.stderr.isTTY;
  return {
    isInteractive,
    print: (text) => {
      process.stdout.write(`${text}\n`);
    },
    say: (text) => {
      process.stderr.write(`${text}\n`);
    },
    async askSecret(question) {
      if (!isInteractive)
        throw new ClefError('usage', `${question}: there is no terminal to ask on; set that variable`);
      const { default: password } = await import('@inquirer/password');
      return password({ message: question, mask: true }, { output: process.stderr });
    },
  };
}
