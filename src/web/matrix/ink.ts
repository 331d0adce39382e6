import type { CellState } from './cells.ts';

/** What a cell is filled with: a pattern each, so that no state is told by its colour alone. */
export type Fill = 'data' | 'parity' | Exclude<CellState, 'ok' | 'empty'>;

export interface Ink {
  readonly fills: Readonly<Record<Fill, CanvasPattern | string>>;
  readonly accent: string;
  readonly danger: string;
  readonly soft: string;
  readonly ground: string;
}

const NOISE_TILE = 96;
const GRAIN = 4;

/** A colour of the design as the canvas understands it, in the theme that holds at `element`. */
function colourOf(element: Element, name: string): string {
  const probe = document.createElement('span');
  probe.style.color = `var(${name})`;
  element.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

/** Mixed once a theme; `scale` is device pixels a CSS pixel. */
export function mixInk(context: CanvasRenderingContext2D, element: Element, scale: number): Ink {
  const accent = colourOf(element, '--accent');
  const danger = colourOf(element, '--danger');
  const soft = colourOf(element, '--edge');
  const ground = colourOf(element, '--ground');
  const pattern = (tile: HTMLCanvasElement) => {
    const made = context.createPattern(tile, 'repeat');
    made?.setTransform(new DOMMatrix().scale(1 / scale));
    return made ?? accent;
  };
  const tile = (sizePixels: number, paint: (tile: CanvasRenderingContext2D) => void) => {
    const canvas = document.createElement('canvas');
    canvas.width = sizePixels * scale;
    canvas.height = sizePixels * scale;
    const tileContext = canvas.getContext('2d');
    if (tileContext) {
      tileContext.scale(scale, scale);
      paint(tileContext);
    }
    return pattern(canvas);
  };
  const noise = (colour: string, from: number, to: number) => (target: CanvasRenderingContext2D) => {
    target.fillStyle = colour;
    const draw = createDraw();
    for (let y = 0; y < NOISE_TILE; y += GRAIN) {
      for (let x = 0; x < NOISE_TILE; x += GRAIN) {
        target.globalAlpha = from + (to - from) * draw();
        target.fillRect(x, y, GRAIN, GRAIN);
      }
    }
  };
  const stripes = (colour: string, every: number, width: number, alpha: number) => {
    return (target: CanvasRenderingContext2D) => {
      target.globalAlpha = alpha;
      target.strokeStyle = colour;
      target.lineWidth = width;
      for (const shift of [-every, 0, every]) {
        target.beginPath();
        target.moveTo(shift - 1, every + 1);
        target.lineTo(shift + every + 1, -1);
        target.stroke();
      }
    };
  };
  const dots = (colour: string, widthPixels: number) => (target: CanvasRenderingContext2D) => {
    target.fillStyle = colour;
    target.fillRect(1, 1, widthPixels, widthPixels);
  };
  return {
    fills: {
      // Ciphertext looks like this: noise, whatever the music is.
      data: tile(NOISE_TILE, noise(accent, 0.5, 1)),
      parity: tile(8, stripes(accent, 8, 3.2, 0.8)),
      damaged: tile(NOISE_TILE, noise(danger, 0.35, 0.95)),
      unchecked: tile(4, dots(accent, 1.5)),
      offline: tile(6, stripes(soft, 6, 1, 0.55)),
      missing: 'transparent',
    },
    accent,
    danger,
    soft,
    ground,
  };
}

/** The same grains at each drawing. Mulberry32; a picture needs no better chance. */
function createDraw(): () => number {
  let state = 0x9e3779b9;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
