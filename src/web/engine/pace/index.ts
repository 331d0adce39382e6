export { PaceKeeper } from './pace-keeper.ts';
