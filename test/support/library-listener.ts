import { type ReadyToPlay, routes } from '../../src/api/index.ts';
import { ApiBrowser } from './api-browser.ts';
import { FIRST_START } from './run-clef.ts';
import { waitFor } from './wait-for.ts';

type Decodable = 'pcm' | 'flac';

export interface LibraryListener {
  /** Once it can be played, by who decodes this alone: where a rendition is needed, that is made first. */
  play(trackId: string, decodable: Decodable): Promise<ReadyToPlay>;
}

/** The first administrator in a browser, with a device of their own. */
export async function listenAt(baseUrl: string): Promise<LibraryListener> {
  const browser = new ApiBrowser(baseUrl);
  await browser.call(routes.signIn, {
    body: { username: 'admin', password: FIRST_START.CLEF_ADMIN_PASSWORD },
  });
  const { publicKey } = await crypto.subtle.generateKey({ name: 'ECDH', namedCurve: 'P-256' }, true, [
    'deriveBits',
  ]);
  const { x = '', y = '' } = await crypto.subtle.exportKey('jwk', publicKey);
  const device = await browser.call(routes.addDevice, {
    body: { name: 'a browser', publicKey: { kty: 'EC', crv: 'P-256', x, y } },
  });
  return {
    play: (trackId, decodable) =>
      waitFor('a track to be ready', async () => {
        const body = { trackId, deviceId: device.id, decodable: [decodable] };
        const answer = await browser.call(routes.play, { body });
        return answer.kind === 'ready' ? answer : undefined;
      }),
  };
}
