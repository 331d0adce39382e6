export { DEFAULT_ACME_DIRECTORY } from './acme.ts';
export {
  createAuthority,
  fingerprintOf,
  issueServerCertificate,
  type KeyAndCertificate,
} from './authority.ts';
export { TlsFolder, type TlsPlan } from './folder.ts';
export { isDue, issue, type IssueContext } from './issue.ts';
export { namesOfMachine, parseSubjectName, type SubjectName } from './names.ts';
