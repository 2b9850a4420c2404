import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Authority, IssueOptions } from '@tinysystems/control-plane';
import { systemClock } from '@tinysystems/core';
import { CertificateFiles, type CertificateTexts, identityUri } from '@tinysystems/transport';

/** A directory of certificates as a kubelet mounts a Secret: its files change all at once, by the swap of a link. */
export class MountedSecret {
  readonly directory: string;
  #version = 0;

  constructor(directory: string) {
    this.directory = directory;
  }

  async write(texts: Partial<CertificateTexts>): Promise<void> {
    this.#version += 1;
    const version = `..version-${this.#version}`;
    await mkdir(join(this.directory, version), { recursive: true });
    const files = { 'tls.crt': texts.certificate, 'tls.key': texts.key, 'ca.crt': texts.authorities };
    for (const [name, text] of Object.entries(files))
      if (text !== undefined) await writeFile(join(this.directory, version, name), text);
    await symlink(version, join(this.directory, '..data_tmp'));
    await rename(join(this.directory, '..data_tmp'), join(this.directory, '..data'));
    if (this.#version > 1) return;
    for (const name of Object.keys(files)) await symlink(join('..data', name), join(this.directory, name));
  }
}

/** Certificates of modules, in a folder that goes away. */
export class Certificates implements AsyncDisposable {
  readonly #folder: string;
  readonly #stack = new AsyncDisposableStack();
  #count = 0;

  private constructor(folder: string) {
    this.#folder = folder;
    this.#stack.defer(() => rm(folder, { recursive: true, force: true }));
  }

  static async create(): Promise<Certificates> {
    return new Certificates(await mkdtemp(join(tmpdir(), 'certificates-')));
  }

  /** A mounted Secret with nothing in it. */
  async secret(): Promise<MountedSecret> {
    this.#count += 1;
    const directory = join(this.#folder, String(this.#count));
    await mkdir(directory);
    return new MountedSecret(directory);
  }

  /** Opens the certificates of a Secret as the module would, and closes them in the end. */
  async open(secret: MountedSecret, module: string, namespace = 'flows'): Promise<OpenCertificates> {
    const told: string[] = [];
    const files = this.#stack.use(
      new CertificateFiles({
        directory: secret.directory,
        identity: { namespace, module },
        clock: systemClock,
        onLoaded: ({ serialNumber }) => told.push(`loaded ${serialNumber}`),
        onRefused: ({ message }) => told.push(`refused: ${message}`),
        onExpiring: (_certificates, leftMs) => told.push(leftMs > 0 ? 'expiring' : 'expired'),
      }),
    );
    await files.open();
    return { files, told };
  }

  /** The opened certificates of a module, signed by `authority`. */
  async of(authority: Authority, module: string, namespace = 'flows'): Promise<OpenCertificates> {
    const secret = await this.secret();
    await secret.write(await issue(authority, module, { namespace }));
    return this.open(secret, module, namespace);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack[Symbol.asyncDispose]();
  }
}

/** Certificates in use, and what they told. */
export interface OpenCertificates {
  readonly files: CertificateFiles;
  readonly told: string[];
}

/** A certificate of a module, with what is put on it besides. */
export async function issue(
  authority: Authority,
  module: string,
  {
    namespace = 'flows',
    trusts = [authority],
    ...more
  }: Partial<IssueOptions> & { readonly namespace?: string; readonly trusts?: readonly Authority[] } = {},
): Promise<CertificateTexts> {
  const uris = [identityUri({ namespace, module })];
  const own = await authority.issue({ name: module, uris, usages: ['server', 'client'], ...more });
  return { ...own, authorities: trusts.map(({ credentials }) => credentials.certificate).join('\n') };
}
