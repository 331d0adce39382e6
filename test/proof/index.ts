import { access } from './access.ts';
import { as3 } from './as3.ts';
import { edgeKills } from './edge-kills.ts';
import { bench } from './bench.ts';
import { budget } from './budget.ts';
import { bytes } from './bytes.ts';
import { check } from './check.ts';
import { cluster } from './cluster.ts';
import { crash } from './crash.ts';
import { degraded } from './degraded.ts';
import { dialects } from './dialects.ts';
import { exact } from './exact.ts';
import { failure } from './failure.ts';
import { fanout } from './fanout.ts';
import { habits } from './habits.ts';
import { handover } from './handover.ts';
import { importShards } from './import-shards.ts';
import { keyless } from './keyless.ts';
import { killed } from './killed.ts';
import { latency } from './latency.ts';
import { logs } from './logs.ts';
import { matrix } from './matrix.ts';
import { model } from './model.ts';
import { move } from './move.ts';
import { mounts } from './mounts.ts';
import { nats } from './nats.ts';
import { nodes } from './nodes.ts';
import { oneShard } from './one-shard.ts';
import { outage } from './outage.ts';
import { paging } from './paging.ts';
import { promote } from './promote.ts';
import type { Proof } from './proof.ts';
import { load } from './load.ts';
import { protocol } from './protocol.ts';
import { ranges } from './ranges.ts';
import { recover } from './recover.ts';
import { recoverRemote } from './recover-remote.ts';
import { rolling } from './rolling.ts';
import { search } from './search.ts';
import { secrecy } from './secrecy.ts';
import { shardKills } from './shard-kills.ts';
import { skew } from './skew.ts';
import { source } from './source.ts';
import { speaker } from './speaker.ts';
import { start } from './start.ts';
import { subsonic } from './subsonic.ts';
import { tamper } from './tamper.ts';
import { vectors } from './vectors.ts';
import { wire } from './wire.ts';

/** One entry a "must show" line, in the order of README. */
export const proofs: readonly Proof[] = [
  start,
  bytes,
  secrecy,
  tamper,
  matrix,
  crash,
  recover,
  keyless,
  killed,
  vectors,
  subsonic,
  wire,
  latency,
  exact,
  outage,
  access,
  budget,
  habits,
  model,
  nats,
  fanout,
  skew,
  handover,
  speaker,
  protocol,
  nodes,
  ranges,
  failure,
  recoverRemote,
  degraded,
  source,
  mounts,
  importShards,
  dialects,
  oneShard,
  shardKills,
  move,
  promote,
  search,
  paging,
  as3,
  edgeKills,
  load,
  rolling,
  logs,
  cluster,
  bench,
  check,
];
