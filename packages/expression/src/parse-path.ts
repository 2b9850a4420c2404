import type { Node, Segment, Selector } from './syntax.ts';
import type { TokenReader } from './token-reader.ts';

type ParseInner = () => { readonly node: Node; readonly cost: number };

/** Parses the steps after `$`, `@`, a call or any other value: `.name`, `..name`, `.*`, `[…]`. */
export class PathParser {
  readonly #reader: TokenReader;
  readonly #inner: ParseInner;

  constructor(reader: TokenReader, inner: ParseInner) {
    this.#reader = reader;
    this.#inner = inner;
  }

  /** Wraps `base` in the path steps that follow; without any it is returned as it is. */
  steps(base: Node): Node {
    const { start } = base;
    const segments: Segment[] = [];
    while (this.#step(segments));
    if (segments.length === 0) return base;
    const { end } = this.#reader;
    if (base.kind === 'path' && base.segments.length === 0) return { ...base, segments, end };
    return { kind: 'path', base, segments, start, end };
  }

  #step(segments: Segment[]): boolean {
    const { kind, text } = this.#reader.token;
    if (kind === 'descend') {
      segments.push({ kind: 'descend' });
    } else if (kind === 'member') {
      const selector: Selector = text === '*' ? { kind: 'all' } : { kind: 'name', name: text };
      segments.push({ kind: 'select', selectors: [selector] });
    } else if (this.#reader.isAt('[')) {
      this.#reader.next();
      segments.push({ kind: 'select', selectors: this.#selectors() });
      return true;
    } else if (this.#reader.isAt('(')) {
      throw this.#reader.unexpected(
        'values have no methods; write upper($.name), not $.name.upper()',
        'an operator or a path step',
      );
    } else {
      return false;
    }
    this.#reader.next();
    return true;
  }

  #selectors(): readonly Selector[] {
    const selectors: Selector[] = [];
    do selectors.push(this.#selector());
    while (this.#reader.accept(','));
    this.#reader.expect(']', 'to close the bracket');
    return selectors;
  }

  #selector(): Selector {
    if (this.#reader.accept('*')) return { kind: 'all' };
    if (this.#reader.accept('?')) {
      const { node, cost } = this.#inner();
      return { kind: 'filter', predicate: node, cost };
    }
    const bare = this.#bareName();
    if (bare !== undefined) return { kind: 'name', name: bare };
    const start = this.#reader.isAt(':') ? undefined : this.#inner();
    if (this.#reader.isAt(':')) return this.#slice(start);
    const expression = start?.node;
    if (expression?.kind === 'literal' && typeof expression.value === 'string') {
      return { kind: 'name', name: expression.value };
    }
    if (expression?.kind === 'literal' && Number.isInteger(expression.value)) {
      return { kind: 'index', index: Number(expression.value) };
    }
    if (expression === undefined)
      throw this.#reader.unexpected('write a key, an index, a slice, * or ?(…)', 'a selector');
    return { kind: 'dynamic', expression, cost: start?.cost ?? 0 };
  }

  /** `[name]` without quotes is a key, as long as nothing else follows in the bracket. */
  #bareName(): string | undefined {
    const { kind, text } = this.#reader.token;
    const after = this.#reader.peek();
    const closes = after.kind === 'symbol' && (after.text === ']' || after.text === ',');
    if (kind !== 'name' || !closes) return undefined;
    this.#reader.next();
    return text;
  }

  #slice(start: { readonly node: Node; readonly cost: number } | undefined): Selector {
    this.#reader.expect(':', 'between the bounds of a slice');
    const end = this.#bound();
    const step = this.#reader.accept(':') ? this.#bound() : undefined;
    const cost = (start?.cost ?? 0) + (end?.cost ?? 0) + (step?.cost ?? 0);
    return { kind: 'slice', start: start?.node, end: end?.node, step: step?.node, cost };
  }

  #bound(): { readonly node: Node; readonly cost: number } | undefined {
    return this.#reader.isAt(':') || this.#reader.isAt(']') ? undefined : this.#inner();
  }
}
