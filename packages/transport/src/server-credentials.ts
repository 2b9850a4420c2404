import { ServerCredentials } from '@grpc/grpc-js';
import type { CertificateFiles } from './certificate-files.ts';

/** How long a handshake may take, milliseconds. */
const HANDSHAKE_TIMEOUT_MS = 10_000;

/** Asks every client for a certificate of the same authority. A handshake takes the certificates in use then. */
export class ModuleServerCredentials extends ServerCredentials implements Disposable {
  readonly #unsubscribe: () => void;

  constructor(certificates: CertificateFiles) {
    const options = { requestCert: true, rejectUnauthorized: true, handshakeTimeout: HANDSHAKE_TIMEOUT_MS };
    super(options, certificates.current.contextOptions);
    this.#unsubscribe = certificates.onChange(() =>
      this.updateSecureContextOptions(certificates.current.contextOptions),
    );
  }

  override _equals(other: ServerCredentials): boolean {
    return this === other;
  }

  [Symbol.dispose](): void {
    this.#unsubscribe();
  }
}
