import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** The text of the relay that runs within NGINX. */
export function readRelay(): Promise<string> {
  return readFile(fileURLToPath(new URL('../../edge/nginx/relay.lua', import.meta.url)), 'utf8');
}
