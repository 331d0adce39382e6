export { ciphertextRoutes } from './ciphertext-routes.ts';
export { createPlay, type Play } from './play.ts';
export type { Playable, Playables, SealedReader } from './ports.ts';
export { createSealedHeads } from './sealed-heads.ts';
export { createStanding, sessionName } from './standing.ts';
export { createTickets } from './tickets.ts';
