// The part of the public surface that has no schemas in it: addresses, and types.

export { API_PATH, columnPath, CSRF_HEADER, verifiedChunkPath } from './paths.ts';
export type { Decodable, PlayAnswer, PlayKeysPayload, PlayLocation, ReadyToPlay } from './play-routes.ts';
