export { AddressBook, type Endpoint } from './address-book.ts';
export { CertificateFiles, type CertificateFilesOptions, LOOK_EVERY_MS } from './certificate-files.ts';
export { writeCertificates } from './certificate-directory.ts';
export type { CertificateTexts, Certificates } from './certificates.ts';
export {
  ClientPool,
  type ClientPoolOptions,
  MAX_MODULE_WAITERS,
  MODULE_WAIT_MS,
  UNKNOWN_MODULE_WAIT_MS,
} from './client-pool.ts';
export { type ModuleIdentity, identityFromAltNames, identityUri } from './identity.ts';
export { type Peer, UNKNOWN_PEER } from './peer.ts';
export type { RefusalMeter, RefusalReason, RefusalSide } from './refusal.ts';
export { MAX_WAITING_CALLS } from './call-queue.ts';
export { MAX_SINGLE_CALLS } from './unary-client.ts';
export { DEFAULT_CALL_TIMEOUT_MS } from './server-stream.ts';
export type { ReplicaRecord, TellRecorded } from './recorded-call.ts';
export { ModuleServer, type ModuleServerOptions } from './server.ts';
export { fromStatus, toStatus } from './status.ts';
