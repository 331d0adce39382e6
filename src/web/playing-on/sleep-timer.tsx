import { useFormats, useMessages } from '../messages/use-messages.ts';
import { SelectField } from '../panels/select-field.tsx';
import type { SessionClient } from '../session/session-client.ts';

const MINUTES = [15, 30, 45, 60, 90] as const;
const A_MINUTE_MS = 60_000;

/** When everything falls silent, on all devices of the session. */
export function SleepTimer({ client }: { readonly client: SessionClient }) {
  const { sessions: words } = useMessages();
  const { clock, number } = useFormats();
  const { sleep } = client.state;
  const leftMs = sleep?.kind === 'at' ? Math.max(0, sleep.atMs - client.logNowMs()) : 0;
  const set = (wanted: string) => {
    if (wanted === 'off') client.send({ type: 'sleep.cancel' });
    else if (wanted === 'item-end') client.send({ type: 'sleep.item-end' });
    else if (wanted !== 'at') client.send({ type: 'sleep.at', inMs: Number(wanted) * A_MINUTE_MS });
  };
  return (
    <section className="playing-on-part">
      <SelectField
        label={words.sleep}
        value={sleep?.kind ?? 'off'}
        options={[
          ['off', words.sleepOff],
          ...(sleep?.kind === 'at' ? [['at', words.sleepsIn(clock(leftMs))] as const] : []),
          ...MINUTES.map((minutes) => [String(minutes), words.sleepMinutes(number(minutes))] as const),
          ['item-end', words.sleepItem],
        ]}
        onChange={set}
      />
    </section>
  );
}
