import { type Placed, pathOf, textsOf } from './declaration.ts';
import { type Fault, fault } from './fault.ts';

/** All else of a request may hold a password, a ticket, or a key. */
const LOGGED = new Set([
  'CLIENT_IP',
  'CLIENT_PORT',
  'DATE_NCSA',
  'HTTP_METHOD',
  'HTTP_PATH',
  'HTTP_STATCODE',
  'HTTP_VERSION',
  'RESPONSE_MSECS',
  'RESPONSE_SIZE',
  'SERVER_IP',
  'SERVER_PORT',
]);

export function logFaults(placed: Placed): readonly Fault[] {
  if (placed.object.class !== 'Traffic_Log_Profile') return [];
  return textsOf(placed.object).flatMap(([at, text]) =>
    Array.from(text.matchAll(/\$\{?(\w+)/g))
      .filter(([, variable = '']) => !LOGGED.has(variable))
      .map(([variable]) => fault('logs-secrets', `${pathOf(placed)}${at}`, `${variable} may hold a secret`)),
  );
}
