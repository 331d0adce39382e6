import { createStore } from '../data/store.ts';

export interface Toast {
  readonly id: number;
  readonly text: string;
  /** Takes back what was done. */
  readonly undo?: () => void;
}

const SHOWN_MS = 8_000;
/** More than these nobody reads. */
const MAX_TOASTS = 3;

const shown = createStore<readonly Toast[]>([]);
let lastId = 0;

export const toasts = shown;

/** Tells what was done, for a while; `undo` can be pressed so long. Answers what takes the notice away. */
export function tell(text: string, undo?: () => void): () => void {
  const toast: Toast = { id: ++lastId, text, ...(undo && { undo }) };
  shown.set([...shown.current, toast].slice(-MAX_TOASTS));
  const dismiss = () => dismissToast(toast.id);
  setTimeout(dismiss, SHOWN_MS);
  return dismiss;
}

export function dismissToast(id: number): void {
  shown.set(shown.current.filter((toast) => toast.id !== id));
}

export function undoToast(toast: Toast): void {
  dismissToast(toast.id);
  toast.undo?.();
}

/** For the keyboard: takes back the newest that can be; false where there is none. */
export function undoNewest(): boolean {
  const newest = shown.current.findLast(({ undo }) => undo);
  if (newest) undoToast(newest);
  return newest !== undefined;
}
