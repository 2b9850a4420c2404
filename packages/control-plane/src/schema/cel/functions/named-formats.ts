import { Optional, type Environment } from '@marcbachmann/cel-js';

import { STRING_FORMATS } from '../../formats.ts';
import { RequestUrl } from '../request-url.ts';

const TYPE = 'kubernetes.NamedFormat';

/** The formats of names, labels and values that Kubernetes has, as objects that validate. */
export function registerNamedFormats(environment: Environment): void {
  environment
    .registerType(TYPE, NamedFormat)
    .registerType('FormatNamespace', FormatNamespace)
    .registerConstant('format', 'FormatNamespace', new FormatNamespace())
    .registerFunction(`FormatNamespace.named(string): optional<${TYPE}>`, (_: unknown, name: string) => {
      const found = FORMATS.get(name);
      return found ? Optional.of(found) : Optional.none();
    })
    .registerFunction(
      `${TYPE}.validate(string): optional<list<string>>`,
      (format: NamedFormat, text: string) => {
        const problems = format.problemsOf(text);
        return problems.length > 0 ? Optional.of(problems) : Optional.none();
      },
    )
    .registerOperator(`${TYPE} == ${TYPE}`, (a: NamedFormat, b: NamedFormat) => a === b);
  for (const [name, format] of FORMATS)
    environment.registerFunction(`FormatNamespace.${name}(): ${TYPE}`, () => format);
}

class FormatNamespace {}

class NamedFormat {
  readonly problemsOf: (text: string) => readonly string[];

  constructor(problemsOf: (text: string) => readonly string[]) {
    this.problemsOf = problemsOf;
  }
}

const LABEL = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const LABEL_1035 = '[a-z]([-a-z0-9]*[a-z0-9])?';
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`;
const NAME_PART = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const EDGES = 'must start and end with an alphanumeric character';

const LABEL_RULE = `a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and ${EDGES}`;
const LABEL_1035_RULE =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, " +
  'and end with an alphanumeric character';
const SUBDOMAIN_RULE = `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and ${EDGES}`;
const VALUE_RULE = `a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and ${EDGES}`;

const FORMATS: ReadonlyMap<string, NamedFormat> = new Map([
  ['dns1123Label', pattern(LABEL, 63, LABEL_RULE)],
  ['dns1123Subdomain', pattern(SUBDOMAIN, 253, SUBDOMAIN_RULE)],
  ['dns1035Label', pattern(LABEL_1035, 63, LABEL_1035_RULE)],
  ['dns1123LabelPrefix', prefix(LABEL, 63, LABEL_RULE)],
  ['dns1123SubdomainPrefix', prefix(SUBDOMAIN, 253, SUBDOMAIN_RULE)],
  ['dns1035LabelPrefix', prefix(LABEL_1035, 63, LABEL_1035_RULE)],
  ['labelValue', pattern(`(${NAME_PART})?`, 63, VALUE_RULE)],
  ['qualifiedName', new NamedFormat(qualifiedNameProblems)],
  ['uri', new NamedFormat(uriProblems)],
  ...['uuid', 'byte', 'date'].map((name) => [name, known(name, name)] as const),
  ['datetime', known('date-time', 'datetime')] as const,
]);

function pattern(source: string, maxLength: number, rule: string): NamedFormat {
  const expression = new RegExp(`^${source}$`);
  return new NamedFormat((text) => [
    ...(text.length > maxLength ? [`must be no more than ${maxLength} bytes`] : []),
    ...(expression.test(text) ? [] : [rule]),
  ]);
}

// The beginning of a name that gets a suffix: a dash at its end will not be at the end.
function prefix(source: string, maxLength: number, rule: string): NamedFormat {
  const whole = pattern(source, maxLength, rule);
  return new NamedFormat((text) => whole.problemsOf(text.endsWith('-') ? `${text.slice(0, -1)}a` : text));
}

function known(name: string, shown: string): NamedFormat {
  return new NamedFormat((text) => (STRING_FORMATS[name]?.(text) ? [] : [`invalid ${shown}`]));
}

function qualifiedNameProblems(text: string): readonly string[] {
  const [first = '', second, ...rest] = text.split('/');
  const name = second ?? first;
  const isName = new RegExp(`^${NAME_PART}$`).test(name) && name.length <= 63 && rest.length === 0;
  const isPrefix = second === undefined || new RegExp(`^${SUBDOMAIN}$`).test(first);
  return [
    ...(isPrefix ? [] : [`prefix part ${SUBDOMAIN_RULE}`]),
    ...(isName ? [] : [`name part must consist of alphanumeric characters, '-', '_' or '.', and ${EDGES}`]),
  ];
}

function uriProblems(text: string): readonly string[] {
  try {
    RequestUrl.parse(text);
    return [];
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}
