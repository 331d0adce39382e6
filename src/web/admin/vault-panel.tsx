import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type RouteAnswer, routes } from '../../api/index.ts';
import { call } from '../data/client.ts';
import { libraryMatrixQuery, useVaultEvents } from '../data/matrix-queries.ts';
import { NodeList } from '../matrix/node-list.tsx';
import { nodeCalled } from '../matrix/node-name.tsx';
import { useFormats } from '../messages/use-messages.ts';
import { Figures } from '../parts/figures.tsx';
import { Icon } from '../parts/icon.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { tell } from '../shell/toasts.ts';
import { vaultQuery } from './queries.ts';
import { useAdminMessages } from './use-admin-messages.ts';

type Vault = RouteAnswer<typeof routes.vault>;
type Assets = RouteAnswer<typeof routes.libraryMatrix>['assets'];

/** The sample is the matrix page's; here it is looked at less often. */
const LOOK_AGAIN_MS = 20_000;

/** How what is stored is, in numbers; the matrix has it cell by cell. */
export function VaultPanel() {
  const {
    admin: { vault: words },
  } = useAdminMessages();
  const { bytes, number } = useFormats();
  const query = useQuery(vaultQuery);
  useVaultEvents(useQueryClient());
  return (
    <section className="panel" aria-labelledby="vault">
      <header className="panel-head">
        <h2 id="vault" className="panel-title">
          {words.title}
        </h2>
        <Link to="/matrix" className="button">
          <Icon name="matrix" />
          {words.matrix}
        </Link>
      </header>
      <Loaded query={query} skeleton={<span className="skeleton admin-skeleton" />}>
        {(vault) => (
          <>
            <VaultState vault={vault} />
            <Figures
              figures={[
                ...(vault.storedBytes === undefined
                  ? []
                  : [{ value: bytes(vault.storedBytes), label: words.stored }]),
                { value: number(vault.assets), label: words.assets },
                { value: `${vault.policy.k}+${vault.policy.m}`, label: words.policy },
                { value: number(vault.degradedAssets), label: words.waiting },
              ]}
            />
            <NodeList nodes={vault.nodes} />
          </>
        )}
      </Loaded>
    </section>
  );
}

function VaultState({ vault: { nodes, degradedAssets, repair, drillIsDue } }: { readonly vault: Vault }) {
  const messages = useAdminMessages();
  const {
    admin: { vault: words },
  } = messages;
  const { number } = useFormats();
  const { data } = useQuery({ ...libraryMatrixQuery, refetchInterval: LOOK_AGAIN_MS });
  const looked = data?.assets ?? [];
  const away = nodes.filter(({ isOnline }) => !isOnline).map(({ label }) => nodeCalled(messages, label));
  const hurt = hurtOf(looked);
  const faults = [
    ...(away.length > 0 ? [words.away(away)] : []),
    ...(degradedAssets > 0 ? [words.degraded(degradedAssets)] : []),
    ...(hurt > 0 ? [words.hurt(hurt, looked.length)] : []),
    ...(drillIsDue ? [words.drill] : []),
  ];
  const said = repair && words.repairing(number(repair.done), number(repair.total));
  return (
    <div className={`matrix-state matrix-state-${faults.length > 0 ? 'lost' : 'whole'}`}>
      <Icon name={faults.length > 0 ? 'warning' : 'shield'} />
      <div className="vault-state" role="status">
        {(faults.length === 0 && !repair ? [words.whole] : faults).map((sentence) => (
          <p key={sentence}>{sentence}</p>
        ))}
        {repair && <p>{words.isRepairing}</p>}
      </div>
      {repair && (
        <progress
          className="bar"
          aria-label={words.isRepairing}
          aria-valuetext={said}
          {...(repair.done > 0 && { value: repair.done, max: Math.max(1, repair.total) })}
        />
      )}
      {!repair && degradedAssets + hurt > 0 && <RepairButton />}
    </div>
  );
}

function RepairButton() {
  const {
    admin: { vault: words },
    told,
  } = useAdminMessages();
  const queryClient = useQueryClient();

  async function repair(): Promise<void> {
    try {
      await call(routes.repairVault, {});
      await queryClient.invalidateQueries({ queryKey: vaultQuery.queryKey });
    } catch {
      tell(told.failed);
    }
  }

  return (
    <button type="button" className="button" onClick={() => void repair()}>
      {words.repair}
    </button>
  );
}

/** Tracks that lost something where their nodes do answer. */
function hurtOf(assets: Assets): number {
  return assets.filter(({ cells }) =>
    cells.some(({ health }) => health === 'missing' || health === 'damaged'),
  ).length;
}
