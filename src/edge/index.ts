export type { ClusterServer, Membership, ServerState } from './membership.ts';
export { nginxFiles } from './nginx/render.ts';
export type { EdgeSite, EdgeTls } from './nginx/site.ts';
