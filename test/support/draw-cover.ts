import sharp from 'sharp';

/** What a drawn cover shows, in the colours of one hue. */
export type Motif = 'moon' | 'hills' | 'lines' | 'arches' | 'rain' | 'sun';

export interface CoverRecipe {
  readonly motif: Motif;
  /** 0 to 359. */
  readonly hue: number;
}

const EDGE = 600;

/** A picture that could lie on a record: PNG, square, the same for the same recipe. */
export function drawCover({ motif, hue }: CoverRecipe): Promise<Uint8Array> {
  const ground = `<linearGradient id="ground" x2="0.4" y2="1"><stop stop-color="${colour(hue, 62)}"/><stop offset="1" stop-color="${colour(hue + 40, 38)}"/></linearGradient>`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${EDGE}" height="${EDGE}"><defs>${ground}</defs><rect width="${EDGE}" height="${EDGE}" fill="url(#ground)"/>${MOTIFS[motif](hue)}</svg>`;
  return sharp(Buffer.from(svg)).png().toBuffer();
}

const MOTIFS: Readonly<Record<Motif, (hue: number) => string>> = {
  moon: (hue) =>
    disc(410, 190, 95, colour(hue - 150, 90)) +
    each(7, (n) => `<path d="M0 ${390 + 30 * n}h600" ${stroke(colour(hue, 80 - 6 * n), 3 + 2 * n)}/>`),
  hills: (hue) =>
    disc(180, 170, 70, colour(hue - 130, 82)) +
    each(4, (n) => {
      const top = 280 + 80 * n;
      const sway = 60 - 10 * n;
      const path = `M0 ${top}C150 ${top - sway} 250 ${top + sway} 360 ${top}S540 ${top - sway} 600 ${top}V600H0z`;
      return `<path d="${path}" fill="${colour(hue + 12 * n, 50 - 10 * n)}"/>`;
    }),
  lines: (hue) =>
    each(13, (n) => {
      const path = `M${-60 + 50 * n} 620L${130 + 50 * n} 300V-20`;
      return `<path d="${path}" ${stroke(colour(hue + 8 * n, 45 + 3 * n), n % 4 === 1 ? 20 : 5)}/>`;
    }),
  arches: (hue) => each(6, (n) => disc(300, 600, 500 - 80 * n, colour(hue + 18 * n, n % 2 ? 34 : 74))),
  rain: (hue) =>
    each(60, (n) => {
      const [x, y] = [(n * 137) % 600, (n * 251) % 600];
      return `<path d="M${x} ${y}l-18 62" ${stroke(colour(hue, 55 + (n % 5) * 8), 5)}/>`;
    }) + disc(300, 300, 120, colour(hue + 170, 60)),
  sun: (hue) =>
    each(
      24,
      (n) =>
        `<path d="M300 300V-150" transform="rotate(${15 * n} 300 300)" ${stroke(colour(hue + 20, 78), 14)}/>`,
    ) + disc(300, 300, 150, colour(hue - 25, 52)),
};

function each(count: number, draw: (n: number) => string): string {
  return Array.from({ length: count }, (_, n) => draw(n)).join('');
}

function disc(x: number, y: number, radius: number, fill: string): string {
  return `<circle cx="${x}" cy="${y}" r="${radius}" fill="${fill}"/>`;
}

function stroke(paint: string, width: number): string {
  return `fill="none" stroke="${paint}" stroke-width="${width}" stroke-linecap="round"`;
}

function colour(hue: number, lightness: number): string {
  return `hsl(${(hue + 360) % 360} 52% ${lightness}%)`;
}
