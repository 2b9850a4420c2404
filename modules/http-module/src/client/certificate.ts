import type { PeerCertificate } from 'node:tls';

const DAY_MS = 86_400_000;

/** What is worth knowing of a server's certificate; times are RFC 3339. */
export interface Certificate {
  readonly notBefore: string;
  readonly notAfter: string;
  readonly issuer: string;
  readonly subject: string;
  readonly dnsNames: string[];
  /** Whole days; negative once expired. */
  readonly daysUntilExpiry: number;
}

/** Reads a leaf certificate as Node gives it. */
export function certificateOf(certificate: PeerCertificate, nowMs: number): Certificate {
  const notAfter = new Date(certificate.valid_to);
  return {
    notBefore: new Date(certificate.valid_from).toISOString(),
    notAfter: notAfter.toISOString(),
    issuer: nameOf(certificate.issuer),
    subject: nameOf(certificate.subject),
    dnsNames: (certificate.subjectaltname ?? '')
      .split(', ')
      .filter((name) => name.startsWith('DNS:'))
      .map((name) => name.slice('DNS:'.length)),
    daysUntilExpiry: Math.floor((notAfter.getTime() - nowMs) / DAY_MS),
  };
}

/** `CN=example.org,O=Example`. */
function nameOf(parts: object): string {
  return Object.entries(parts)
    .map(([key, value]) => `${key}=${String(value)}`)
    .join(',');
}
