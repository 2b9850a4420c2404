import type { Environment } from '@marcbachmann/cel-js';

import { Cidr, IpAddress } from '../network-address.ts';
import { RequestUrl } from '../request-url.ts';

/** URLs, IP addresses and their ranges. */
export function registerNetwork(environment: Environment): void {
  registerUrl(environment);
  registerAddress(environment);
  registerRange(environment);
}

function registerUrl(environment: Environment): void {
  environment
    .registerType('kubernetes.URL', RequestUrl)
    .registerFunction('url(string): kubernetes.URL', (text: string) => RequestUrl.parse(text))
    .registerFunction('isURL(string): bool', (text: string) => succeeds(() => RequestUrl.parse(text)))
    .registerFunction('kubernetes.URL.getScheme(): string', (url: RequestUrl) => url.scheme)
    .registerFunction('kubernetes.URL.getHost(): string', (url: RequestUrl) => url.host)
    .registerFunction('kubernetes.URL.getHostname(): string', (url: RequestUrl) => url.hostname)
    .registerFunction('kubernetes.URL.getPort(): string', (url: RequestUrl) => url.port)
    .registerFunction('kubernetes.URL.getEscapedPath(): string', (url: RequestUrl) => url.path)
    .registerFunction('kubernetes.URL.getQuery(): map<string, list<string>>', (url: RequestUrl) => url.query)
    .registerOperator('kubernetes.URL == kubernetes.URL', (a: RequestUrl, b: RequestUrl) => a.equals(b));
}

class IpNamespace {}

function registerAddress(environment: Environment): void {
  environment
    .registerType('net.IP', IpAddress)
    .registerType('IpNamespace', IpNamespace)
    .registerConstant('ip', 'IpNamespace', new IpNamespace())
    .registerFunction('ip(string): net.IP', (text: string) => IpAddress.parse(text))
    .registerFunction('isIP(string): bool', (text: string) => succeeds(() => IpAddress.parse(text)))
    .registerFunction('IpNamespace.isCanonical(string): bool', (_: unknown, text: string) => {
      return IpAddress.parse(text).toString() === text;
    })
    .registerFunction('string(net.IP): string', (address: IpAddress) => address.toString())
    .registerFunction('net.IP.family(): int', (address: IpAddress) => BigInt(address.family))
    .registerFunction('net.IP.isUnspecified(): bool', (address: IpAddress) => address.bits === 0n)
    .registerFunction('net.IP.isLoopback(): bool', (address: IpAddress) => address.isLoopback)
    .registerFunction(
      'net.IP.isLinkLocalMulticast(): bool',
      (address: IpAddress) => address.isLinkLocalMulticast,
    )
    .registerFunction('net.IP.isLinkLocalUnicast(): bool', (address: IpAddress) => address.isLinkLocalUnicast)
    .registerFunction('net.IP.isGlobalUnicast(): bool', (address: IpAddress) => address.isGlobalUnicast)
    .registerOperator('net.IP == net.IP', (a: IpAddress, b: IpAddress) => a.equals(b));
}

function registerRange(environment: Environment): void {
  environment
    .registerType('net.CIDR', Cidr)
    .registerFunction('cidr(string): net.CIDR', (text: string) => Cidr.parse(text))
    .registerFunction('isCIDR(string): bool', (text: string) => succeeds(() => Cidr.parse(text)))
    .registerFunction('string(net.CIDR): string', (range: Cidr) => range.toString())
    .registerFunction('net.CIDR.ip(): net.IP', (range: Cidr) => range.address)
    .registerFunction('net.CIDR.masked(): net.CIDR', (range: Cidr) => range.masked())
    .registerFunction('net.CIDR.prefixLength(): int', (range: Cidr) => BigInt(range.prefixLength))
    .registerFunction('net.CIDR.containsIP(net.IP): bool', (range: Cidr, address: IpAddress) =>
      range.contains(address),
    )
    .registerFunction('net.CIDR.containsIP(string): bool', (range: Cidr, text: string) => {
      return range.contains(IpAddress.parse(text));
    })
    .registerFunction('net.CIDR.containsCIDR(net.CIDR): bool', (range: Cidr, other: Cidr) =>
      range.containsRange(other),
    )
    .registerFunction('net.CIDR.containsCIDR(string): bool', (range: Cidr, text: string) => {
      return range.containsRange(Cidr.parse(text));
    })
    .registerOperator('net.CIDR == net.CIDR', (a: Cidr, b: Cidr) => a.equals(b));
}

function succeeds(parse: () => unknown): boolean {
  try {
    parse();
    return true;
  } catch {
    return false;
  }
}
