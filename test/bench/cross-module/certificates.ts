import { join } from 'node:path';
import { Authority } from '@tinysystems/control-plane';
import { systemClock } from '@tinysystems/core';
import { CertificateFiles, identityUri, writeCertificates } from '@tinysystems/transport';

const NAMESPACE = 'default';

/** Makes the certificates of both modules. @returns the directory of each. */
export async function createCertificates(
  folder: string,
): Promise<{ readonly sender: string; readonly receiver: string }> {
  const authority = await Authority.create('bench');
  const create = async (module: string) => {
    const directory = join(folder, module);
    const uris = [identityUri({ namespace: NAMESPACE, module })];
    const own = await authority.issue({ name: module, uris, usages: ['server', 'client'] });
    await writeCertificates(directory, { ...own, authorities: authority.credentials.certificate });
    return directory;
  };
  return { sender: await create('sender'), receiver: await create('receiver') };
}

export async function openCertificates(directory: string, module: string): Promise<CertificateFiles> {
  const certificates = new CertificateFiles({
    directory,
    identity: { namespace: NAMESPACE, module },
    clock: systemClock,
    onLoaded: () => undefined,
    onRefused: (error) => console.error(error),
    onExpiring: () => undefined,
  });
  await certificates.open();
  return certificates;
}
