export type { SentMedia } from '../media-counter.ts';
export { type TrackKeyFinder, WorkerDoor } from './door.ts';
export { encodeTicket, TICKET_HEADER } from './handed-ticket.ts';
export {
  createMediaWorker,
  type MediaWorker,
  type MediaWorkerOptions,
  type TicketReader,
} from './media-worker.ts';
