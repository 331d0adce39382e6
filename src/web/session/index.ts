export { type JoinOptions, joinSession } from './join-session.ts';
