export { type ApiDeps, apiRoutes } from './routes.ts';
