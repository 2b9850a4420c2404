import { pipeline } from 'node:stream/promises';
import { type Json, isJsonObject, parseJson, stringifyJson } from '@tinysystems/core';
import { Command } from 'commander';
import { CliError } from '../cli-error.ts';
import { errorText } from '../eval/error-text.ts';
import { MAX_LINE_BYTES, evaluateLine } from '../eval/evaluate-line.ts';
import { evaluate } from '../eval/evaluate.ts';
import { linesOf } from '../eval/lines.ts';
import { parseData } from '../parse-data.ts';

interface EvalOptions {
  readonly data: string;
  readonly jsonl?: true;
}

/** `tinysystems eval TEMPLATE`: what a mapping makes of a message. */
export function evalCommand(): Command {
  return new Command('eval')
    .description('Evaluates a template such as "Hello {{$.name}}", or a mapping in JSON, against a message.')
    .argument('[template]', 'the text, or an object in JSON')
    .option('--data <json>', 'the message', '{}')
    .option(
      '--jsonl',
      'read lines {"data": …, "template": …} and answer each with {"value": …, "errors": […]}',
    )
    .exitOverride()
    .action((template: string | undefined, options: EvalOptions) => run(template, options));
}

async function run(template: string | undefined, { data, jsonl }: EvalOptions): Promise<void> {
  if (jsonl === true) return evaluateLines();
  if (template === undefined)
    throw new CliError("eval needs a template, such as '{{$.name}}', or --jsonl to read lines");
  const { value, errors } = evaluate(templateFrom(template), parseData(data));
  if (errors.length > 0) throw new CliError(errors.map(errorText).join('\n'));
  process.stdout.write(`${stringifyJson(value)}\n`);
}

async function evaluateLines(): Promise<void> {
  try {
    await pipeline(process.stdin, answers, process.stdout, { end: false });
  } catch (error) {
    // Whoever read the answers, such as `head`, has seen enough.
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
  }
}

async function* answers(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  for await (const line of linesOf(chunks, MAX_LINE_BYTES)) yield `${evaluateLine(line)}\n`;
}

/** An object in JSON is a mapping, anything else a text. */
function templateFrom(text: string): Json {
  try {
    const value = parseJson(text);
    return isJsonObject(value) ? value : text;
  } catch {
    return text;
  }
}
