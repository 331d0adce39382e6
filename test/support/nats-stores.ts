import { parseNatsAddress } from '../../src/nats/index.ts';
import { type NatsStores, openNatsStores } from '../../src/playback/stores/nats/index.ts';

/** What one server has of a NATS. */
export function openNatsAt(
  url: string,
  {
    prefix = 'clef',
    onFailure = (error: unknown) => {
      throw error;
    },
  }: { readonly prefix?: string; readonly onFailure?: (error: unknown) => void } = {},
): Promise<NatsStores> {
  const address = parseNatsAddress(url);
  if (!address) throw new Error(`no address of NATS: ${url}`);
  return openNatsStores({
    address,
    prefix,
    processId: crypto.randomUUID(),
    newClockId: () => crypto.randomUUID(),
    timeOfDayMs: Date.now,
    monotonicMs: () => performance.now(),
    onFailure,
  });
}
