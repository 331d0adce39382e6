import { lengthOf, type Note, pitchOf, shifted, voice } from './score.ts';

export type Instrument = 'piano' | 'guitar' | 'strings' | 'harpsichord';

export interface Part {
  readonly instrument: Instrument;
  /** -1 is left, 1 is right. */
  readonly pan: number;
  readonly notes: readonly Note[];
}

/** A composition that no copyright covers any more, its notes written out here. */
export interface Piece {
  readonly title: string;
  readonly composer: string;
  readonly genre: string;
  readonly unitSeconds: number;
  readonly parts: readonly Part[];
}

// Bach wrote bars 1 to 32 as five notes each, played 1 2 3 4 5 3 4 5, twice.
const PRELUDE_BARS = `
  C4 E4 G4 C5 E5 | C4 D4 A4 D5 F5 | B3 D4 G4 D5 F5 | C4 E4 G4 C5 E5 | C4 E4 A4 E5 A5 | C4 D4 F#4 A4 D5
  B3 D4 G4 D5 G5 | B3 C4 E4 G4 C5 | A3 C4 E4 G4 C5 | D3 A3 D4 F#4 C5 | G3 B3 D4 G4 B4 | G3 Bb3 E4 G4 C#5
  F3 A3 D4 A4 D5 | F3 Ab3 D4 F4 B4 | E3 G3 C4 G4 C5 | E3 F3 A3 C4 F4 | D3 F3 A3 C4 F4 | G2 D3 G3 B3 F4
  C3 E3 G3 C4 E4 | C3 G3 Bb3 C4 E4 | F2 F3 A3 C4 E4 | F#2 C3 A3 C4 Eb4 | Ab2 F3 B3 C4 D4 | G2 F3 G3 B3 D4
  G2 E3 G3 C4 E4 | G2 D3 G3 C4 F4 | G2 D3 G3 B3 F4 | G2 Eb3 A3 C4 F#4 | G2 E3 G3 C4 G4 | G2 D3 G3 C4 F4
  G2 D3 G3 B3 F4 | C2 C3 G3 Bb3 E4`;
const PRELUDE_END = `
  C2:1 C3 F3 A3 C4 F4 C4 A3 C4 A3 F3 A3 F3 D3 F3 D3 |
  C2 B2 G3 B3 D4 F4 D4 B3 D4 B3 G3 B3 D3 F3 E3 D3 |
  C2+C3+E4+G4+C5:20`;

function prelude(): Note[] {
  const names = PRELUDE_BARS.split(/[\s|]+/).filter((name) => name !== '');
  const notes: Note[] = [];
  let start = 0;
  for (let bar = 0; bar < names.length; bar += 5) {
    const pitches = names.slice(bar, bar + 5).map(pitchOf);
    for (let half = 0; half < 2; half++) {
      for (const [i, index] of [0, 1, 2, 3, 4, 2, 3, 4].entries()) {
        // The two lowest notes are held for the half bar.
        const duration = index < 2 ? 8 - i : 3;
        const velocity = 0.55 + (i === 0 ? 0.12 : 0) + (index === 4 ? 0.05 : 0);
        notes.push({ start: start + i, duration, pitch: pitches[index] ?? 60, velocity });
      }
      start += 8;
    }
  }
  return [...notes, ...shifted(voice(PRELUDE_END, 0.55), start)];
}

const MINUET_RIGHT = `
  D5:2 G4:1 A4 B4 C5 | D5:2 G4 G4 | E5:2 C5:1 D5 E5 F#5 | G5:2 G4 G4 |
  C5:2 D5:1 C5 B4 A4 | B4:2 C5:1 B4 A4 G4 | F#4:2 G4:1 A4 B4 G4 | A4:6 |
  D5:2 G4:1 A4 B4 C5 | D5:2 G4 G4 | E5:2 C5:1 D5 E5 F#5 | G5:2 G4 G4 |
  C5:2 D5:1 C5 B4 A4 | B4:2 C5:1 B4 A4 G4 | A4:2 B4:1 A4 G4 F#4 | G4:6`;
const MINUET_LEFT = `
  G3+B3+D4:4 A3:2 | B3:6 | C4:6 | B3:6 | A3:6 | G3:6 | D4:2 B3 G3 | D4:2 D3:1 C4 B3 A3 |
  B3:4 A3:2 | G3:2 B3 G3 | C4:6 | B3:2 C4:1 B3 A3 G3 | A3:4 F#3:2 | G3:4 B3:2 | C4:2 D4 D3 | G3:4 G2:2`;

