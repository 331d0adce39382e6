export { answerForSignIns, createDistantStanding } from './distant-standing.ts';
export { createGrantStanding, signInName } from './standing.ts';
export { SessionGateway, type SessionGatewayOptions } from './gateway.ts';
export { type GatewayLimits, gatewayLimits } from './limits.ts';
export {
  createSessionTickets,
  createTicketReader,
  parsePublicTicketKey,
  publicTicketKey,
  type SessionTickets,
} from './session-tickets.ts';
export { createSocketDoor, type SocketDoor } from './socket-door.ts';
export { socketRoute } from './socket-route.ts';
