/** Where the view is drawn: all of a terminal, or nothing but lines. */
export interface Screen extends Disposable {
  /** Undefined where there is no terminal: then events are printed as they come. */
  readonly height: number | undefined;
  draw(text: string): void;
}

const DEFAULT_HEIGHT = 24;
const ENTER = '\x1b[?1049h\x1b[?25l\x1b[?7l';
const LEAVE = '\x1b[?7h\x1b[?25h\x1b[?1049l';
const HOME = '\x1b[H';
const ERASE_LINE_END = '\x1b[K';
const ERASE_BELOW = '\x1b[J';

/** On a terminal what was there before comes back at the end. */
export function openScreen(output: NodeJS.WriteStream): Screen {
  if (!output.isTTY) return { height: undefined, draw: () => undefined, [Symbol.dispose]: () => undefined };
  output.write(ENTER);
  const leave = () => void output.write(LEAVE);
  // A second Ctrl-C ends the process at once.
  process.once('exit', leave);
  return {
    get height() {
      return output.rows > 0 ? output.rows : DEFAULT_HEIGHT;
    },
    draw(text) {
      output.write(`${HOME}${text.replaceAll('\n', `${ERASE_LINE_END}\n`)}${ERASE_LINE_END}${ERASE_BELOW}`);
    },
    [Symbol.dispose]() {
      process.off('exit', leave);
      leave();
    },
  };
}
