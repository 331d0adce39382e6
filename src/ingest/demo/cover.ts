const SIDE = 1_000;

/** Five lines of a staff that swing like a string, with notes on them in the colours of dusk. */
function svg(): string {
  const line = (i: number): string => {
    const y = 380 + i * 60;
    const swing = 34 - i * 5;
    return `<path d="M0 ${y} C 250 ${y - swing}, 350 ${y + swing}, 500 ${y} S 760 ${y - swing}, 1000 ${y}"/>`;
  };
  const notes = [
    [170, 590, 0],
    [290, 530, 1],
    [400, 478, 2],
    [520, 410, 3],
    [640, 470, 4],
    [760, 395, 5],
    [870, 352, 6],
  ];
  const note = ([x = 0, y = 0, i = 0]: number[]): string => `
    <g transform="translate(${x} ${y})" opacity="${0.72 + i * 0.04}">
      <ellipse rx="32" ry="23" transform="rotate(-20)"/>
      <rect x="25" y="-150" width="7" height="146" rx="3"/>
    </g>`;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${SIDE}" height="${SIDE}" viewBox="0 0 1000 1000">
    <defs>
      <linearGradient id="sky" x1="0" y1="0" x2="0.35" y2="1">
        <stop offset="0" stop-color="#141a33"/>
        <stop offset="0.55" stop-color="#3b2f63"/>
        <stop offset="0.82" stop-color="#a8506b"/>
        <stop offset="1" stop-color="#f0a36b"/>
      </linearGradient>
      <radialGradient id="sun" cx="0.5" cy="0.5" r="0.5">
        <stop offset="0" stop-color="#ffd9a0" stop-opacity="0.95"/>
        <stop offset="1" stop-color="#ffd9a0" stop-opacity="0"/>
      </radialGradient>
    </defs>
    <rect width="1000" height="1000" fill="url(#sky)"/>
    <circle cx="735" cy="820" r="300" fill="url(#sun)"/>
    <g fill="none" stroke="#f6e7d8" stroke-opacity="0.55" stroke-width="3">${[0, 1, 2, 3, 4].map(line).join('')}</g>
    <g fill="#fff4e6">${notes.map(note).join('')}</g>
  </svg>`;
}

/** The demo album's cover, drawn anew: PNG, a thousand pixels square. */
export async function drawCover(): Promise<Buffer> {
  const { default: sharp } = await import('sharp');
  return sharp(Buffer.from(svg())).png({ compressionLevel: 9, palette: false }).toBuffer();
}
