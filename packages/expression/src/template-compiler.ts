import { BareObject } from './bare-object.ts';
import { compile } from './compile.ts';
import type { ExpressionErrorCode } from './expression-error.ts';
import { isArray, type Json, type JsonObject } from './json.ts';
import { MAX_NESTING } from './limits.ts';
import { parse } from './parse.ts';
import { type Piece, type Placeholder, piecesOf } from './placeholders.ts';
import { type Run, templateErrorFrom } from './run.ts';
import type { Evaluate } from './scope.ts';
import type { TemplateError } from './template-error.ts';
import { bounded, joined, textForm } from './text.ts';

/** A part of a configuration with expressions in it. */
export interface Part {
  /** Fills it in, missing for null; throws when any expression fails. Nearly every evaluation goes this way. */
  readonly fill: Evaluate;
  /** Fills it in expression by expression, and lists those that fail. */
  readonly fillCarefully: (run: Run) => Json;
}

/** Compiles the parts of a configuration, and collects what is wrong with them. */
export class TemplateCompiler {
  readonly sources: string[] = [];
  readonly compileErrors: TemplateError[] = [];
  readonly #failedText: 'written' | 'null';

  constructor(failedText: 'written' | 'null') {
    this.#failedText = failedText;
  }

  /** @returns `undefined` for a part without expressions, which is then frozen. */
  compile(part: Json, path: string, depth: number): Part | undefined {
    if (typeof part === 'string') return this.#text(part, path);
    if (typeof part !== 'object' || part === null) return undefined;
    if (depth >= MAX_NESTING)
      return this.fail('LIMIT', path, `a template nests at most ${MAX_NESTING} levels deep`);
    const compiled = isArray(part) ? this.#array(part, path, depth + 1) : this.#object(part, path, depth + 1);
    if (compiled === undefined) Object.freeze(part);
    return compiled;
  }

  /** Lists an error and compiles to reporting it again. */
  fail(code: ExpressionErrorCode, path: string, message: string): Part {
    const error: TemplateError = Object.freeze({ expression: '', path, message, code, isStatic: true });
    this.compileErrors.push(error);
    return failing(error);
  }

  #object(object: JsonObject, path: string, depth: number): Part | undefined {
    const keys = Object.keys(object);
    const parts = keys.map((key) => this.compile(object[key] ?? null, memberPath(path, key), depth));
    if (parts.every((part) => part === undefined)) return undefined;
    const fields = keys.map((key, index) => ({ key, ...(parts[index] ?? constant(object[key] ?? null)) }));
    return {
      fill: (scope) => {
        const filled = new BareObject();
        for (const { key, fill } of fields) filled[key] = fill(scope) ?? null;
        return filled;
      },
      fillCarefully: (run) => {
        const filled = new BareObject();
        for (const { key, fillCarefully } of fields) filled[key] = fillCarefully(run);
        return filled;
      },
    };
  }

  #array(array: readonly Json[], path: string, depth: number): Part | undefined {
    const parts = array.map((item, index) => this.compile(item, `${path}[${index}]`, depth));
    if (parts.every((part) => part === undefined)) return undefined;
    const items = array.map((item, index) => parts[index] ?? constant(item));
    return {
      fill: (scope) => items.map((item) => item.fill(scope) ?? null),
      fillCarefully: (run) => items.map((item) => item.fillCarefully(run)),
    };
  }

  #text(text: string, path: string): Part | undefined {
    const pieces = piecesOf(text);
    if (pieces.every((piece) => piece.kind === 'text')) return undefined;
    const [only] = pieces;
    if (pieces.length === 1 && only?.kind === 'placeholder') return this.#pure(only.source, path);
    return this.#interpolated(pieces, path);
  }

  #pure(expression: string, path: string): Part {
    const evaluate = this.#expression(expression, path);
    if (typeof evaluate !== 'function') return failing(evaluate);
    return {
      fill: evaluate,
      fillCarefully: (run) => run.attempt(evaluate, { expression, path }) ?? null,
    };
  }

  #interpolated(pieces: readonly Piece[], path: string): Part {
    const parts = pieces.map((piece) =>
      piece.kind === 'text' ? literalText(piece.text) : this.#placeholder(piece, path),
    );
    return {
      fill: filledText(parts),
      fillCarefully: (run) => {
        const texts = parts.map((part) => part.fillCarefully(run));
        const present = texts.filter((text) => text !== undefined);
        if (present.length < texts.length) return null;
        return run.attempt(() => joined(present), { expression: '', path }) ?? null;
      },
    };
  }

  #placeholder({ source, written }: Placeholder, path: string): TextPart {
    const evaluate = this.#expression(source, path);
    const failed = this.#failedText === 'null' ? undefined : written;
    if (typeof evaluate !== 'function') {
      return {
        content: written,
        fillCarefully: (run) => {
          run.report(evaluate);
          return failed;
        },
      };
    }
    const toText: Evaluate = (scope) => textForm(evaluate(scope));
    return {
      content: evaluate,
      fillCarefully: (run) =>
        (run.attempt(toText, { expression: source, path }) as string | undefined) ?? failed,
    };
  }

  #expression(source: string, path: string): Evaluate | TemplateError {
    this.sources.push(source);
    try {
      return compile(parse(source), source);
    } catch (error) {
      const failure = templateErrorFrom(error, { expression: source, path, isStatic: true });
      this.compileErrors.push(failure);
      return failure;
    }
  }
}

/** A piece of an interpolated text; carefully filled in, `undefined` fails the whole text. */
interface TextPart {
  readonly content: string | Evaluate;
  readonly fillCarefully: (run: Run) => string | undefined;
}

function literalText(text: string): TextPart {
  return { content: text, fillCarefully: () => text };
}

/** Joins texts and values in turn. */
function filledText(parts: readonly TextPart[]): Evaluate {
  const values: Evaluate[] = [];
  const texts = [''];
  for (const { content } of parts) {
    if (typeof content === 'string') texts[values.length] += content;
    else texts[values.push(content)] = '';
  }
  const [first = '', ...rest] = texts;
  return (scope) => {
    let text = first;
    for (let index = 0; index < rest.length; index += 1) {
      const value = (values[index] as Evaluate)(scope);
      text += (typeof value === 'string' ? value : textForm(value)) + (rest[index] as string);
    }
    return bounded(text);
  };
}

function constant(value: Json): Part {
  return { fill: () => value, fillCarefully: () => value };
}

/** Templates with such a part are always filled in carefully. */
function failing(error: TemplateError): Part {
  return { fill: () => null, fillCarefully: (run) => run.report(error) };
}

const PLAIN_KEY = /^[\p{L}_][\p{L}\p{N}_-]*$/u;

function memberPath(path: string, key: string): string {
  if (!PLAIN_KEY.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === '' ? key : `${path}.${key}`;
}
