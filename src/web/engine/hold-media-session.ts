import type { Engine } from './port.ts';

/** Chromium takes what is shorter than 5 s for a passing sound, which media keys do not steer. */
const SILENT_SECONDS = 10;
const SILENT_RATE_HZ = 8_000;

/**
 * Keeps media keys through a pause of any length. Chromium forgets a page that makes sound by Web Audio alone within
 * seconds of its silence; it remembers an element that was paused. So one plays silence while music sounds, and
 * pauses with it. What it plays ends in a context, connected to nothing: the device sees no second stream.
 */
export function holdMediaSession(engine: Engine, contextOf: () => AudioContext): () => void {
  let element: HTMLAudioElement | undefined;
  let beginning: Promise<void> | undefined;
  const letGo = () => {
    element?.removeAttribute('src');
    element?.load();
    element = undefined;
  };
  const unsubscribe = engine.subscribe(() => {
    const { status } = engine.state;
    if (status === 'idle') letGo();
    // Not before there is sound: nothing stands in the way of that.
    if (status === 'playing') element ??= silentElement(contextOf());
    if (status !== 'paused') {
      if (element?.paused) beginning = element.play().catch(() => undefined);
      return;
    }
    // One that was paused before it began was never heard of.
    void beginning?.then(() => engine.state.status === 'paused' && element?.pause());
  });
  return () => {
    unsubscribe();
    letGo();
  };
}

function silentElement(context: AudioContext): HTMLAudioElement {
  const element = new Audio(silenceUrl());
  element.loop = true;
  context.createMediaElementSource(element);
  return element;
}

let madeUrl: string | undefined;

/** Made once a page, and never revoked: elements read it anew each time they begin again. */
function silenceUrl(): string {
  madeUrl ??= URL.createObjectURL(new Blob([silentWav()], { type: 'audio/wav' }));
  return madeUrl;
}

/** Mono, of 8 bits, in which silence is 128 (RIFF WAVE, https://www.mmsp.ece.mcgill.ca/Documents/AudioFormats/WAVE/WAVE.html). */
function silentWav(): Uint8Array<ArrayBuffer> {
  const lengthBytes = SILENT_SECONDS * SILENT_RATE_HZ;
  // "RIFF", "WAVE", "fmt " and "data" as little-endian words; format 1 is PCM.
  const header = [0x46464952, 36 + lengthBytes, 0x45564157, 0x20746d66, 16, 0x00010001].concat([
    SILENT_RATE_HZ,
    SILENT_RATE_HZ,
    0x00080001,
    0x61746164,
    lengthBytes,
  ]);
  const bytes = new Uint8Array(4 * header.length + lengthBytes).fill(128);
  const view = new DataView(bytes.buffer);
  for (const [i, word] of header.entries()) view.setUint32(4 * i, word, true);
  return bytes;
}
