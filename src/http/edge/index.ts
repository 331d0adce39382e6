export { EdgeDoor } from './edge-door.ts';
export { pieceRoute } from './piece-route.ts';
export { createPieceTickets } from './piece-tickets.ts';
