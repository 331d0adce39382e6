export { EdgeDoor } from './edge-door.ts';
export { isPieceRoute, pieceRoute } from './piece-route.ts';
export { createPieceTickets } from './piece-tickets.ts';
