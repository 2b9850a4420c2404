import { API_GROUP, API_VERSION, TINY_MODULE } from '@tinysystems/api';
import { CertificateFiles } from '@tinysystems/transport';
import type { Foundation } from './foundation.ts';

/** The certificates of this module, if it was given any; to be opened before anything is sent or taken. */
export function createCertificates(foundation: Foundation): CertificateFiles | undefined {
  const { options, namespace, module, clock, log, metrics, recorder } = foundation;
  const directory = options.grpcCertificates;
  if (directory === undefined) return undefined;
  const own = {
    apiVersion: `${API_GROUP}/${API_VERSION}`,
    kind: TINY_MODULE.kind,
    metadata: { name: module.name, namespace },
  };
  const warn = (reason: string, message: string) => recorder.event(own, { type: 'Warning', reason, message });
  return new CertificateFiles({
    directory,
    identity: { namespace, module: module.name },
    clock,
    onLoaded: ({ notAfterMs, serialNumber }) => {
      metrics.transport.reloaded('used');
      metrics.transport.expires(notAfterMs);
      log.info({ directory, serialNumber, expires: dateOf(notAfterMs) }, 'certificates in use');
    },
    onRefused: (error) => {
      metrics.transport.reloaded('refused');
      log.error(
        { err: error, code: error.code },
        'the certificates changed and cannot be used; the last good ones are',
      );
      warn('CertificateRefused', `${error.message}; the last good ones are used`);
    },
    onExpiring: ({ notAfterMs }, leftMs) => {
      const text =
        leftMs > 0
          ? `the certificate in ${directory} ends at ${dateOf(notAfterMs)} and was not renewed`
          : `the certificate in ${directory} has expired: other modules refuse this one`;
      log[leftMs > 0 ? 'warn' : 'error']({ directory, leftMs }, text);
      warn(leftMs > 0 ? 'CertificateExpiring' : 'CertificateExpired', text);
    },
  });
}

function dateOf(ms: number): string {
  return new Date(ms).toISOString();
}
