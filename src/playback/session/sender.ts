/** Whose command it is, and which of theirs; of an id that `cmdId` parsed. */
export function splitCmdId(cmdId: string): { readonly instanceId: string; readonly number: number } {
  const dot = cmdId.indexOf('.');
  return { instanceId: cmdId.slice(0, dot), number: Number(cmdId.slice(dot + 1)) };
}
