export { metricsText } from './exposition.ts';
export { healthRoutes } from './health.ts';
export { landingAnswer } from './landing-page.ts';
export { metricsRoute } from './metrics.ts';
export { Traffic } from './traffic.ts';
