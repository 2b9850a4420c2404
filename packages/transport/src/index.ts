export { AddressBook, type Endpoint } from './address-book.ts';
export { ClientPool, type ClientPoolOptions, MODULE_WAIT_MS, UNKNOWN_MODULE_WAIT_MS } from './client-pool.ts';
export { DEFAULT_CALL_TIMEOUT_MS } from './server-stream.ts';
export { ModuleServer, type ModuleServerOptions } from './server.ts';
export { fromStatus, toStatus } from './status.ts';
