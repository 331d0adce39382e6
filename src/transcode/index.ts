export type { Rendition, RenditionKind, Transcoder, TranscodeInput } from './port.ts';
