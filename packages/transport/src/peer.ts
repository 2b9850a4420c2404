import type { PeerCertificate } from 'node:tls';
import { TinyError } from '@tinysystems/core';
import { type ModuleIdentity, identityFromAltNames, identityUri } from './identity.ts';
import type { RefusalMeter, RefusalReason } from './refusal.ts';

/** Who calls, as its certificate says. */
export interface Peer {
  /** `undefined`: nobody can say, because this module runs without certificates. */
  readonly identity: ModuleIdentity | undefined;
  /** When its certificate ends, milliseconds since the epoch. */
  readonly notAfterMs: number;
}

/** The peer of every connection when there are no certificates. */
export const UNKNOWN_PEER: Peer = { identity: undefined, notAfterMs: Number.POSITIVE_INFINITY };

/** What tells peers apart. */
export interface PeerGateOptions {
  /** Who this module is; `undefined`: it runs without certificates, and everybody may call. */
  readonly self: ModuleIdentity | undefined;
  readonly onRefusal: RefusalMeter;
}

/** Lets in the modules of its own namespace. TLS has let in who has a certificate of the same authority. */
export class PeerGate {
  readonly #options: PeerGateOptions;

  constructor(options: PeerGateOptions) {
    this.#options = options;
  }

  /** Who calls. @throws TinyError `Permanent`/`PEER_REFUSED` when it is no module of this namespace. */
  admit(call: CallWithPeer): Peer {
    const { self } = this.#options;
    if (self === undefined) return UNKNOWN_PEER;
    const certificate = call.getAuthContext().sslPeerCertificate;
    if (certificate === undefined) throw this.#refuse('no_certificate', 'the caller showed no certificate');
    const identity = identityFromAltNames(certificate.subjectaltname);
    if (identity === undefined)
      throw this.#refuse('identity', 'the certificate of the caller names no module');
    if (identity.namespace !== self.namespace)
      throw this.#refuse('namespace', `${identityUri(identity)} may not call ${identityUri(self)}`);
    return { identity, notAfterMs: Date.parse(certificate.valid_to) };
  }

  /** @throws TinyError `Permanent`/`PEER_REFUSED` once its certificate has expired, however old the connection is. */
  demandValid(peer: Peer, nowMs: number): void {
    if (nowMs < peer.notAfterMs) return;
    const text = `the certificate of the caller expired at ${new Date(peer.notAfterMs).toISOString()}`;
    throw this.#refuse('expired', text);
  }

  #refuse(reason: RefusalReason, text: string): TinyError {
    this.#options.onRefusal('in', reason, text);
    return new TinyError('Permanent', 'PEER_REFUSED', text);
  }
}

/** What the gate sees of a gRPC call. */
interface CallWithPeer {
  getAuthContext(): { readonly sslPeerCertificate?: PeerCertificate };
}
