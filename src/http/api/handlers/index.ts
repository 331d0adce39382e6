import type { Handlers } from '../handler.ts';
import { type AdminHandlerDeps, adminHandlers } from './admin.ts';
import { catalogHandlers } from './catalog.ts';
import { type FindingHandlerDeps, findingHandlers } from './finding.ts';
import { type ListenerHandlerDeps, listenerHandlers } from './listener.ts';
import { type PlayHandlerDeps, playHandlers } from './play.ts';
import { type PlaybackHandlerDeps, playbackHandlers } from './playback.ts';
import { type PlaylistHandlerDeps, playlistHandlers } from './playlists.ts';
import { type SessionHandlerDeps, sessionHandlers } from './session.ts';
import { type UploadHandlerDeps, uploadHandlers } from './uploads.ts';
import { type VaultHandlerDeps, vaultHandlers } from './vault.ts';

export type HandlerDeps = SessionHandlerDeps &
  AdminHandlerDeps &
  ListenerHandlerDeps &
  FindingHandlerDeps &
  PlayHandlerDeps &
  PlaybackHandlerDeps &
  PlaylistHandlerDeps &
  UploadHandlerDeps &
  VaultHandlerDeps;

/** What answers each route of the table. */
export function createHandlers(deps: HandlerDeps): Partial<Handlers> {
  return {
    ...sessionHandlers(deps),
    ...catalogHandlers(deps),
    ...findingHandlers(deps),
    ...listenerHandlers(deps),
    ...playlistHandlers(deps),
    ...playHandlers(deps),
    ...playbackHandlers(deps),
    ...uploadHandlers(deps),
    ...adminHandlers(deps),
    ...vaultHandlers(deps),
  };
}
