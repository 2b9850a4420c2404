import { X509Certificate, constants, createPrivateKey } from 'node:crypto';
import { type SecureContext, type SecureContextOptions, createSecureContext } from 'node:tls';
import { TinyError } from '@tinysystems/core';
import { type ModuleIdentity, identityFromAltNames, identityUri, isSameIdentity } from './identity.ts';

/** What a module proves itself with, and whom it trusts, as PEM. */
export interface CertificateTexts {
  /** The module's certificate, and those between it and the authority. */
  readonly certificate: string;
  readonly key: string;
  /** One authority or more: during a change of authority the old one and the new one. */
  readonly authorities: string;
}

/** Certificates that fit together, ready for handshakes. */
export interface Certificates {
  readonly identity: ModuleIdentity;
  readonly serialNumber: string;
  /** When the module's certificate begins and ends, milliseconds since the epoch. */
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
  readonly secureContext: SecureContext;
  /** What the context was made from. */
  readonly contextOptions: SecureContextOptions;
}

/** The longest way from a certificate to its authority. */
const MAX_CHAIN = 8;
const PEM = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/**
 * Checks everything that a peer would check, so that files which cannot work are found here and not at each handshake.
 *
 * @throws TinyError `Permanent`/`CERTIFICATE_INVALID` saying what is wrong.
 */
export function checkCertificates(
  { certificate, key, authorities }: CertificateTexts,
  identity: ModuleIdentity,
  nowMs: number,
): Certificates {
  const [own, ...between] = parseAll(certificate, 'tls.crt');
  const roots = parseAll(authorities, 'ca.crt');
  if (own === undefined) throw invalid('tls.crt holds no certificate');
  if (roots.length === 0) throw invalid('ca.crt holds no certificate');
  demandKey(own, key);
  const named = identityFromAltNames(own.subjectAltName);
  if (named === undefined || !isSameIdentity(named, identity))
    throw invalid(
      `tls.crt must have the one URI ${identityUri(identity)}, and has ${own.subjectAltName ?? 'no name'}`,
    );
  const [notBeforeMs, notAfterMs] = [own.validFromDate.getTime(), own.validToDate.getTime()];
  if (nowMs < notBeforeMs) throw invalid(`tls.crt is valid only from ${own.validFrom}`);
  if (nowMs >= notAfterMs) throw invalid(`tls.crt has expired: ${own.validTo}`);
  if (!leadsTo(own, between, roots)) throw invalid('tls.crt is not signed by an authority of ca.crt');
  const contextOptions = {
    cert: certificate,
    key,
    // One by one: OpenSSL overlooks an authority that does not begin on a line of its own.
    ca: roots.map(String),
    minVersion: 'TLSv1.3',
    // Who resumes a session is not asked for a certificate again.
    secureOptions: constants.SSL_OP_NO_TICKET,
  } as const;
  return {
    identity,
    serialNumber: own.serialNumber,
    notBeforeMs,
    notAfterMs,
    secureContext: createSecureContext(contextOptions),
    contextOptions,
  };
}

function parseAll(text: string, file: string): readonly X509Certificate[] {
  try {
    return (text.match(PEM) ?? []).map((pem) => new X509Certificate(pem));
  } catch (error) {
    throw invalid(`${file} cannot be read as certificates`, error);
  }
}

function demandKey(own: X509Certificate, key: string): void {
  let isPair: boolean;
  try {
    isPair = own.checkPrivateKey(createPrivateKey(key));
  } catch (error) {
    throw invalid('tls.key cannot be read as a private key', error);
  }
  if (!isPair) throw invalid('tls.key is not the key of tls.crt');
}

function leadsTo(
  own: X509Certificate,
  between: readonly X509Certificate[],
  roots: readonly X509Certificate[],
): boolean {
  const signed = (by: X509Certificate) => at.checkIssued(by) && at.verify(by.publicKey);
  let at = own;
  for (let step = 0; step < MAX_CHAIN; step += 1) {
    if (roots.some(signed)) return true;
    const next = between.find(signed);
    if (next === undefined) return false;
    at = next;
  }
  return false;
}

function invalid(text: string, cause?: unknown): TinyError {
  return new TinyError('Permanent', 'CERTIFICATE_INVALID', text, { cause });
}
