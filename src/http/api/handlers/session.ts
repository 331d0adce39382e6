import type { Devices, DeviceView, LiveSession, Sessions } from '../../../accounts/index.ts';
import type { Device, Session, SessionAccount } from '../../../api/index.ts';
import { wireId } from '../../../core/index.ts';
import type { MayUpload } from '../../ports.ts';
import type { EventHub } from '../events/index.ts';
import type { Handlers } from '../handler.ts';
import type { SessionCookie } from '../session-cookie.ts';

export interface SessionHandlerDeps {
  readonly sessions: Sessions;
  readonly devices: Devices;
  readonly cookie: SessionCookie;
  readonly serverVersion: string;
  readonly hub: Pick<EventHub, 'publish'>;
  /** Whether an account may add music. */
  readonly mayUpload: MayUpload;
}

type Names =
  | 'signIn'
  | 'session'
  | 'signOut'
  | 'confirmPassword'
  | 'changePassword'
  | 'devices'
  | 'addDevice'
  | 'revokeDevice';

export function sessionHandlers(deps: SessionHandlerDeps): Handlers<Names> {
  const { sessions, devices, cookie, serverVersion, hub, mayUpload } = deps;

  function wireSession({ account, freshUntilMs, expiresAtMs }: LiveSession): Session {
    return {
      account: wireAccount(account),
      freshUntilMs,
      expiresAtMs,
      serverVersion,
      mayUpload: mayUpload(account),
    };
  }

  return {
    async signIn({ body: { username, password }, request, reply, signal }) {
      const { token, session } = await sessions.signIn({
        name: username,
        password,
        address: request.ip,
        signal,
      });
      // A browser has one session: the one it came with would stay behind, unseen.
      const before = cookie.read(request);
      const replaced = before === undefined ? undefined : await sessions.resolve(before);
      if (replaced) await sessions.end(replaced);
      cookie.set(request, reply, token, session);
      return wireSession(session);
    },

    session: ({ viewer }) => wireSession(viewer.session),

    async signOut({ viewer, request, reply }) {
      await sessions.end(viewer.session);
      cookie.clear(request, reply);
    },

    async confirmPassword({ viewer, body: { password }, request, signal }) {
      return wireSession(
        await sessions.confirmPassword(viewer.session, { password, address: request.ip, signal }),
      );
    },

    changePassword: ({ viewer, body: { current, next }, request, signal }) =>
      sessions.changePassword(viewer.session, next, { password: current, address: request.ip, signal }),

    devices: async ({ viewer }) => ({
      devices: (await devices.list(viewer.account.id)).map(wireDevice),
    }),

    async addDevice({ viewer: { account, session }, body }) {
      sessions.assertFresh(session);
      const { device, isNew } = await devices.add(account.id, body, account.id);
      const added = wireDevice(device);
      // Whoever took the password over would otherwise listen along unseen.
      if (isNew) {
        hub.publish(
          { kind: 'device-added', device: added },
          { kind: 'account', user: account.id, except: session },
        );
      }
      return added;
    },

    async revokeDevice({ viewer: { account }, params: { id } }) {
      await devices.revoke(account.id, id, account.id);
      hub.publish({ kind: 'device-revoked', deviceId: id }, { kind: 'account', user: account.id });
    },
  };
}

function wireAccount({ id, name, role }: LiveSession['account']): SessionAccount {
  return { id: wireId('us', id), name, role };
}

function wireDevice({ id, name, fingerprint, createdAtMs, lastUsedAtMs }: DeviceView): Device {
  return {
    id,
    name,
    fingerprint,
    createdAtMs,
    ...(lastUsedAtMs !== undefined && { lastUsedAtMs }),
  };
}
