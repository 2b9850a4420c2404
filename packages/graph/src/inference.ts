import type { Finding, FindingCode, Path } from './finding.ts';
import type { Type } from './type.ts';

/** What is wrong with an expression, before it is known where that is. */
export interface Complaint {
  readonly code: Extract<FindingCode, 'PathUnknown' | 'ExpressionFails'>;
  readonly expected: string;
  readonly found: string;
  readonly reason?: string;
  readonly suggestion?: string | undefined;
}

/** What `$` and `@` are, and what is known on this branch. */
export interface View {
  readonly current: Type;
  /** Not on every evaluation: a branch, the right side of `&&`, a filter. */
  readonly isLazy: boolean;
  /** Paths, as text, that a condition has found present. */
  readonly present: ReadonlySet<string>;
}

/** The inference of one expression: the message's type, and what was found to be wrong. */
export class Inference {
  readonly root: Type;
  readonly findings: Finding[] = [];
  readonly #path: Path;
  readonly #source: string;

  constructor(root: Type, path: Path, source: string) {
    this.root = root;
    this.#path = path;
    this.#source = source;
  }

  get view(): View {
    return { current: this.root, isLazy: false, present: NOTHING };
  }

  /** Something is certainly wrong; in a part that is not always evaluated a failure is only possible. */
  refuse(complaint: Complaint, { isLazy }: View): void {
    if (isLazy && complaint.code === 'ExpressionFails')
      return this.doubt({ ...complaint, reason: 'it fails when this part of the expression is evaluated' });
    this.#add('invalid', complaint);
  }

  /** Something may be wrong. */
  doubt(complaint: Complaint): void {
    this.#add('unknown', complaint);
  }

  #add(state: Finding['state'], { code, expected, found, reason, suggestion }: Complaint): void {
    const more = { ...(reason !== undefined && { reason }), ...(suggestion !== undefined && { suggestion }) };
    this.findings.push({ state, code, path: this.#path, expected, found, ...more, expression: this.#source });
  }
}

const NOTHING: ReadonlySet<string> = new Set();
