export {
  type KeepOptions,
  type KeepProgress,
  type KeptLibrary,
  type KeptList,
  type KeptSpace,
  KeptSpaceFull,
  openKeptLibrary,
} from './kept-library.ts';
