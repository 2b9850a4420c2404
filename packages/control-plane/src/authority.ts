import 'reflect-metadata';
import { webcrypto } from 'node:crypto';
import { isIP } from 'node:net';

import * as x509 from '@peculiar/x509';

import { type Clock, systemClock } from './clock.ts';

/** A certificate with its key, both PEM. */
export interface Credentials {
  readonly certificate: string;
  readonly key: string;
}

/** Whom a certificate is for, and for how long. */
export interface IssueOptions {
  /** Common name. */
  readonly name: string;
  /** Host names and addresses. Default: none. */
  readonly hosts?: Iterable<string>;
  /** URIs, e.g. who a workload is. Default: none. */
  readonly uris?: readonly string[];
  readonly usages: readonly ('server' | 'client')[];
  /** When it begins and ends, milliseconds since the epoch. Default: a day ago, as clocks differ, and as the authority. */
  readonly notBeforeMs?: number;
  readonly notAfterMs?: number;
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY_MS = 24 * 60 * 60 * 1000;
const VALID_DAYS = 3650;
const USAGES = { server: x509.ExtendedKeyUsage.serverAuth, client: x509.ExtendedKeyUsage.clientAuth };

/** A certificate authority for one machine: a control plane's own, or that of the modules it runs beside. */
export class Authority {
  readonly credentials: Credentials;
  readonly #root: x509.X509Certificate;
  readonly #keys: webcrypto.CryptoKeyPair;
  readonly #clock: Clock;

  private constructor(
    root: x509.X509Certificate,
    keys: webcrypto.CryptoKeyPair,
    options: { readonly clock: Clock; readonly key: string },
  ) {
    this.#root = root;
    this.#keys = keys;
    this.#clock = options.clock;
    this.credentials = { certificate: root.toString('pem'), key: options.key };
  }

  /** Makes one. */
  static async create(name: string, clock: Clock = systemClock): Promise<Authority> {
    const keys = await generateKeys();
    const root = await x509.X509CertificateGenerator.createSelfSigned({
      notBefore: new Date(clock.now() - DAY_MS),
      notAfter: new Date(clock.now() + VALID_DAYS * DAY_MS),
      signingAlgorithm: ALGORITHM,
      name: `CN=${name}`,
      keys,
      extensions: [
        new x509.BasicConstraintsExtension(true, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      ],
    });
    return new Authority(root, keys, { clock, key: await pemOf(keys.privateKey) });
  }

  /** Signs a certificate for a new key. */
  async issue({ name, hosts = [], uris = [], usages, ...times }: IssueOptions): Promise<Credentials> {
    const keys = await generateKeys();
    const nowMs = this.#clock.now();
    const names = [
      ...[...hosts].map((value) => ({ type: isIP(value) ? ('ip' as const) : ('dns' as const), value })),
      ...uris.map((value) => ({ type: 'url' as const, value })),
    ];
    const certificate = await x509.X509CertificateGenerator.create({
      notBefore: new Date(times.notBeforeMs ?? nowMs - DAY_MS),
      notAfter: new Date(times.notAfterMs ?? this.#root.notAfter),
      signingAlgorithm: ALGORITHM,
      subject: `CN=${name}`,
      issuer: this.#root.subject,
      signingKey: this.#keys.privateKey,
      publicKey: keys.publicKey,
      extensions: [
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension(usages.map((usage) => USAGES[usage])),
        ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : []),
      ],
    });
    return { certificate: certificate.toString('pem'), key: await pemOf(keys.privateKey) };
  }
}

function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
}

async function pemOf(key: webcrypto.CryptoKey): Promise<string> {
  const bytes = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', key)).toString('base64');
  const lines = bytes.match(/.{1,64}/g) ?? [];
  return `-----BEGIN PRIVATE KEY-----\n${lines.join('\n')}\n-----END PRIVATE KEY-----\n`;
}
