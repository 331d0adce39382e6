export { createGrantStanding, signInName } from './standing.ts';
export { SessionGateway } from './gateway.ts';
export { type GatewayLimits, gatewayLimits } from './limits.ts';
export { createSessionTickets, type SessionTickets } from './session-tickets.ts';
export { createSocketDoor, type SocketDoor } from './socket-door.ts';
export { socketRoute } from './socket-route.ts';
