/** What runs in the audio thread: a ring's reader, and messages about it. */
import type { DeckOptions, FromWorklet, ToWorklet } from './deck-message.ts';
import { PLAYED, putFrames, SKIP_ASKED, SKIP_TO, unwrap, WRITTEN } from './ring.ts';
import { RingReader } from './ring-reader.ts';

declare const currentFrame: number;
declare const sampleRate: number;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(
  name: string,
  processor: new (options: { processorOptions: DeckOptions }) => AudioWorkletProcessor,
): void;

const TELLS_A_SECOND = 10;

class DeckProcessor extends AudioWorkletProcessor {
  readonly #options: DeckOptions;
  readonly #reader: RingReader;
  #toldFrame = 0;

  constructor({ processorOptions }: { processorOptions: DeckOptions }) {
    super();
    this.#options = processorOptions;
    this.#reader = new RingReader(processorOptions, sampleRate);
    this.port.addEventListener('message', ({ data }: MessageEvent<ToWorklet>) => this.#hear(data));
    this.port.start();
  }

  process(_inputs: unknown, [output = []]: readonly (readonly Float32Array[])[]): boolean {
    const changed = this.#reader.read(output, currentFrame);
    if (changed || currentFrame - this.#toldFrame > sampleRate / TELLS_A_SECOND) {
      this.#toldFrame = currentFrame;
      const { shared, words } = this.#options;
      this.port.postMessage((shared ? {} : { words: words.slice() }) satisfies FromWorklet, []);
    }
    return true;
  }

  #hear(message: ToWorklet): void {
    const { words } = this.#options;
    switch (message.kind) {
      case 'timeline':
        this.#reader.timeline = message.timeline;
        break;
      case 'motion':
        this.#reader.move(message);
        break;
      case 'frames':
        putFrames(this.#options, message.atFrame, message.interleaved);
        words[WRITTEN] = (message.atFrame + message.interleaved.length / this.#options.channelCount) | 0;
        break;
      case 'written':
        // A frame that has sounded already stays so.
        words[WRITTEN] = Math.max(message.frame, unwrap(message.frame, words[PLAYED] ?? 0)) | 0;
        break;
      case 'skip':
        words[SKIP_TO] = message.frame | 0;
        words[SKIP_ASKED] = 1;
    }
  }
}

registerProcessor('clef-deck', DeckProcessor);
