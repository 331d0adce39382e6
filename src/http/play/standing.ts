import type { Devices, Sessions } from '../../accounts/index.ts';
import { fromBase64Url, toBase64Url, type Bytes } from '../../core/index.ts';
import type { Standing } from './ports.ts';

/** How a ticket names a session: by the hash of its token, which signs nobody in. */
export function sessionName(tokenHash: Bytes): string {
  return toBase64Url(tokenHash);
}

/** Asks the stores, which remember what a player asks at every request until something changes. */
export function createStanding(sessions: Pick<Sessions, 'holds'>, devices: Pick<Devices, 'find'>): Standing {
  return {
    deviceKey: async ({ account }, device) => (await devices.find(account, device))?.publicKey,
    async holds({ account, session, device }) {
      const [isLive, found] = await Promise.all([
        sessions.holds({ userId: account, tokenHash: fromBase64Url(session) }),
        devices.find(account, device),
      ]);
      return isLive && found !== undefined;
    },
  };
}
