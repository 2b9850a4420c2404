import type { Socket } from 'node:net';
import { type PeerCertificate, type TLSSocket, connect } from 'node:tls';
import { CallCredentials, ChannelCredentials, type experimental } from '@grpc/grpc-js';
import type { TinyError } from '@tinysystems/core';
import type { CertificateFiles } from './certificate-files.ts';
import { identityFromAltNames, identityUri, isSameIdentity } from './identity.ts';
import { type RefusalMeter, reasonFromTlsError, untrusted } from './refusal.ts';

/** What credentials for one peer are made from. */
export interface ClientCredentialsOptions {
  readonly certificates: CertificateFiles;
  /** The module that is dialled, in the namespace of the own. */
  readonly module: string;
  /** What error texts call the other side. */
  readonly peer: string;
  readonly onRefusal: RefusalMeter;
}

/**
 * Proves this module to one other and demands the same of it: whatever its address, its certificate must name that
 * module. Each handshake takes the certificates in use then.
 */
export class ClientCredentials extends ChannelCredentials {
  readonly #options: ClientCredentialsOptions;
  #failure: TinyError | undefined;
  #isAccepted = false;

  constructor(options: ClientCredentialsOptions) {
    super();
    this.#options = options;
  }

  /** Why the last connection was not made, when that was a matter of trust. Asked once. */
  takeFailure(): TinyError | undefined {
    const failure = this.#failure;
    this.#failure = undefined;
    return failure;
  }

  /** The peer took the connection: it trusts this module. */
  accepted(): void {
    this.#isAccepted = true;
    this.#failure = undefined;
  }

  override compose(): ChannelCredentials {
    throw new Error('a module is known by its certificate; it has no credentials for single calls');
  }

  override _isSecure(): boolean {
    return true;
  }

  override _equals(other: ChannelCredentials): boolean {
    return this === other;
  }

  override _createSecureConnector(
    _target: unknown,
    _options: unknown,
    callCredentials = CallCredentials.createEmpty(),
  ): experimental.SecureConnector {
    return {
      connect: (socket) => this.#connect(socket),
      waitForReady: () => Promise.resolve(),
      getCallCredentials: () => callCredentials,
      destroy: () => undefined,
    };
  }

  #connect(socket: Socket): Promise<{ readonly socket: TLSSocket; readonly secure: true }> {
    const { certificates, module } = this.#options;
    this.#isAccepted = false;
    this.#failure = undefined;
    return new Promise((resolve, reject) => {
      const secured = connect({
        socket,
        secureContext: certificates.current.secureContext,
        ALPNProtocols: ['h2'],
        servername: `${module}.${certificates.identity.namespace}`,
        checkServerIdentity: (_host, certificate) => this.#check(certificate),
      });
      let isSecure = false;
      secured.once('secureConnect', () => {
        isSecure = true;
        resolve({ socket: secured, secure: true });
      });
      secured.once('error', (error: NodeJS.ErrnoException) => {
        this.#failed(error);
        if (isSecure) this.#closed(); // TLS 1.3: the server looks at a certificate after the client is done
        reject(error);
      });
      secured.once('close', () => {
        this.#closed();
        reject(new Error('the connection was closed during the handshake'));
      });
    });
  }

  #check(certificate: PeerCertificate): Error | undefined {
    const { certificates, module, peer, onRefusal } = this.#options;
    const expected = { namespace: certificates.identity.namespace, module };
    const shown = identityFromAltNames(certificate.subjectaltname);
    if (shown !== undefined && isSameIdentity(shown, expected)) return undefined;
    const who = shown === undefined ? 'names no module' : `is that of ${identityUri(shown)}`;
    const error = this.#distrust(`the certificate of ${peer} ${who}, not of ${identityUri(expected)}`);
    onRefusal('out', shown?.module === module ? 'namespace' : 'identity', error.message);
    return error;
  }

  #failed(error: NodeJS.ErrnoException): void {
    const { peer, onRefusal } = this.#options;
    if (this.#isAccepted || this.#failure !== undefined) return;
    const { code = '', message } = error;
    const reason = reasonFromTlsError(code);
    if (code.startsWith('ERR_SSL_')) this.#distrust(`${peer} refused the handshake: ${message}`, error);
    if (reason === 'handshake') return; // else it is the network, and no matter of trust
    const text = `the certificate of ${peer} is not accepted: ${message}`;
    this.#distrust(text, error);
    onRefusal('out', reason, text);
  }

  #closed(): void {
    if (this.#isAccepted || this.#failure !== undefined) return;
    const why = 'it does not trust the certificate of this module, or stops; its log says which';
    this.#distrust(`${this.#options.peer} closed the connection before it took calls: ${why}`);
  }

  #distrust(text: string, cause?: unknown): TinyError {
    return (this.#failure = untrusted(text, cause));
  }
}
