import { environmentFrom, type ExpressionOptions } from './expression.ts';
import { generateTemplate } from './generate.ts';
import { isObject, type Json } from './json.ts';
import { NO_ERRORS, Run } from './run.ts';
import { Scope } from './scope.ts';
import { TemplateCompiler } from './template-compiler.ts';
import type { TemplateError } from './template-error.ts';
import { warming } from './warming.ts';

/** Options of {@link compileTemplate}. */
export interface TemplateOptions extends ExpressionOptions {
  /**
   * What becomes of a text in which one of several pieces fails: `written` (default) leaves that placeholder as it was
   * written, `null` makes the whole text null. A text that is one placeholder becomes null in any case.
   */
  readonly failedText?: 'written' | 'null';
}

/** A configuration ready to be filled in any number of times. */
export interface CompiledTemplate {
  /**
   * Fills in the template with `data` as `$`. Never throws: a lone placeholder that fails becomes null, in text
   * {@link TemplateOptions.failedText} says, and the failure is listed. Parts without expressions are shared between
   * results, and values are taken over by reference. Objects that are filled in inherit nothing.
   */
  evaluate(data: Json | undefined): TemplateResult;
  /** Whether every evaluation gives the configuration itself. */
  readonly isConstant: boolean;
  /** The expressions used, in the order of the configuration. */
  readonly sources: readonly string[];
  /** What does not compile. It fails again, with the same error, in every evaluation. */
  readonly compileErrors: readonly TemplateError[];
}

export interface TemplateResult {
  readonly value: Json;
  readonly errors: readonly TemplateError[];
}

/**
 * Compiles every `{{ … }}` in the texts of a configuration, which must be an object. Keys are never evaluated.
 * Constant parts are frozen in place.
 */
export function compileTemplate(configuration: Json, options: TemplateOptions = {}): CompiledTemplate {
  const compiler = new TemplateCompiler(options.failedText ?? 'written');
  const part = isObject(configuration)
    ? compiler.compile(configuration, '', 0)
    : compiler.fail('TYPE', '', 'a template must be an object; put the value under a key');
  const { sources, compileErrors } = compiler;
  if (part === undefined) {
    const result: TemplateResult = { value: configuration, errors: NO_ERRORS };
    return { evaluate: () => result, isConstant: true, sources, compileErrors };
  }
  const environment = environmentFrom(options);
  const { fill, fillCarefully } = part;
  const carefully = (data: Json | undefined): TemplateResult => {
    const run = new Run(data, environment);
    const value = fillCarefully(run);
    return { value, errors: run.errors };
  };
  const warm = warming(
    (data) => fill(new Scope(data, environment)),
    () => generateTemplate(configuration, fill, environment),
  );
  const evaluate = (data: Json | undefined): TemplateResult => {
    try {
      return { value: warm(data) ?? null, errors: NO_ERRORS };
    } catch {
      return carefully(data);
    }
  };
  const hasErrors = compileErrors.length > 0;
  return { evaluate: hasErrors ? carefully : evaluate, isConstant: false, sources, compileErrors };
}
