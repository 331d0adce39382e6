import type { Handlers } from '../handler.ts';
import { type SessionHandlerDeps, sessionHandlers } from './session.ts';

export type HandlerDeps = SessionHandlerDeps;

/** What answers each route of the table. */
export function createHandlers(deps: HandlerDeps): Partial<Handlers> {
  return { ...sessionHandlers(deps) };
}
