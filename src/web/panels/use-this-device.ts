import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { sessionQuery } from '../data/queries.ts';
import { thisDeviceId } from '../data/this-device.ts';

/** The thumbprint of this browser's key; undefined while it is looked up, or where there is none yet. */
export function useThisDevice(): string | undefined {
  const { data: session } = useQuery(sessionQuery);
  const accountId = session?.account.id;
  const [deviceId, setDeviceId] = useState<string>();
  useEffect(() => {
    if (accountId === undefined) return undefined;
    let isShown = true;
    void thisDeviceId({ id: accountId }).then((found) => isShown && setDeviceId(found));
    return () => {
      isShown = false;
    };
  }, [accountId]);
  return deviceId;
}
