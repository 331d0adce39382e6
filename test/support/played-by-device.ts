import { compactDecrypt } from 'jose';
import { type PlayKeysPayload, type ReadyToPlay, routes, verifiedChunkPath } from '../../src/api/index.ts';
import { concatBytes, fromBase64Url, fromUtf8 } from '../../src/core/index.ts';
import { chunkCount, openAssetCipher, parseAssetHeader } from '../../src/crypto/index.ts';
import type { ApiBrowser } from './api-browser.ts';

const EC = { name: 'ECDH', namedCurve: 'P-256' } as const;

/** A device of the account that is signed in, which plays as the web player does. */
export async function addPlayingDevice(browser: ApiBrowser) {
  const { publicKey, privateKey } = await crypto.subtle.generateKey(EC, true, ['deriveBits']);
  const { x = '', y = '' } = await crypto.subtle.exportKey('jwk', publicKey);
  const body = { name: 'a browser', publicKey: { kty: 'EC', crv: 'P-256', x, y } } as const;
  const { id: deviceId } = await browser.call(routes.addDevice, { body });
  return {
    /** What the server answers to "play"; throws where it has nothing ready. */
    async play(trackId: string): Promise<ReadyToPlay> {
      const answer = await browser.call(routes.play, { body: { trackId, deviceId, decodable: ['pcm'] } });
      if (answer.kind !== 'ready') throw new Error('it is not ready');
      return answer;
    },
    /** The whole track, chunk by chunk with its ticket. */
    async fetchTrack({ audio, keys, ticket }: ReadyToPlay): Promise<Uint8Array> {
      const { plaintext } = await compactDecrypt(keys, privateKey);
      const header = parseAssetHeader(fromBase64Url(audio.header));
      const key = fromBase64Url((JSON.parse(fromUtf8(plaintext)) as PlayKeysPayload).audio);
      const cipher = await openAssetCipher(key, header);
      const chunks = Array.from({ length: chunkCount(header.paddedLengthBytes) }, async (_, chunk) => {
        const answer = await browser.fetch(verifiedChunkPath(audio, chunk), {
          headers: { authorization: `Ticket ${ticket}` },
        });
        if (!answer.ok) throw new Error(`chunk ${chunk}: ${answer.status}`);
        return cipher.openChunk(chunk, await answer.bytes());
      });
      return concatBytes(...(await Promise.all(chunks))).subarray(0, audio.lengthBytes);
    },
  };
}
