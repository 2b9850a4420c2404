import { type FSWatcher, watch } from 'node:fs';
import { type Clock, TinyError } from '@tinysystems/core';
import { readCertificates } from './certificate-directory.ts';
import { type Certificates, checkCertificates } from './certificates.ts';
import type { ModuleIdentity } from './identity.ts';

/** How often the files are looked at when nothing is heard of a change, milliseconds. */
export const LOOK_EVERY_MS = 10_000;
/** A change is looked at so much later, milliseconds: three files are not written at once. */
const SETTLE_MS = 200;
/** A certificate with less than this share of its life left should have been replaced. */
const EXPIRING_SHARE = 0.1;

/** What is told of certificates. */
export interface CertificateEvents {
  /** These are used from now on. */
  readonly onLoaded: (certificates: Certificates) => void;
  /** The files changed and cannot be used; what was there before still is. Once for each content. */
  readonly onRefused: (error: TinyError) => void;
  /** Less than a tenth of the certificate's life is left, or none; once for each. */
  readonly onExpiring: (certificates: Certificates, leftMs: number) => void;
}

/** Which files, and whose. */
export interface CertificateFilesOptions extends CertificateEvents {
  /** Holds `tls.crt`, `tls.key` and `ca.crt`, as a Kubernetes Secret is mounted. */
  readonly directory: string;
  readonly identity: ModuleIdentity;
  readonly clock: Clock;
}

/** The certificates in a directory: those that were good last, whatever becomes of the files. */
export class CertificateFiles implements Disposable {
  readonly #options: CertificateFilesOptions;
  readonly #listeners = new Set<() => void>();
  #current: Certificates | undefined;
  /** The content of the files in use. */
  #used = '';
  /** What could not be used at the last look: it may have been half written. */
  #doubtful = '';
  /** What was told to be of no use. */
  #refused = '';
  #told: 'nothing' | 'expiring' | 'expired' = 'nothing';
  #watcher: FSWatcher | undefined;
  #takeBack: () => void = () => undefined;
  #isDisposed = false;

  constructor(options: CertificateFilesOptions) {
    this.#options = options;
  }

  /** Those in use. @throws Error before {@link open}. */
  get current(): Certificates {
    if (this.#current === undefined) throw new Error('the certificates were not opened');
    return this.#current;
  }

  /** Whose they are. */
  get identity(): ModuleIdentity {
    return this.#options.identity;
  }

  /** Reads the files and watches them. @throws TinyError `Permanent`/`CERTIFICATE_INVALID` when they cannot be used. */
  async open(): Promise<void> {
    const found = await this.#find();
    if (found.refusal !== undefined) throw found.refusal;
    this.#use(found);
    this.#watch();
    this.#lookIn(LOOK_EVERY_MS);
  }

  /** Calls back after other certificates came into use. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  [Symbol.dispose](): void {
    this.#isDisposed = true;
    this.#takeBack();
    this.#watcher?.close();
  }

  /** A mounted Secret changes by the swap of a link in the directory, which is what the directory's watch tells. */
  #watch(): void {
    try {
      this.#watcher = watch(this.#options.directory, { persistent: false }, () => this.#lookIn(SETTLE_MS));
      this.#watcher.on('error', () => this.#watcher?.close()); // the regular look goes on
    } catch {
      this.#watcher = undefined; // no watch on this file system: the regular look is enough
    }
  }

  #lookIn(delayMs: number): void {
    this.#takeBack();
    if (!this.#isDisposed) this.#takeBack = this.#options.clock.after(delayMs, () => void this.#look());
  }

  async #look(): Promise<void> {
    const found = await this.#find();
    if (this.#isDisposed) return;
    const isDoubtful = found.refusal !== undefined && found.content !== this.#refused;
    const isFirstLook = isDoubtful && found.content !== this.#doubtful;
    this.#doubtful = isDoubtful ? found.content : '';
    if (found.refusal === undefined) this.#use(found);
    else if (isDoubtful && !isFirstLook) {
      this.#refused = found.content;
      this.#options.onRefused(found.refusal);
    }
    this.#tellAge();
    this.#lookIn(isFirstLook ? SETTLE_MS : LOOK_EVERY_MS);
  }

  /** Reads the files, and checks them unless they are in use. */
  async #find(): Promise<Found> {
    const { directory, identity, clock } = this.#options;
    let content = '';
    try {
      const texts = await readCertificates(directory);
      content = JSON.stringify(texts);
      if (content === this.#used) return { content };
      return { content, certificates: checkCertificates(texts, identity, clock.now()) };
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      const text = `the certificates in ${directory} cannot be used: ${why}`;
      const refusal = new TinyError('Permanent', 'CERTIFICATE_INVALID', text, { cause: error });
      return { content: content || why, refusal };
    }
  }

  #use({ content, certificates }: Found): void {
    if (certificates === undefined) return;
    this.#used = content;
    this.#refused = '';
    this.#current = certificates;
    this.#told = 'nothing';
    this.#options.onLoaded(certificates);
    for (const listener of this.#listeners) listener();
    this.#tellAge();
  }

  #tellAge(): void {
    const { notBeforeMs, notAfterMs } = this.current;
    const leftMs = notAfterMs - this.#options.clock.now();
    if (leftMs > (notAfterMs - notBeforeMs) * EXPIRING_SHARE) return;
    const age = leftMs > 0 ? 'expiring' : 'expired';
    if (this.#told === age) return;
    this.#told = age;
    this.#options.onExpiring(this.current, Math.max(0, leftMs));
  }
}

/** What a look at the files gave: `certificates` unless they are those in use, or why they cannot be used. */
interface Found {
  readonly content: string;
  readonly certificates?: Certificates;
  readonly refusal?: TinyError;
}
