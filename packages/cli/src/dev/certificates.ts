import { join } from 'node:path';
import { Authority } from '@tinysystems/control-plane';
import { identityUri, writeCertificates } from '@tinysystems/transport';

/** Where and for whom certificates are made. */
export interface DevCertificatesOptions {
  /** Gets a directory for each module; readable by its owner only. */
  readonly directory: string;
  readonly namespace: string;
  readonly modules: readonly string[];
}

/**
 * Gives each module a certificate, so that they talk on this machine as they do in a cluster. The authority is thrown
 * away: its key is in no file, and the next start makes another one.
 *
 * @returns the directory of each module.
 */
export async function createDevCertificates({
  directory,
  namespace,
  modules,
}: DevCertificatesOptions): Promise<ReadonlyMap<string, string>> {
  const authority = await Authority.create('tinysystems-dev');
  const directories = modules.map(async (module): Promise<[string, string]> => {
    const uris = [identityUri({ namespace, module })];
    const own = await authority.issue({ name: module, uris, usages: ['server', 'client'] });
    const path = join(directory, module);
    await writeCertificates(path, { ...own, authorities: authority.credentials.certificate });
    return [module, path];
  });
  return new Map(await Promise.all(directories));
}
