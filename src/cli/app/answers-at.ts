import { get } from 'node:http';
import { get as getSecurely } from 'node:https';

const WITHIN_MS = 1_000;

/** Whether anything answers there, whatever it says: a certificate that has expired is not what is asked. */
export function answersAt(address: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const options = { timeout: WITHIN_MS, agent: false } as const;
  const question = address.startsWith('https:')
    ? getSecurely(address, { ...options, rejectUnauthorized: false })
    : get(address, options);
  question.once('response', (answer) => {
    answer.destroy();
    resolve(true);
  });
  question.once('timeout', () => question.destroy());
  question.once('error', () => resolve(false));
  question.once('close', () => resolve(false));
  return promise;
}
