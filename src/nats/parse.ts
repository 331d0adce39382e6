import type { Msg } from '@nats-io/transport-node';
import * as v from 'valibot';

/** A message's JSON, or undefined where it is something else: an error in a callback would end the connection. */
export function parsed<const Schema extends v.GenericSchema>(
  schema: Schema,
  message: Pick<Msg, 'data'>,
): v.InferOutput<Schema> | undefined {
  try {
    const { success, output } = v.safeParse(schema, JSON.parse(Buffer.from(message.data).toString()));
    return success ? output : undefined;
  } catch {
    return undefined;
  }
}
