import type { CatalogImporter } from '../catalog/index.ts';
import { ClefError } from '../core/index.ts';
import { type Difference, isLoss } from './scan/differences.ts';

/** So many differences are remembered between the survey and the work; of more, the source is walked again. */
export const MOST_KEPT = 20_000;
/** A source that lost more than this share of its files is more likely away than tidied up. */
const BELIEVED_LOSS = 0.2;

export interface Survey {
  readonly filesFound: number;
  readonly unchanged: number;
  /** New, changed or back. */
  readonly filesToDo: number;
  readonly bytesToDo: number;
  readonly vanished: number;
  /** All that is not as it was; undefined where that was too much to keep. */
  readonly kept: readonly Difference[] | undefined;
}

export interface SurveyOptions {
  readonly sourceId: number;
  readonly catalog: Pick<CatalogImporter, 'fileByInode'>;
  readonly acceptLoss: boolean;
  readonly mostKept: number;
  readonly onFound?: (filesFound: number) => void;
  /** After the work: some of what was found is in by now. */
  readonly isLate?: boolean;
}

/** What a source lost after it was judged. */
export function wentAwayMeanwhile(): ClefError {
  return new ClefError(
    'source-shrunk',
    'the music folder lost files while it was imported, as when its disk is unmounted; what was imported stays',
  );
}

function assertBelievable(known: number, lost: number, found: number, isLate: boolean): void {
  if (lost <= known * BELIEVED_LOSS) return;
  const what =
    found === 0
      ? `the music folder is empty, as when its disk is not mounted; ${known} files were in it`
      : `the music folder lost ${lost} of ${known} files`;
  const done = isLate ? 'What was imported stays, and nothing was marked as missing' : 'Nothing was changed';
  throw new ClefError(
    'source-shrunk',
    `${what}. ${done}: accept the loss to go on (what is sealed stays playable either way)`,
  );
}

/**
 * Looks at a whole source without opening a file, so that the work ahead is known, and stops where too much of
 * it is gone: `source-shrunk`. A renamed file, known by its inode, is not gone.
 */
export async function survey(found: AsyncIterable<Difference>, options: SurveyOptions): Promise<Survey> {
  const counts = { filesFound: 0, unchanged: 0, filesToDo: 0, bytesToDo: 0, vanished: 0 };
  let kept: Difference[] | undefined = [];
  let known = 0;
  let lost = 0;
  let renamed = 0;
  for await (const difference of found) {
    switch (difference.kind) {
      case 'same':
        counts.filesFound += 1;
        counts.unchanged += 1;
        known += 1;
        break;
      case 'changed':
      case 'back':
      case 'new': {
        const { lengthBytes, deviceAndInode } = difference.file.stamp;
        counts.filesFound += 1;
        counts.filesToDo += 1;
        counts.bytesToDo += lengthBytes;
        if (difference.kind === 'new' && deviceAndInode !== '') {
          const rows = await options.catalog.fileByInode(options.sourceId, deviceAndInode);
          if (rows.some((row) => row.missingSinceMs === undefined)) renamed += 1;
        } else if (difference.kind === 'changed' && difference.known.missingSinceMs === undefined) known += 1;
        break;
      }
      case 'vanished':
        counts.vanished += 1;
        if (isLoss(difference)) {
          known += 1;
          lost += 1;
        }
        break;
      case 'unreadable':
      case 'left-out':
        break;
    }
    if (difference.kind !== 'same' && kept && kept.push(difference) > options.mostKept) kept = undefined;
    if (counts.filesFound % 256 === 0) options.onFound?.(counts.filesFound);
  }
  if (!options.acceptLoss) {
    assertBelievable(known, Math.max(0, lost - renamed), counts.filesFound, options.isLate === true);
  }
  return { ...counts, kept };
}