const ELISE_THEME = 'E5:1 D#5 E5 B4 D5 C5 | A4:2 -:1 C4 E4 A4';
const ELISE_ASKING = `${ELISE_THEME} | B4:2 -:1 E4 G#4 B4 | C5:2 -:1 E4 E5 D#5`;
const ELISE_CLOSING = `${ELISE_THEME} | B4:2 -:1 E4 C5 B4`;
const ELISE_RIGHT = `
  E5:1 D#5 | ${ELISE_ASKING} | ${ELISE_CLOSING} | A4:2 -:1 B4 C5 D5 |
  E5:3 G4:1 F5 E5 | D5:3 F4:1 E5 D5 | C5:3 E4:1 D5 C5 | B4:2 -:1 E4 E5 - |
  - E5 E6 - - D#5 | E5 D#5 E5 D#5 E5 D#5 |
  ${ELISE_ASKING} | ${ELISE_CLOSING} | A4:8`;
const ELISE_BASS = '-:6 | A2:1 E3 A3 -:3 | E2:1 E3 G#3 -:3';
const ELISE_BASS_HOME = 'A2:1 E3 A3 -:3';
const ELISE_LEFT = `
  -:2 | ${ELISE_BASS} | ${ELISE_BASS_HOME} | ${ELISE_BASS} | ${ELISE_BASS_HOME} |
  C3:1 G3 C4 -:3 | G2:1 G3 B3 -:3 | A2:1 E3 A3 -:3 | E2:1 E3 E4 -:3 |
  -:6 | -:6 |
  ${ELISE_BASS} | ${ELISE_BASS_HOME} | ${ELISE_BASS} | A2:1 E3 A3:6`;

// Bars of three quarters: the bass on the first, the chord on the second and held.
const GYMNOPEDIE_LOW = 'G2 D2 G2 D2 G2 D2 G2 D2 G2 D2 G2 D2 G2 D2 G2 D2 F#2 B2 E2 E2 D2';
const GYMNOPEDIE_HIGH = Array.from({ length: 16 }, (_, bar) => (bar % 2 === 0 ? 'B3+D4+F#4' : 'A3+C#4+F#4'));
const GYMNOPEDIE_LAST = ['A3+C#4+F#4', 'B3+D4+F#4', 'G3+B3+E4', 'B3+D4+G4', 'A3+D4+F#4'];
const GYMNOPEDIE_MELODY = `
  -:3 | - | - | - | -:1 F#5 A5 | G5 F#5 C#5 | B4 C#5 D5 | A4:3 | F#4:12 |
  -:1 F#5 A5 | G5 F#5 C#5 | B4 C#5 D5 | A4:3 | C#5:3 | F#5:3 | E4:6 | D4:5`;

function gymnopedieAccompaniment(): Note[] {
  const low = GYMNOPEDIE_LOW.split(' ').map((name) => `${name}:3`);
  const high = [...GYMNOPEDIE_HIGH, ...GYMNOPEDIE_LAST].map((chord) => `-:1 ${chord}:2`);
  return [...voice(low.join(' | '), 0.5), ...voice(high.join(' | '), 0.34)];
}

const GREENSLEEVES_VERSE = `
  C5:2 D5:1 E5:1.5 F5:0.5 E5:1 | D5:2 B4:1 G4:1.5 A4:0.5 B4:1 | C5:2 A4:1 A4:1.5 G#4:0.5 A4:1 | B4:2 G#4:1 E4:2 A4:1 |
  C5:2 D5:1 E5:1.5 F5:0.5 E5:1 | D5:2 B4:1 G4:1.5 A4:0.5 B4:1 | C5:1.5 B4:0.5 A4:1 G#4:1.5 F#4:0.5 G#4:1 | A4:6`;
const GREENSLEEVES_CHORUS = `
  G5:3 G5:1.5 F#5:0.5 E5:1 | D5:2 B4:1 G4:1.5 A4:0.5 B4:1 | C5:2 A4:1 A4:1.5 G#4:0.5 A4:1 | B4:2 G#4:1 E4:3 |
  G5:3 G5:1.5 F#5:0.5 E5:1 | D5:2 B4:1 G4:1.5 A4:0.5 B4:1 | C5:1.5 B4:0.5 A4:1 G#4:1.5 F#4:0.5 G#4:1 | A4:6`;
const CHORDS: Readonly<Record<string, string>> = {
  Am: 'A2:1 E3 A3 C4 A3 E3',
  G: 'G2:1 D3 G3 B3 G3 D3',
  C: 'C3:1 G3 C4 E4 C4 G3',
  E: 'E2:1 B2 E3 G#3 E3 B2',
  AmE: 'A2:1 E3 C4 E2:1 B2 G#3',
  End: 'A2:1 E3 A3 C4:3',
};

