import { TinyError } from '@tinysystems/core';

/**
 * Why a peer or a call of it was refused:
 * `no_certificate`: it showed none · `untrusted`: signed by an authority that is not in ca.crt · `expired` ·
 * `identity`: its certificate names no module, or another one than was dialled · `namespace`: a module of another
 * namespace · `handshake`: it does not speak TLS 1.3 · `edge`: its sending node has no such edge · `module`: the
 * sending node belongs to another module · `abuse`: too many pings or settings.
 */
export type RefusalReason =
  | 'no_certificate'
  | 'untrusted'
  | 'expired'
  | 'identity'
  | 'namespace'
  | 'handshake'
  | 'edge'
  | 'module'
  | 'abuse';

/** Who was refused: a peer that called (`in`), or one that was called (`out`). */
export type RefusalSide = 'in' | 'out';

/** Is told of refusals; `what` says in words who was refused, and why. */
export type RefusalMeter = (side: RefusalSide, reason: RefusalReason, what: string) => void;

/** Why a certificate of a peer was not accepted, by the code that OpenSSL gives. */
export function reasonFromTlsError(code: string | undefined): RefusalReason {
  switch (code) {
    case 'CERT_HAS_EXPIRED':
    case 'CERT_NOT_YET_VALID':
      return 'expired';
    case 'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE':
      return 'no_certificate';
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'CERT_SIGNATURE_FAILURE':
    case 'CERT_UNTRUSTED':
    case 'CERT_REJECTED':
    case 'INVALID_CA':
    case 'INVALID_PURPOSE':
      return 'untrusted';
    default:
      return 'handshake';
  }
}

/** The failure of a call to a peer that is not trusted, or does not trust this module. It was not sent. */
export function untrusted(text: string, cause?: unknown): TinyError {
  return new TinyError('Transient', 'PEER_UNTRUSTED', text, { cause });
}
