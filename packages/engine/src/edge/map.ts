import { type EdgeSpec, type Json, TinyError } from '@tinysystems/core';
import { type TemplateError, compileTemplate } from '@tinysystems/expression';
import { maskOfTexts } from './shown-mapping.ts';

/** An edge's compiled mapping. */
export interface Mapping {
  /** What is wrong with it; found when it was compiled. */
  readonly problems: readonly string[];
  /**
   * Maps the emitted data into the target's message.
   *
   * @throws TinyError `Permanent`/`MAPPING_FAILED` naming edge, place and expression, unless the edge says `Null`.
   */
  map(data: Json): Json;
}

/** Compiles the mapping of an edge once; evaluating it parses nothing. */
export function compileMapping(spec: EdgeSpec): Mapping {
  const template = compileTemplate(spec.configuration as Json, { failedText: 'null' });
  const failsOnError = spec.onExpressionError === 'Fail';
  return {
    problems: template.compileErrors.map(describe),
    map(data) {
      const { value, errors } = template.evaluate(data);
      const first = errors[0];
      if (first !== undefined && failsOnError) {
        throw new TinyError('Permanent', 'MAPPING_FAILED', `edge ${spec.id}: ${describe(first)}`);
      }
      return value;
    },
  };
}

function describe({ path, expression, message }: TemplateError): string {
  const mask = maskOfTexts(expression);
  return `configuration.${path}: {{${mask.text(expression)}}}: ${mask.text(message)}`;
}
