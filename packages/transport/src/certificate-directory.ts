import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CertificateTexts } from './certificates.ts';

/** The files of a directory of certificates, named as in a Kubernetes Secret of cert-manager. */
const FILES = { certificate: 'tls.crt', key: 'tls.key', authorities: 'ca.crt' } as const;

/** Reads a directory of certificates. */
export async function readCertificates(directory: string): Promise<CertificateTexts> {
  const read = (name: string) => readFile(join(directory, name), 'utf8');
  const [certificate, key, authorities] = await Promise.all([
    read(FILES.certificate),
    read(FILES.key),
    read(FILES.authorities),
  ]);
  return { certificate, key, authorities };
}

/** Writes a directory of certificates that only its owner can read; each file is replaced whole. */
export async function writeCertificates(directory: string, texts: CertificateTexts): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  for (const part of ['authorities', 'key', 'certificate'] as const) {
    const file = join(directory, FILES[part]);
    const draft = `${file}.${process.pid}.tmp`;
    await writeFile(draft, texts[part], { mode: 0o600 });
    await rename(draft, file);
  }
}
