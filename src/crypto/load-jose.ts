/** Loaded with the first signature or envelope: who only reads assets needs none, and it takes 10 MB of a process. */
export function loadJose(): Promise<typeof import('jose')> {
  return import('jose');
}
