/**
 * Pictures for what has none, the same for the same seed on every server and at every time. They hold no
 * text: that would depend on the fonts of the machine.
 */

/** FNV-1a, 32 bits: spreads seeds; guards nothing. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}

/** A record on a dusk of two neighbouring hues. */
export function placeholderCover(seed: string): string {
  const value = hash(seed);
  const hue = value % 360;
  const second = (hue + 28 + ((value >>> 9) % 36)) % 360;
  const centreX = 300 + (((value >>> 3) % 5) - 2) * 60;
  const centreY = 330 + (((value >>> 6) % 3) - 1) * 60;
  const grooves = [250, 222, 194, 166, 138].map(
    (radius) =>
      `<circle cx="${centreX}" cy="${centreY}" r="${radius}" fill="none" stroke="hsl(${second} 60% 88%)" stroke-opacity=".13" stroke-width="3"/>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" width="2048" height="2048" viewBox="0 0 600 600">
<defs><linearGradient id="dusk" x1="0" y1="0" x2="1" y2="1"><stop offset="0" stop-color="hsl(${hue} 42% 34%)"/><stop offset="1" stop-color="hsl(${second} 48% 16%)"/></linearGradient>
<radialGradient id="disc"><stop offset=".2" stop-color="#000" stop-opacity=".2"/><stop offset="1" stop-color="#000" stop-opacity=".42"/></radialGradient></defs>
<rect width="600" height="600" fill="url(#dusk)"/>
<circle cx="${centreX}" cy="${centreY}" r="276" fill="url(#disc)"/>${grooves.join('')}
<circle cx="${centreX}" cy="${centreY}" r="88" fill="hsl(${hue} 58% 62%)"/><circle cx="${centreX}" cy="${centreY}" r="12" fill="hsl(${second} 48% 14%)"/></svg>`;
}

const AVATAR_CELLS = 5;

/** A small mirrored mosaic in one hue. */
export function avatar(seed: string): string {
  const value = hash(seed);
  const hue = value % 360;
  const bits = hash(`mosaic ${seed}`);
  const tiles: string[] = [];
  for (let row = 0; row < AVATAR_CELLS; row++) {
    for (let column = 0; column < AVATAR_CELLS; column++) {
      const mirrored = Math.min(column, AVATAR_CELLS - 1 - column);
      if (((bits >>> (row * 3 + mirrored)) & 1) === 0) continue;
      tiles.push(`<rect x="${80 + column * 90}" y="${80 + row * 90}" width="80" height="80" rx="22"/>`);
    }
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" width="2048" height="2048" viewBox="0 0 600 600">
<rect width="600" height="600" fill="hsl(${hue} 38% 22%)"/><g fill="hsl(${(hue + 24) % 360} 62% 74%)">${tiles.join('')}</g></svg>`;
}
