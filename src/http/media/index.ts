export { assetSchema, bytesAsText } from './asset-text.ts';
export { safeFileName } from './content-disposition.ts';
export { type Precondition, type Validators, evaluatePreconditions } from './preconditions.ts';
export { type MediaHead, mediaHead } from './media-head.ts';
export { type FailureAnswer, type ServeOutcome, serveTicket } from './serve-ticket.ts';
export { columnTicketFor, type MediaReader, type MediaTicket, ticketFor } from './ticket.ts';
