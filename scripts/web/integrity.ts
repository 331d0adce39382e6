import { createHash } from 'node:crypto';
import type { Plugin, Rolldown } from 'vite';

/** Stands in Vite's preload helper until all files are known; a string, so that a minifier leaves it alone. */
const PLACEHOLDER = '__CLEF_INTEGRITIES__';
const PRELOAD_HELPER = /vite\/preload-helper/;
const LINK_IS_ADDRESSED = 'link.href = dep.href;';

/**
 * Subresource Integrity for whatever the page loads: as attributes in index.html, and for what it imports later
 * as a table in the script that makes the `modulepreload` links. A module that was preloaded with an integrity
 * and does not have it cannot be imported (HTML, "fetch a modulepreload module script graph").
 */
export function integrity(): Plugin {
  return {
    name: 'clef-integrity',
    apply: 'build',
    enforce: 'post',
    transform: {
      filter: { id: PRELOAD_HELPER },
      handler(code) {
        if (!code.includes(LINK_IS_ADDRESSED)) this.error('the preload helper of Vite looks different');
        return code
          .replace(
            LINK_IS_ADDRESSED,
            `${LINK_IS_ADDRESSED} link.integrity = integrities[dep.pathname.split('/').pop()] ?? '';`,
          )
          .concat(`;const integrities = JSON.parse("${PLACEHOLDER}");`);
      },
    },
    generateBundle: {
      order: 'post',
      handler(_options, bundle) {
        const holders = Object.values(bundle).filter(
          (file) => file.type === 'chunk' && file.code.includes(PLACEHOLDER),
        );
        const table = Object.fromEntries(
          Object.values(bundle)
            .filter((file) => isCode(file) && !holders.includes(file))
            .map((file) => [file.fileName.split('/').pop(), digestOf(file)]),
        );
        for (const holder of holders) {
          if (holder.type !== 'chunk') continue;
          holder.code = holder.code.replace(
            new RegExp(`(["'\`])${PLACEHOLDER}\\1`),
            JSON.stringify(JSON.stringify(table)),
          );
        }
        const page = bundle['index.html'];
        if (page?.type !== 'asset') throw new Error('no index.html');
        page.source = String(page.source).replaceAll(
          /<(?:script|link)\b[^>]*?\b(?:src|href)="\.\/([^"]+)"[^>]*>/g,
          (tag: string, name: string) => {
            const file = bundle[name];
            return file && isCode(file) ? tag.replace(/>$/, ` integrity="${digestOf(file)}">`) : tag;
          },
        );
      },
    },
  };
}

function isCode({ fileName }: Rolldown.OutputAsset | Rolldown.OutputChunk): boolean {
  return /\.(?:js|css)$/.test(fileName);
}

function digestOf(file: Rolldown.OutputAsset | Rolldown.OutputChunk): string {
  const content = file.type === 'chunk' ? file.code : file.source;
  return `sha256-${createHash('sha256').update(content).digest('base64')}`;
}
