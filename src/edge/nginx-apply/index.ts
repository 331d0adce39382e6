export { createApplyToNginx, masterIn } from './nginx.ts';
export { RunningNginx } from './run-nginx.ts';
export { Versions } from './versions.ts';
