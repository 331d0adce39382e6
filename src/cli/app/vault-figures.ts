import type { MetricSample } from '../../http/index.ts';
import { type NodeSet, surveyMatrix } from '../../vault/index.ts';
import type { DataFolder } from '../data-folder.ts';
import { readScrubFile, type ScrubFile } from './scrub-file.ts';

interface Ground {
  /** Of the whole catalogue. */
  readonly assets: Parameters<typeof surveyMatrix>[0]['assets'];
  readonly nodes: NodeSet;
  readonly data: Pick<DataFolder, 'scrubFile'>;
}

/** What is known of a library's columns without asking a node: as old as the last time it was gathered. */
export class VaultFigures {
  #spares: ReadonlyMap<number, number> | undefined;
  #scrubbed: ScrubFile | undefined;

  async gather({ assets, data, nodes }: Ground, signal: AbortSignal): Promise<void> {
    const there = new Set(nodes.reachable().map(({ id }) => id));
    const { spares } = await surveyMatrix({
      assets,
      nodes: nodes.known(),
      isThere: (id) => there.has(id),
      signal,
    });
    this.#spares = spares;
    this.#scrubbed = await readScrubFile(data);
  }

  /** Nothing before it was gathered once. */
  samples(nowMs: number, libraryBeganMs: number): readonly MetricSample[] {
    if (!this.#spares) return [];
    const { sampledAtMs = libraryBeganMs, fullAtMs = libraryBeganMs } = this.#scrubbed ?? {};
    const ageOf = (atMs: number, depth: string): MetricSample => ({
      name: 'clef_scrub_age_seconds',
      help: 'Since every column was looked at, by depth; since the library began where none was.',
      kind: 'gauge',
      value: Math.max(0, Math.round((nowMs - atMs) / 1_000)),
      labels: { depth },
    });
    return [
      ...Array.from(this.#spares, ([spare, assets]) => ({
        name: 'clef_assets',
        help: 'Assets by how many columns may still be lost; below 0 they cannot be read.',
        kind: 'gauge' as const,
        value: assets,
        labels: { spare_columns: String(spare) },
      })),
      ageOf(sampledAtMs, 'sample'),
      ageOf(fullAtMs, 'full'),
    ];
  }
}
