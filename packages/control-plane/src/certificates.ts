import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { isIP } from 'node:net';

import * as x509 from '@peculiar/x509';

import type { Clock } from './clock.ts';

/** A certificate with its key, both PEM. */
export interface Credentials {
  readonly certificate: string;
  readonly key: string;
}

/** What a server needs for TLS: its own credentials and the authority that clients trust. */
export interface ServerCredentials {
  readonly authority: Credentials;
  readonly server: Credentials;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY_MS = 24 * 60 * 60 * 1000;
const VALID_DAYS = 3650;

/** Makes an authority and a server certificate for loopback and `host`. */
export async function createServerCredentials(host: string, clock: Clock): Promise<ServerCredentials> {
  const authorityKeys = await generateKeys();
  const validity = {
    // A little in the past: the clocks of containers on one machine may differ.
    notBefore: new Date(clock.now() - DAY_MS),
    notAfter: new Date(clock.now() + VALID_DAYS * DAY_MS),
    signingAlgorithm: ALGORITHM,
  };
  const authority = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity,
    name: 'CN=control-plane-ca',
    keys: authorityKeys,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
    ],
  });
  const serverKeys = await generateKeys();
  const server = await x509.X509CertificateGenerator.create({
    ...validity,
    subject: 'CN=control-plane',
    issuer: authority.subject,
    signingKey: authorityKeys.privateKey,
    publicKey: serverKeys.publicKey,
    extensions: [
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(subjectNames(host)),
    ],
  });
  return {
    authority: { certificate: authority.toString('pem'), key: await pemOf(authorityKeys.privateKey) },
    server: { certificate: server.toString('pem'), key: await pemOf(serverKeys.privateKey) },
  };
}

function subjectNames(host: string): x509.JsonGeneralNames {
  const names = new Set(['127.0.0.1', '::1', 'localhost', 'kubernetes.default.svc', host]);
  return [...names].map((value) => ({ type: isIP(value) ? 'ip' : 'dns', value }));
}

function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}

async function pemOf(key: webcrypto.CryptoKey): Promise<string> {
  const bytes = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key)).toString('base64');
  const lines = bytes.match(/.{1,64}/g) ?? [];
  return `-----BEGIN PRIVATE KEY-----\n${lines.join('\n')}\n-----END PRIVATE KEY-----\n`;
}
