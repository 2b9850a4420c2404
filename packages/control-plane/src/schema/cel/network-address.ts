import { isIPv4, isIPv6 } from 'node:net';

/** An IPv4 or IPv6 address. */
export class IpAddress {
  readonly family: 4 | 6;
  readonly bits: bigint;

  constructor(family: 4 | 6, bits: bigint) {
    this.family = family;
    this.bits = bits;
  }

  /** @throws RangeError for anything else, an IPv4 address in the form of IPv6 and one with a zone included. */
  static parse(text: string): IpAddress {
    if (isIPv4(text)) return new IpAddress(4, groups(text.split('.'), 10, 8n));
    if (isIPv6(text) && !text.includes('%')) {
      if (/^::ffff:.*\./i.test(text))
        throw new RangeError(`IPv4-mapped IPv6 address ${JSON.stringify(text)} is not allowed`);
      return new IpAddress(6, ipv6Bits(text));
    }
    throw new RangeError(
      `IP Address ${JSON.stringify(text)} parse error during conversion from string: unable to parse IP`,
    );
  }

  get width(): number {
    return this.family === 4 ? 32 : 128;
  }

  get isLoopback(): boolean {
    return this.family === 4 ? this.#starts('127.0.0.0', 8) : this.bits === 1n;
  }

  get isLinkLocalUnicast(): boolean {
    return this.family === 4 ? this.#starts('169.254.0.0', 16) : this.#starts('fe80::', 10);
  }

  get isLinkLocalMulticast(): boolean {
    return this.family === 4 ? this.#starts('224.0.0.0', 24) : this.#starts('ff02::', 16);
  }

  get isGlobalUnicast(): boolean {
    const isMulticast = this.family === 4 ? this.#starts('224.0.0.0', 4) : this.#starts('ff00::', 8);
    const isBroadcast = this.family === 4 && this.bits === 2n ** 32n - 1n;
    return this.bits !== 0n && !isMulticast && !isBroadcast && !this.isLoopback && !this.isLinkLocalUnicast;
  }

  equals(other: unknown): boolean {
    return other instanceof IpAddress && other.family === this.family && other.bits === this.bits;
  }

  toString(): string {
    if (this.family === 4)
      return [24n, 16n, 8n, 0n].map((shift) => String((this.bits >> shift) & 255n)).join('.');
    const parts = Array.from({ length: 8 }, (_, index) => (this.bits >> BigInt(112 - index * 16)) & 0xffffn);
    return compressed(parts.map((part) => part.toString(16)));
  }

  #starts(network: string, prefix: number): boolean {
    return new Cidr(IpAddress.parse(network), prefix).contains(this);
  }
}

/** A range of addresses. */
export class Cidr {
  readonly address: IpAddress;
  readonly prefixLength: number;

  constructor(address: IpAddress, prefixLength: number) {
    this.address = address;
    this.prefixLength = prefixLength;
  }

  /** @throws RangeError for anything but `address/prefix`. */
  static parse(text: string): Cidr {
    const [address = '', prefix = '', ...rest] = text.split('/');
    const parsed = IpAddress.parse(address);
    const length = Number(prefix);
    if (rest.length > 0 || !/^(0|[1-9]\d*)$/.test(prefix) || length > parsed.width)
      throw new RangeError(
        `network address parse error during conversion from string: ${JSON.stringify(text)}`,
      );
    return new Cidr(parsed, length);
  }

  masked(): Cidr {
    const host = BigInt(this.address.width - this.prefixLength);
    return new Cidr(
      new IpAddress(this.address.family, (this.address.bits >> host) << host),
      this.prefixLength,
    );
  }

  contains(address: IpAddress): boolean {
    if (address.family !== this.address.family) return false;
    const host = BigInt(this.address.width - this.prefixLength);
    return address.bits >> host === this.address.bits >> host;
  }

  containsRange(other: Cidr): boolean {
    return other.prefixLength >= this.prefixLength && this.contains(other.address);
  }

  equals(other: unknown): boolean {
    return (
      other instanceof Cidr && other.prefixLength === this.prefixLength && other.address.equals(this.address)
    );
  }

  toString(): string {
    return `${this.address.toString()}/${this.prefixLength}`;
  }
}

function groups(parts: readonly string[], radix: number, width: bigint): bigint {
  return parts.reduce((bits, part) => (bits << width) | BigInt(parseInt(part, radix)), 0n);
}

function ipv6Bits(text: string): bigint {
  const tail = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(text);
  const hex = (high: string, low: string): string => ((Number(high) << 8) | Number(low)).toString(16);
  const [, head = '', a = '', b = '', c = '', d = ''] = tail ?? [];
  const plain = tail ? `${head}${hex(a, b)}:${hex(c, d)}` : text;
  const [left = '', right] = plain.split('::');
  const leading = left === '' ? [] : left.split(':');
  const trailing = right === undefined || right === '' ? [] : right.split(':');
  const zeros = Array.from({ length: 8 - leading.length - trailing.length }, () => '0');
  return groups([...leading, ...zeros, ...trailing], 16, 16n);
}

// The longest run of zeros, the first of equals, becomes `::`; a single zero stays.
function compressed(parts: readonly string[]): string {
  const runs = [...parts.join(':').matchAll(/(?<![^:])0(:0)+(?![^:])/g)].toSorted(
    (x, y) => y[0].length - x[0].length,
  );
  const text = parts.join(':');
  const [longest] = runs;
  if (!longest) return text;
  const before = text.slice(0, longest.index).replace(/:$/, '');
  return `${before}::${text.slice(longest.index + longest[0].length).replace(/^:/, '')}`;
}
