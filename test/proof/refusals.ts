import { ApiError, columnPath, type ReadyToPlay, routes, verifiedChunkPath } from '../../src/api/index.ts';
import { ApiBrowser } from '../support/api-browser.ts';
import { WEB_PASSWORD } from '../support/web-player.ts';

const DECODABLE = ['flac', 'mp3', 'aac', 'opus', 'vorbis', 'pcm'] as const;
/** Of each route, after its first refusal. */
const MORE_TRIES = 20;
const GIVEN_UP_AFTER_MS = 10_000;

/** With no ticket, with forged ones, and with one that is good for another track. */
export async function tryWrongTickets(listener: ApiBrowser, inHand: ReadyToPlay, foreign: ReadyToPlay) {
  const [payload = '', mac = ''] = inHand.ticket.split('.');
  const [otherPayload = ''] = foreign.ticket.split('.');
  const wrong = [undefined, `${otherPayload}.${mac}`, `${payload}.${'A'.repeat(43)}`, foreign.ticket];
  let tried = 0;
  let answered = 0;
  for (const path of Object.values(sealedPaths(inHand))) {
    if ((await statusOf(listener, path, inHand.ticket)) >= 300)
      throw new Error('the right ticket was refused');
    for (const ticket of wrong) {
      tried++;
      if ((await statusOf(listener, path, ticket)) !== 401) answered++;
    }
  }
  return { tried, answered };
}

/**
 * Revokes the only device from another session, while this one keeps its cookie and its ticket. Times are from
 * before the request that revokes until a route refuses for the first time.
 */
export async function revoke(baseUrl: string, listener: ApiBrowser, inHand: ReadyToPlay) {
  const elsewhere = new ApiBrowser(baseUrl);
  await elsewhere.call(routes.signIn, { body: { username: 'admin', password: WEB_PASSWORD } });
  const { devices } = await elsewhere.call(routes.devices, {});
  const [device] = devices;
  if (!device || devices.length > 1) throw new Error(`there are ${devices.length} devices`);
  const play = { body: { trackId: inHand.trackId, deviceId: device.id, decodable: [...DECODABLE] } };
  const { column, verified } = sealedPaths(inHand);
  const isRefused = {
    play: () =>
      listener.call(routes.play, play).then(
        () => false,
        (error: unknown) => error instanceof ApiError && error.code === 'device-refused',
      ),
    column: async () => (await statusOf(listener, column, inHand.ticket)) === 401,
    verified: async () => (await statusOf(listener, verified, inHand.ticket)) === 401,
  };
  for (const [route, ask] of Object.entries(isRefused))
    if (await ask()) throw new Error(`${route} refused before the device was revoked`);
  const startedMs = performance.now();
  await elsewhere.call(routes.revokeDevice, { params: { id: device.id } });
  const afterMs = Object.fromEntries(
    await Promise.all(
      Object.entries(isRefused).map(async ([route, ask]) => {
        while (!(await ask()))
          if (performance.now() - startedMs > GIVEN_UP_AFTER_MS) throw new Error(`${route} did not refuse`);
        return [route, Math.round(performance.now() - startedMs)] as const;
      }),
    ),
  );
  let refused = 0;
  for (const ask of Object.values(isRefused))
    for (let more = 0; more < MORE_TRIES; more++) if (await ask()) refused++;
  return { afterMs, refused, wanted: MORE_TRIES * Object.keys(isRefused).length };
}

function sealedPaths({ audio }: ReadyToPlay) {
  return { column: columnPath(audio, 0), verified: verifiedChunkPath(audio, 0) };
}

async function statusOf(listener: ApiBrowser, path: string, ticket: string | undefined): Promise<number> {
  const headers: Record<string, string> =
    ticket === undefined ? {} : { authorization: `Ticket ${ticket}`, range: 'bytes=0-15' };
  const response = await listener.fetch(path, { headers });
  await response.arrayBuffer();
  return response.status;
}
