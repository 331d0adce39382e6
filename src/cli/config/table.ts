import { fileKey } from './config.ts';
import { settings } from './settings.ts';

/** The settings as docs/operations.md shows them. */
export function settingsTable(): string {
  const rows = Object.values(settings).map(({ env, fallback, meaning }) => {
    const shown = fallback === undefined || fallback === '' ? '' : `\`${fallback}\``;
    return `| \`${env}\` | \`${fileKey(env)}\` | ${shown} | ${meaning} |`;
  });
  return ['| environment | file | default | meaning |', '|---|---|---|---|', ...rows].join('\n');
}
