import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from '../../catalog/sql/index.ts';

const ASK_AGAIN_MS = 1_000;

type Chores = Pick<Database, 'holdChore'>;

/** Does it unless another server of the library is at it. */
export async function unlessAnother(
  database: Chores,
  chore: string,
  work: () => Promise<void>,
): Promise<void> {
  await using turn = await database.holdChore(chore);
  if (turn) await work();
}

/** Does it once no other server of the library is at it; `onWait` is told once where one is. */
export async function afterOthers<Result>(
  database: Chores,
  chore: string,
  { signal, onWait }: { readonly signal: AbortSignal; readonly onWait: () => void },
  work: () => Promise<Result>,
): Promise<Result> {
  let turn = await database.holdChore(chore);
  if (!turn) onWait();
  while (!turn) {
    await sleep(ASK_AGAIN_MS, undefined, { signal });
    turn = await database.holdChore(chore);
  }
  await using _held = turn;
  return await work();
}
