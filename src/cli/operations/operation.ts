import * as v from 'valibot';
import { ClefError } from '../../core/index.ts';
import type { App, LockedApp } from '../app/app.ts';
import type { Progress } from '../terminal/progress.ts';

export interface OperationContext {
  readonly signal: AbortSignal;
  readonly onProgress: (progress: Progress) => void;
}

interface OperationBase<Args> {
  readonly name: string;
  readonly args: v.GenericSchema<unknown, Args>;
  /** May begin a library where there is none yet; all others need one. */
  readonly begins?: true;
}

/**
 * Something that the command line can ask for, of a running server through its control socket, or of the
 * data folder itself. Arguments and result are plain JSON. A keyless one works while the keys cannot be had.
 */
export type Operation<Args, Result> =
  | (OperationBase<Args> & {
      readonly kind: 'keyed';
      run(app: App, args: Args, context: OperationContext): Promise<Result>;
    })
  | (OperationBase<Args> & {
      readonly kind: 'keyless';
      run(app: LockedApp, args: Args, context: OperationContext): Promise<Result>;
    });

type Keyed<Args, Result> = Extract<Operation<Args, Result>, { kind: 'keyed' }>;
type Keyless<Args, Result> = Extract<Operation<Args, Result>, { kind: 'keyless' }>;

export function operation<Args, Result>(row: Omit<Keyed<Args, Result>, 'kind'>): Keyed<Args, Result> {
  return { ...row, kind: 'keyed' };
}

export function keylessOperation<Args, Result>(
  row: Omit<Keyless<Args, Result>, 'kind'>,
): Keyless<Args, Result> {
  return { ...row, kind: 'keyless' };
}

// oxlint-disable-next-line typescript/no-explicit-any -- operations of all kinds stand in one table
export type AnyOperation = Operation<any, unknown>;

/** Checks the arguments, whoever sent them, then runs. */
export async function runOperation<Args, Result>(
  app: LockedApp,
  wanted: Operation<Args, Result>,
  args: unknown,
  context: OperationContext,
): Promise<Result> {
  const parsed = v.safeParse(wanted.args, args);
  if (!parsed.success) {
    const issue = parsed.issues[0];
    throw new ClefError(
      'bad-request',
      `${wanted.name}: ${v.getDotPath(issue) ?? 'arguments'}: ${issue.message}`,
    );
  }
  return wanted.kind === 'keyless'
    ? wanted.run(app, parsed.output, context)
    : wanted.run(await app.unlocked, parsed.output, context);
}
