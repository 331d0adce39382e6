import { gzipSync } from 'node:zlib';
import type { OutputAsset, OutputBundle, OutputChunk, Plugin } from 'rolldown';

/** What may weigh so many bytes of JavaScript, gzipped. */
export interface Budgets {
  /** All that a listener waits for before the first page shows. */
  readonly firstRoute: number;
  /** What is loaded besides, before there is sound: the engine and its part on the audio thread. */
  readonly engine: number;
}

export const budgets: Budgets = { firstRoute: 150_000, engine: 15_000 };

const FIRST_ROUTE = /src\/web\/(?:index\.html|main\.tsx|pages\/home\.tsx)$/;
const ENGINE = /src\/web\/engine\/index\.ts$/;
/** Vite builds it by itself and adds it as a file. */
const WORKLET = /(?:^|\/)ring-worklet-[\w-]+\.js$/;

/** A player that outgrows one of its budgets is not built. */
export function budget(
  most: Budgets = budgets,
  onWeighed: (weights: Budgets) => void = () => undefined,
): Plugin & { enforce: 'post' } {
  return {
    name: 'clef-budget',
    // What others add to the scripts in the end weighs too.
    enforce: 'post',
    generateBundle: {
      order: 'post',
      handler(_options, bundle) {
        const weights = weigh(bundle);
        onWeighed(weights);
        for (const [name, what] of [
          ['firstRoute', 'the first page'],
          ['engine', 'the engine'],
        ] as const) {
          if (weights[name] <= most[name]) continue;
          this.error(
            `${what} takes ${weights[name]} bytes of JavaScript, gzipped; at most ${most[name]} are allowed`,
          );
        }
      },
    },
  };
}

function weigh(bundle: OutputBundle): Budgets {
  const files = Object.values(bundle);
  const chunks = new Map(files.flatMap((file) => (file.type === 'chunk' ? [[file.fileName, file]] : [])));
  const firstRoute = withImports(chunks, FIRST_ROUTE);
  const engine = withImports(chunks, ENGINE).difference(firstRoute);
  const worklets = files.filter(({ fileName }) => WORKLET.test(fileName));
  return { firstRoute: sum([...firstRoute]), engine: sum([...engine, ...worklets]) };
}

/** The chunks of these modules, and all that they import before they run. */
function withImports(chunks: ReadonlyMap<string, OutputChunk>, modules: RegExp): Set<OutputChunk> {
  const needed = new Set(
    [...chunks.values()].filter(({ facadeModuleId }) => modules.test(facadeModuleId ?? '')),
  );
  // A set is walked to its end, whatever is added meanwhile.
  for (const { imports } of needed) {
    for (const name of imports) {
      const imported = chunks.get(name);
      if (imported) needed.add(imported);
    }
  }
  return needed;
}

function sum(files: readonly (OutputChunk | OutputAsset)[]): number {
  return files.reduce(
    (bytes, file) => bytes + gzipSync(file.type === 'chunk' ? file.code : file.source, { level: 9 }).length,
    0,
  );
}
