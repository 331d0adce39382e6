/** Outputs that the browser names for what plays; without permission it names none, and none can be chosen. */
export async function listOutputs(
  player: object,
): Promise<readonly { readonly id: string; readonly label: string }[]> {
  if (!('setSinkId' in player)) return [];
  const devices = await navigator.mediaDevices?.enumerateDevices().catch(() => []);
  return (devices ?? [])
    .filter(({ kind, deviceId }) => kind === 'audiooutput' && deviceId !== '')
    .map(({ deviceId, label }) => ({ id: deviceId, label }));
}