function chords(names: string): string {
  return names
    .split(' ')
    .map((name) => CHORDS[name] ?? '')
    .join(' | ');
}

/** Four bars' worth of quarters; every voice of the canon plays all of it, two bars after the one before. */
const CANON_LINES = [
  'F#5:2 E5 D5 C#5 B4 A4 B4 C#5',
  'D5:2 C#5 B4 A4 G4 F#4 G4 E4',
  'D4:1 F#4 A4 G4 F#4 D4 F#4 E4 D4 B3 D4 A4 G4 B4 A4 G4',
  'F#4:1 D4 E4 C#5 D5 F#5 A5 A4 B4 G4 A4 F#4 D4 D5 D5:1.5 C#5:0.5',
];
const CANON_GROUND = 'D3:2 A2 B2 F#2 G2 D2 G2 A2';
const CANON_ROUND = 16;

function canon(): Part[] {
  const lines = CANON_LINES.map((line) => voice(line, 0.5));
  const rounds = CANON_LINES.length + 3;
  const ground = Array.from({ length: rounds }, (_, i) => shifted(voice(CANON_GROUND, 0.6), i * CANON_ROUND));
  const last = shifted(voice('D3+A3+D4+F#4+D5:6', 0.45), rounds * CANON_ROUND);
  // Who entered first begins again, so that all end together.
  const entries = [-0.5, 0, 0.5].map((pan, i): Part => {
    const played = [...lines, ...lines.slice(0, 2 - i)];
    const notes = played.flatMap((line, round) => shifted(line, (i + 1 + round) * CANON_ROUND));
    return { instrument: 'strings', pan, notes };
  });
  return [...entries, { instrument: 'guitar', pan: 0.1, notes: [...ground.flat(), ...last] }];
}

/** The repeat starts `overlap` units before the end, where its upbeat belongs. */
function twice(text: string, velocity: number, overlap = 0): Note[] {
  const once = voice(text, velocity);
  return [...once, ...shifted(once, lengthOf(once) - overlap)];
}

export const PIECES: readonly Piece[] = [
  {
    title: 'Prelude in C major, BWV 846',
    composer: 'Johann Sebastian Bach',
    genre: 'Classical',
    unitSeconds: 0.148,
    parts: [{ instrument: 'piano', pan: 0, notes: prelude() }],
  },
  {
    title: 'Canon in D',
    composer: 'Johann Pachelbel',
    genre: 'Classical',
    unitSeconds: 0.48,
    parts: canon(),
  },
  {
    title: 'Minuet in G major, BWV Anh. 114',
    composer: 'Christian Petzold',
    genre: 'Classical',
    unitSeconds: 0.25,
    parts: [
      { instrument: 'harpsichord', pan: 0.2, notes: twice(MINUET_RIGHT, 0.6) },
      { instrument: 'harpsichord', pan: -0.2, notes: twice(MINUET_LEFT, 0.5) },
    ],
  },
  {
    title: 'Greensleeves',
    composer: 'Traditional',
    genre: 'Folk',
    unitSeconds: 0.3,
    parts: [
      {
        instrument: 'guitar',
        pan: 0.25,
        notes: twice(`A4:1 | ${GREENSLEEVES_VERSE} | ${GREENSLEEVES_CHORUS}`, 0.62, 1),
      },
      {
        instrument: 'guitar',
        pan: -0.3,
        notes: twice(`-:1 | ${chords('Am G Am E Am G AmE End C G Am E C G AmE End')}`, 0.4, 1),
      },
    ],
  },
  {
    title: 'Für Elise, WoO 59 (opening)',
    composer: 'Ludwig van Beethoven',
    genre: 'Classical',
    unitSeconds: 0.215,
    parts: [
      { instrument: 'piano', pan: 0.15, notes: voice(ELISE_RIGHT, 0.58) },
      { instrument: 'piano', pan: -0.15, notes: voice(ELISE_LEFT, 0.46) },
    ],
  },
  {
    title: 'Gymnopédie No. 1 (opening)',
    composer: 'Erik Satie',
    genre: 'Classical',
    unitSeconds: 0.86,
    parts: [
      { instrument: 'piano', pan: 0.1, notes: voice(GYMNOPEDIE_MELODY, 0.55) },
      { instrument: 'piano', pan: -0.1, notes: gymnopedieAccompaniment() },
    ],
  },
];
