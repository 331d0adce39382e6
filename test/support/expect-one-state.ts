import { expect, vi } from 'vitest';
import type { SessionDevice } from './session-device.ts';

/** Waits until two devices show one state. It goes on while they play, so that both are looked at anew each time. */
export async function expectOneState(
  one: SessionDevice,
  other: SessionDevice,
  { timeout = 60_000 }: { readonly timeout?: number } = {},
): Promise<void> {
  await vi.waitFor(
    () => {
      expect(one.state).toBeDefined();
      expect(other.state).toEqual(one.state);
    },
    { timeout, interval: 20 },
  );
}
