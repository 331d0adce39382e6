import type { Changes } from './changes.ts';
import { type Ink, mixInk } from './ink.ts';
import { paintRows, type Picture } from './paint.ts';

/** When each was first seen: drawing anew for another reason does not play it again. */
const seenAtMs = new WeakMap<Changes, number>();

/** Draws what of the picture is in sight, whenever that changes; answers what ends it. */
export function keepDrawn(canvas: HTMLCanvasElement, picture: Omit<Picture, 'ink'>): () => void {
  const context = canvas.getContext('2d');
  const frame = canvas.parentElement;
  if (!context || !frame) return () => undefined;
  const { geometry, changes } = picture;
  let request = 0;
  let mixed: { readonly scale: number; readonly ink: Ink } | undefined;

  const draw = () => {
    request = 0;
    const scale = devicePixelRatio;
    const height = Math.min(geometry.height, innerHeight);
    fit(canvas, geometry.width, height, scale);
    if (mixed?.scale !== scale) mixed = { scale, ink: mixInk(context, frame, scale) };
    context.setTransform(scale, 0, 0, scale, 0, 0);
    const nowMs = performance.now();
    const beganAtMs = seenAtMs.get(changes) ?? nowMs;
    seenAtMs.set(changes, beganAtMs);
    const afterMs = nowMs - beganAtMs;
    const top = canvas.getBoundingClientRect().top - frame.getBoundingClientRect().top;
    paintRows(context, { ...picture, ink: mixed.ink }, { top, height, afterMs });
    if (afterMs < changes.durationMs) schedule();
  };
  const schedule = () => {
    request ||= requestAnimationFrame(draw);
  };
  schedule();
  addEventListener('scroll', schedule, { passive: true });
  addEventListener('resize', schedule);
  return () => {
    cancelAnimationFrame(request);
    removeEventListener('scroll', schedule);
    removeEventListener('resize', schedule);
  };
}

function fit(canvas: HTMLCanvasElement, width: number, height: number, scale: number): void {
  const [pixelWidth, pixelHeight] = [Math.round(width * scale), Math.round(height * scale)];
  if (canvas.width === pixelWidth && canvas.height === pixelHeight) return;
  canvas.width = pixelWidth;
  canvas.height = pixelHeight;
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
}
