/** Loaded when a certificate is made, which is rare: it takes 60 ms. It wants its polyfill before it. */
export async function loadX509(): Promise<typeof import('@peculiar/x509')> {
  await import('reflect-metadata');
  return import('@peculiar/x509');
}
