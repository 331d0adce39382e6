export { createElementEngine } from './element-engine.ts';
export type { SoundLink } from './sound-link.ts';
