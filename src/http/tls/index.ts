export { isAboutTrust, sendToTls } from './plain-requests.ts';
export { createSecureListener, type SecureListener, type ServerCertificate } from './secure-listener.ts';
export { type TrustSource, trustRoutes } from './trust-routes.ts';
