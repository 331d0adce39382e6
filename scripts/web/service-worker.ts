import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import type { Plugin, Rolldown } from 'vite';
import type { BuiltShell, ShellFile } from '../../src/web/service-worker/shell.ts';

/**
 * Beside the page, since no worker reaches above its own folder; and by one name each, by which browsers find the next.
 * The second is for browsers that play by `<audio>`.
 */
const WORKERS = ['service-worker', 'sound-worker'] as const;
const PAGE = 'index.html';
const OF_THE_SHELL = /\.(?:js|css|woff2|svg|webmanifest)$/;

/** Builds the service workers, which know every file that the page may load. */
export function serviceWorker(): Plugin {
  let root = '';
  let publicFolder = '';
  return {
    name: 'clef-service-worker',
    apply: 'build',
    enforce: 'post',
    configResolved(config) {
      root = config.root;
      publicFolder = config.publicDir;
    },
    generateBundle: {
      order: 'post',
      async handler(_options, bundle) {
        const contents = new Map(
          Object.values(bundle).map((file) => [file.fileName, contentOf(file)] as const),
        );
        for (const name of await readdir(publicFolder))
          contents.set(name, await readFile(join(publicFolder, name)));
        const page = contents.get(PAGE);
        if (page === undefined) throw new Error(`no ${PAGE}`);
        const files: readonly ShellFile[] = [
          { name: '' },
          ...[...contents]
            .filter(([name]) => OF_THE_SHELL.test(name))
            .map(([name, content]) => ({ name, integrity: integrityOf(content) })),
        ];
        const version = createHash('sha256').update(page).update(JSON.stringify(files)).digest('hex');
        const shell: BuiltShell = { version: version.slice(0, 16), files };
        for (const name of WORKERS) {
          const source = await bundleWorker(join(root, 'service-worker', `${name}.ts`), shell);
          this.emitFile({ type: 'asset', fileName: `${name}.js`, source });
        }
      },
    },
  };
}

/** A classic script: not every browser has modules as service workers. */
async function bundleWorker(input: string, shell: BuiltShell): Promise<string> {
  await using build = await rolldown({ input });
  const { output } = await build.generate({
    format: 'iife',
    minify: true,
    banner: `const builtShell = ${JSON.stringify(shell)};`,
  });
  return output[0].code;
}

function contentOf(file: Rolldown.OutputAsset | Rolldown.OutputChunk): string | Uint8Array {
  return file.type === 'chunk' ? file.code : file.source;
}

function integrityOf(content: string | Uint8Array): string {
  return `sha384-${createHash('sha384').update(content).digest('base64')}`;
}
