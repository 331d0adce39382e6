import * as v from 'valibot';
import { presentDevice } from './messages.ts';

const deviceElsewhere = v.object({
  device: presentDevice,
  /** Log times: when it came, and when it was heard of last. */
  sinceMs: v.number(),
  heardMs: v.number(),
});
/** A device that has its socket at another gateway. */
export type DeviceElsewhere = v.InferOutput<typeof deviceElsewhere>;

const MOST_DEVICES = 4_096;

export const devicesTold = v.object({
  gatewayId: v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{1,64}$/)),
  userId: v.pipe(v.string(), v.regex(/^us-[A-Za-z0-9]{1,32}$/)),
  devices: v.pipe(v.array(deviceElsewhere), v.maxLength(MOST_DEVICES)),
});
/** All devices of an account that one gateway has. */
export type DevicesTold = v.InferOutput<typeof devicesTold>;

/** Who signed in, by which a device came. */
export interface SignInKey {
  readonly userId: string;
  readonly session: string;
}

/**
 * The other gateways of the same sessions, and the servers that know who is signed in. What is told reaches whoever is
 * there at that moment, in the order of its sender, or is lost; who tells of something that lasts tells it again.
 */
export interface Neighbours {
  tellDevices(told: DevicesTold): void;
  /** Calls back with what others tell, never with one's own; returns the unsubscriber. */
  onDevices(listener: (told: DevicesTold) => void): () => void;
  /** Sign-ins of an account may have ended. */
  tellSignInsChanged(userId: string): void;
  onSignInsChanged(listener: (userId: string) => void): () => void;
  /** Whether a sign-in lasts; undefined where no server answers in time. */
  askSignIn(key: SignInKey): Promise<boolean | undefined>;
  /** Answers what others ask, as a server; returns what ends it. */
  answerSignIns(holds: (key: SignInKey) => Promise<boolean>): () => void;
}
