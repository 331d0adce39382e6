import * as v from 'valibot';
import { defineRoute } from './route.ts';
import { base64Url, name, thumbprint, timeMs, userId } from './values.ts';

const account = v.object({ id: userId, name: v.string(), role: v.picklist(['admin', 'listener']) });
export type SessionAccount = v.InferOutput<typeof account>;

/** Limits are generous: Argon2id, not the shape, is what a password meets. */
const password = v.pipe(v.string(), v.minLength(1), v.maxLength(1_024));

export const session = v.object({
  account,
  /** Until then, a device may be added without asking for the password again. */
  freshUntilMs: timeMs,
  expiresAtMs: timeMs,
  serverVersion: v.string(),
  /** Whether the account may add music. */
  mayUpload: v.boolean(),
});
export type Session = v.InferOutput<typeof session>;

export const device = v.object({
  id: thumbprint,
  name: v.string(),
  /** Eight words or digits groups a person can compare: made from the thumbprint. */
  fingerprint: v.string(),
  createdAtMs: timeMs,
  lastUsedAtMs: v.exactOptional(timeMs),
});
export type Device = v.InferOutput<typeof device>;

export const sessionRoutes = {
  signIn: defineRoute({
    method: 'POST',
    path: '/session',
    access: 'public',
    summary: 'Signs in with a login password, and sets the session cookie.',
    body: v.object({ username: name, password }),
    answer: session,
  }),
  session: defineRoute({
    method: 'GET',
    path: '/session',
    access: 'session',
    summary: 'Who is signed in.',
    answer: session,
  }),
  signOut: defineRoute({
    method: 'DELETE',
    path: '/session',
    access: 'session',
    summary: 'Ends the session.',
  }),
  confirmPassword: defineRoute({
    method: 'POST',
    path: '/session/fresh',
    access: 'session',
    summary: 'Gives the password again, so that a device may be added within the next 5 minutes.',
    body: v.object({ password }),
    answer: session,
  }),
  changePassword: defineRoute({
    method: 'PUT',
    path: '/password',
    access: 'session',
    summary: 'Exchanges the login password; ends all other sessions.',
    body: v.object({ current: password, next: password }),
  }),
  devices: defineRoute({
    method: 'GET',
    path: '/devices',
    access: 'session',
    summary: "The account's devices, oldest first.",
    answer: v.object({ devices: v.array(device) }),
  }),
  addDevice: defineRoute({
    method: 'POST',
    path: '/devices',
    access: 'session',
    summary: "Registers a device's public key; needs a fresh session, and is announced on the other devices.",
    body: v.object({
      name,
      /** EC P-256 (RFC 7518 section 6.2.1). */
      publicKey: v.strictObject({
        kty: v.literal('EC'),
        crv: v.literal('P-256'),
        x: base64Url,
        y: base64Url,
      }),
    }),
    answer: device,
  }),
  revokeDevice: defineRoute({
    method: 'DELETE',
    path: '/devices/:id',
    access: 'session',
    summary: 'From the next request on, the device gets no key.',
    params: v.object({ id: thumbprint }),
  }),
} as const;
