const ABSOLUTE =
  /^([a-zA-Z][a-zA-Z0-9+.-]*):\/\/(?:[^@/?#]*@)?(\[[0-9a-fA-F:.]+\]|[^:/?#[\]]*)(?::(\d*))?(\/[^?#]*)?(?:\?([^#]*))?$/;
const ROOTED = /^(\/[^?#]*)(?:\?([^#]*))?$/;

/** An absolute URL, or a path with a query: what can stand in a request. */
export class RequestUrl {
  readonly #text: string;
  readonly scheme: string;
  readonly hostname: string;
  readonly port: string;
  readonly path: string;
  readonly #query: string;

  constructor(
    text: string,
    parts: readonly [scheme: string, host: string, port: string, path: string, query: string],
  ) {
    const [scheme, host, port, path, query] = parts;
    this.#text = text;
    this.scheme = scheme.toLowerCase();
    this.hostname = host.replace(/^\[|\]$/g, '');
    this.port = port;
    this.path = escaped(path);
    this.#query = query;
  }

  /** @throws RangeError for text that is neither. */
  static parse(text: string): RequestUrl {
    const [, scheme, host = '', port = '', path = '', query = ''] = ABSOLUTE.exec(text) ?? [];
    if (scheme !== undefined && !/\s|\p{Cc}/u.test(text))
      return new RequestUrl(text, [scheme, host, port, path, query]);
    const [, rooted, rootedQuery = ''] = ROOTED.exec(text) ?? [];
    if (rooted !== undefined) return new RequestUrl(text, ['', '', '', rooted, rootedQuery]);
    throw new RangeError(
      `URL parse error during conversion from string: parse ${JSON.stringify(text)}: invalid URI for request`,
    );
  }

  get host(): string {
    const name = this.hostname.includes(':') ? `[${this.hostname}]` : this.hostname;
    return this.port === '' ? name : `${name}:${this.port}`;
  }

  get query(): Readonly<Record<string, readonly string[]>> {
    const parameters = new URLSearchParams(this.#query);
    return Object.fromEntries(
      [...new Set(parameters.keys())].map((name) => [name, [...parameters.getAll(name)]]),
    );
  }

  equals(other: unknown): boolean {
    return other instanceof RequestUrl && other.#text === this.#text;
  }
}

function escaped(path: string): string {
  return path.replace(/[^A-Za-z0-9\-._~!$&'()*+,;=:@/%]/gu, (character) => encodeURIComponent(character));
}
