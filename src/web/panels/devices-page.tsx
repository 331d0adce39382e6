import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type Device, routes } from '../../api/index.ts';
import { call } from '../data/client.ts';
import { useFormats, useMessages } from '../messages/use-messages.ts';
import { Icon } from '../parts/icon.tsx';
import { Loaded } from '../parts/loaded.tsx';
import { Notice } from '../parts/notice.tsx';
import { usePageTitle } from '../parts/use-page-title.ts';
import { openOverlay } from '../shell/overlays.ts';
import { tell } from '../shell/toasts.ts';
import { devicesQuery } from './queries.ts';
import { useThisDevice } from './use-this-device.ts';

const SKELETONS = [0, 1, 2];

export function DevicesPage() {
  const { devices: words, told } = useMessages();
  const queryClient = useQueryClient();
  const query = useQuery(devicesQuery);
  const thisDevice = useThisDevice();
  usePageTitle(words.title);

  async function revoke({ id, name }: Device): Promise<void> {
    try {
      await call(routes.revokeDevice, { params: { id } });
      tell(words.revoked(name));
      await queryClient.invalidateQueries({ queryKey: devicesQuery.queryKey });
    } catch {
      tell(told.failed);
    }
  }

  function confirm(device: Device): void {
    openOverlay({
      kind: 'confirm',
      title: words.revokeTitle(device.name),
      text: words.revokeText,
      action: words.revoke,
      run: () => void revoke(device),
    });
  }

  return (
    <div className="page page-narrow">
      <header className="page-head">
        <h1 className="page-title">{words.title}</h1>
        <p className="page-facts">{words.lead}</p>
      </header>
      <Loaded
        query={query}
        skeleton={SKELETONS.map((index) => <span key={index} className="panel skeleton device-skeleton" />)}
      >
        {({ devices }) =>
          devices.length === 0 ? (
            <Notice icon="devices" title={words.title} text={words.none} />
          ) : (
            <ul>
              {devices.map((device) => (
                <DeviceCard
                  key={device.id}
                  device={device}
                  isThis={device.id === thisDevice}
                  revoke={() => confirm(device)}
                />
              ))}
            </ul>
          )
        }
      </Loaded>
    </div>
  );
}

interface DeviceCardProps {
  readonly device: Device;
  readonly isThis: boolean;
  readonly revoke: () => void;
}

function DeviceCard({ device: { name, fingerprint, createdAtMs }, isThis, revoke }: DeviceCardProps) {
  const { devices: words } = useMessages();
  const { date } = useFormats();
  return (
    <li className="panel device">
      <Icon name="devices" />
      <div className="panel-grow">
        <h2 className="device-name" dir="auto">
          {name}
          {isThis && <span className="badge">{words.this}</span>}
        </h2>
        <p className="setting-hint">{words.since(date(createdAtMs))}</p>
        <p className="device-fingerprint">
          <span className="visually-hidden">{words.fingerprint}: </span>
          {fingerprint}
        </p>
      </div>
      <button
        type="button"
        className="button button-danger"
        aria-label={words.revokeOf(name)}
        onClick={revoke}
      >
        {words.revoke}
      </button>
    </li>
  );
}
