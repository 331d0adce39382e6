import { createClient } from '../../api/index.ts';

/** The path that Clef is served under, without a slash at its end: the server wrote it into `<base>`. */
export const basePath = new URL(document.baseURI).pathname.replace(/\/$/, '');

export const call = createClient({ basePath });

/** For what must still be said while the page goes away. */
export const callWhileLeaving = createClient({
  basePath,
  fetch: (input, init) => fetch(input, { ...init, keepalive: true }),
});

/** Widths that covers are asked for in: few, so that caches hit. */
const COVER_PIXELS = [96, 192, 384, 768, 1200] as const;

export function coverAddress(coverId: string, wantedPixels: number): string {
  const size = COVER_PIXELS.find((pixels) => pixels >= wantedPixels) ?? 1200;
  return `${basePath}/api/v1/covers/${coverId}?size=${size}`;
}
