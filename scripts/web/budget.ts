import { gzipSync } from 'node:zlib';
import type { OutputBundle, OutputChunk, Plugin } from 'rolldown';

/** JavaScript, gzipped, that a listener waits for before the first page shows. */
const FIRST_ROUTE_BYTES = 150_000;
const FIRST_ROUTE = /src\/web\/(?:index\.html|main\.tsx|pages\/home\.tsx)$/;

/** A player that outgrows what its first page may weigh is not built. */
export function budget(mostBytes = FIRST_ROUTE_BYTES): Plugin {
  return {
    name: 'clef-budget',
    generateBundle(_options, bundle) {
      const bytes = firstRoute(bundle).reduce(
        (sum, { code }) => sum + gzipSync(code, { level: 9 }).length,
        0,
      );
      if (bytes <= mostBytes) return;
      this.error(
        `the first page takes ${bytes} bytes of JavaScript, gzipped; at most ${mostBytes} are allowed`,
      );
    },
  };
}

/** The chunks of the first page, and all that they import before they run. */
function firstRoute(bundle: OutputBundle): OutputChunk[] {
  const files = Object.values(bundle);
  const chunks = new Map(files.flatMap((file) => (file.type === 'chunk' ? [[file.fileName, file]] : [])));
  const needed = new Set(
    [...chunks.values()].filter(({ facadeModuleId }) => FIRST_ROUTE.test(facadeModuleId ?? '')),
  );
  // A set is walked to its end, whatever is added meanwhile.
  for (const { imports } of needed) {
    for (const name of imports) {
      const imported = chunks.get(name);
      if (imported) needed.add(imported);
    }
  }
  return [...needed];
}
