import type { MysqlPool } from 'kysely';
import { isClefError } from '../../../core/index.ts';
import type { MysqlAddress, PoolOptions } from './address.ts';
import type { PatientConnection } from './patient-connection.ts';
import { ServerPool } from './server-pool.ts';

/** As Kysely asks for it. Goes to the next server where one is away, and stays there. */
export function kyselyPool(address: MysqlAddress, options: PoolOptions): MysqlPool {
  const { others = [], replica: _, ...first } = address;
  const addresses = [first, ...others.map((other) => ({ ...first, ...other }))];
  let preferred = 0;
  // To ask all of them takes no longer than to ask one.
  const connectMs = options.patienceMs / addresses.length;
  const pools = addresses.map((one, at) => {
    const onSilence = () => {
      if (preferred === at) preferred = (at + 1) % addresses.length;
    };
    return new ServerPool(one, options, { connectMs, onSilence });
  });

  async function connect(): Promise<PatientConnection> {
    const start = preferred;
    let failure: unknown;
    for (let tried = 0; tried < pools.length; tried++) {
      const at = (start + tried) % pools.length;
      try {
        const connection = await pools[at]?.connection();
        if (!connection) continue;
        preferred = at;
        return connection;
      } catch (error) {
        if (!isClefError(error, 'catalog-offline')) throw error;
        failure ??= error;
      }
    }
    throw failure;
  }

  return {
    getConnection: (callback) => void give(callback),
    end: (callback) => void end(callback),
  };

  async function give(callback: Parameters<MysqlPool['getConnection']>[0]): Promise<void> {
    let connection: PatientConnection;
    try {
      connection = await connect();
    } catch (error) {
      // Kysely reads the connection only where there is no error.
      callback(error, undefined as never);
      return;
    }
    // Kysely reads no result as a stream, which is the other signature of `query`.
    callback(undefined, connection);
  }

  async function end(callback: (error: unknown) => void): Promise<void> {
    await Promise.all(pools.map((pool) => pool.end()));
    callback(undefined);
  }
}
