export { healthRoutes } from './health.ts';
export { landingRoute } from './landing-page.ts';
export { metricsRoute } from './metrics.ts';
export { Traffic } from './traffic.ts';
