export type { OpenSoundDevice } from './port.ts';
export { Speaker, type SpeakerLog } from './speaker.ts';
export type { Identity } from './session-follower.ts';
