import { type Logger, pino } from 'pino';
import { ClefError } from '../core/index.ts';
import type { Config } from './config/config.ts';

/**
 * JSON lines on stderr; on a terminal short lines for people. Errors are logged by code and message,
 * which hold no secret and no path; a fault in Clef itself also with its stack.
 */
export function createLog(wanted: Config['logLevel']): Logger {
  const output = process.stderr;
  const level = wanted !== 'auto' ? wanted : output.isTTY ? 'warn' : 'info';
  return pino(
    {
      level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: describeError },
    },
    output.isTTY ? { write: (line: string) => void output.write(forPeople(line)) } : gathered(),
  );
}

/** A log of this length is written at once, */
const GATHERED_BYTES = 4_096;
/** a shorter one no later than this. */
const GATHER_MS = 100;
/** Lines beyond are lost, where whoever reads the log does not keep up. */
const MAX_WAITING_BYTES = 4 * 2 ** 20;

/**
 * Lines share system calls: a server that streams logs thousands a second, and a call for each was a tenth of all it
 * did. What waits is written when the process ends, unless it is killed.
 */
function gathered(): { write(line: string): void } {
  const lines = pino.destination({
    dest: 2,
    sync: false,
    minLength: GATHERED_BYTES,
    maxLength: MAX_WAITING_BYTES,
  });
  let timer: NodeJS.Timeout | undefined;
  const flush = (): void => {
    timer = undefined;
    lines.flush();
  };
  return {
    write(line) {
      lines.write(line);
      timer ??= setTimeout(flush, GATHER_MS).unref();
    },
  };
}

function describeError(error: unknown): Record<string, unknown> {
  if (error instanceof ClefError) {
    const { cause } = error;
    return {
      code: error.code,
      message: error.message,
      ...(cause === undefined ? {} : { cause: describeCause(cause) }),
    };
  }
  return error instanceof Error
    ? { code: 'internal', name: error.name, at: framesOf(error) }
    : { code: 'internal' };
}

/** Where in Clef it happened; not the message, which may quote a path or worse. */
function framesOf({ stack = '' }: Error): readonly string[] {
  return stack
    .split('\n')
    .filter((line) => line.startsWith('    at '))
    .map((line) => line.trim());
}

/** Causes come from the system and may name paths: their code is enough. */
function describeCause(cause: unknown): unknown {
  if (cause instanceof ClefError) return describeError(cause);
  if (cause instanceof Error) return 'code' in cause ? cause.code : cause.name;
  return undefined;
}

function forPeople(line: string): string {
  const { level, time, msg, err, ...rest } = JSON.parse(line) as Record<string, unknown> & {
    time: string;
    err?: { message?: string };
  };
  const details = Object.entries(rest).map(
    ([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  const words = [
    time.slice(11, 19),
    level === 'info' ? '' : String(level),
    msg,
    err?.message ? `(${err.message})` : '',
    ...details,
  ];
  return `${words.filter((word) => word !== '' && word !== undefined).join(' ')}\n`;
}
