export { openPlayFile } from './play-file.ts';
