/** One note of a piece. Times count in the piece's own unit, a sixteenth or an eighth. */
export interface Note {
  readonly start: number;
  readonly duration: number;
  /** MIDI number: 60 is the C in the middle, 69 the A of 440 Hz. */
  readonly pitch: number;
  /** 0 to 1. */
  readonly velocity: number;
}

const STEPS: Readonly<Record<string, number>> = { C: 0, D: 2, E: 4, F: 5, G: 7, A: 9, B: 11 };
const NAME = /^([A-G])([#b]?)(-?\d)$/;

/** "F#5" as a MIDI number. */
export function pitchOf(name: string): number {
  const [, letter = '', accidental = '', octave = ''] = NAME.exec(name) ?? [];
  const step = STEPS[letter];
  if (step === undefined) throw new RangeError(`no note is called ${name}`);
  const shift = accidental === '#' ? 1 : accidental === 'b' ? -1 : 0;
  return (Number(octave) + 1) * 12 + step + shift;
}

/**
 * A voice written out: `F#5:2` is a note two units long, `C4+E4+G4:4` a chord, `-:3` a rest, and a bar line `|`
 * is for the reader. A length stays until another is written.
 */
export function voice(text: string, velocity: number): Note[] {
  const notes: Note[] = [];
  let start = 0;
  let duration = 1;
  for (const token of text.split(/\s+/)) {
    if (token === '' || token === '|') continue;
    const [names = '', length] = token.split(':');
    if (length !== undefined) duration = Number(length);
    if (names !== '-') {
      for (const name of names.split('+')) notes.push({ start, duration, pitch: pitchOf(name), velocity });
    }
    start += duration;
  }
  return notes;
}

/** Where the last note ends. */
export function lengthOf(notes: readonly Note[]): number {
  return notes.reduce((end, note) => Math.max(end, note.start + note.duration), 0);
}

export function shifted(notes: readonly Note[], by: number): Note[] {
  return notes.map((note) => ({ ...note, start: note.start + by }));
}
