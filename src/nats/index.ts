export { type NatsAddress, parseNatsAddress } from './address.ts';
export { connectToNats } from './connect.ts';
export { NatsLine } from './line.ts';
export { parsed } from './parse.ts';
