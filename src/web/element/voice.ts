import type { EngineItem } from '../engine/port.ts';

/** Whatever may change what an engine says of itself. */
const EVENTS = [
  'playing',
  'pause',
  'waiting',
  'seeking',
  'seeked',
  'canplay',
  'progress',
  'durationchange',
  'ended',
  'error',
] as const;

export interface VoiceEvents {
  readonly onChange: (voice: Voice) => void;
  readonly onEnded: (voice: Voice) => void;
  readonly onError: (voice: Voice, code: number) => void;
  /** It had nothing to play, while it should have. */
  readonly onUnderrun: (voice: Voice) => void;
}

/** One `<audio>` element and the item in it. The element stays: a phone lets those sound that a gesture has touched. */
export class Voice {
  readonly element = new Audio();
  #item: EngineItem | undefined;

  constructor({ onChange, onEnded, onError, onUnderrun }: VoiceEvents) {
    const { element } = this;
    element.preload = 'auto';
    element.preservesPitch = false;
    for (const name of EVENTS) element.addEventListener(name, () => this.#item && onChange(this));
    element.addEventListener('ended', () => this.#item && onEnded(this));
    element.addEventListener('error', () => this.#item && onError(this, element.error?.code ?? 0));
    element.addEventListener('waiting', () => {
      if (this.#item && !element.seeking && element.currentTime > 0) onUnderrun(this);
    });
  }

  get item(): EngineItem | undefined {
    return this.#item;
  }

  get isSounding(): boolean {
    const { paused, ended, seeking, readyState } = this.element;
    return !paused && !ended && !seeking && readyState >= HTMLMediaElement.HAVE_FUTURE_DATA;
  }

  get positionMs(): number {
    return this.#item ? this.element.currentTime * 1000 : 0;
  }

  /** What is here from the position on, without a gap. */
  get bufferedMs(): number {
    const { buffered, currentTime } = this.element;
    for (let i = 0; i < buffered.length; i++)
      if (buffered.start(i) <= currentTime && currentTime < buffered.end(i))
        return (buffered.end(i) - currentTime) * 1000;
    return 0;
  }

  get isWhole(): boolean {
    const { duration, currentTime } = this.element;
    return this.bufferedMs / 1000 >= duration - currentTime - 0.5;
  }

  load(item: EngineItem, address: string, positionMs: number): void {
    this.#item = item;
    this.element.src = address;
    // Before its length is known this is where it begins (HTML standard, "default playback start position").
    this.element.currentTime = positionMs / 1000;
  }

  play(): void {
    this.element.play().catch(() => undefined);
  }

  clear(): void {
    this.#item = undefined;
    this.element.pause();
    this.element.removeAttribute('src');
    this.element.load();
  }
}
