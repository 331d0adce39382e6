export { SMB_PORT, type SmbAddress, type SmbCredentials } from './address.ts';
export type { SmbEntry, SmbSpace, SmbStat } from './calls.ts';
export { isAbsentOnShare, SmbFault } from './fault.ts';
export { folderOfShare, type SmbFolder } from './folder.ts';
export { watchShare, type WatchShareOptions } from './watch.ts';
export { type SmbNewFile, SmbShare, type SmbShareOptions } from './share.ts';
