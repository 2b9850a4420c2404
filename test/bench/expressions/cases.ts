import { type Json, compileExpression, compileTemplate } from '@tinysystems/expression';
import type { Peers } from '../peers/peers.ts';
import type { BenchMessage } from './messages.ts';

/** One way to do a task. JSONata answers with a promise, the others at once. */
export type Run = (message: BenchMessage) => unknown;

/** One task, done by us, by hand and by libraries. */
export interface Case {
  readonly name: string;
  readonly ours: Run;
  readonly byHand: Run;
  readonly byLibrary: (peers: Peers) => Readonly<Record<string, Run>>;
}

const asData = (message: BenchMessage): Json => message as unknown as Json;

/** A path library finds lists; this is the first value of one, as a mapping needs it. */
type Find = (path: string) => (message: BenchMessage) => unknown;

const jsonpathPlus =
  ({ JSONPath }: Peers): Find =>
  (path) =>
  (json) =>
    JSONPath({ path, json, wrap: false });

const jsonP3 =
  (peers: Peers): Find =>
  (path) => {
    const query = peers.jsonP3.compile(path);
    return (message) => query.query(message).values()[0];
  };

const field = compileExpression('$.user.address.city');
const interpolation = compileTemplate({
  text: 'Dear {{$.user.name}} in {{$.user.address.city}}, order {{$.order.id}}',
});
const filter = compileExpression('$.items[?(@.price > 10)].name');

/** The mapping of ten fields. */
export const MAPPING: Json = {
  id: '{{$.order.id}}',
  customer: '{{$.user.name}}',
  email: '{{$.user.email}}',
  city: '{{$.user.address.city}}',
  greeting: 'Hello {{$.user.name}}',
  total: '{{$.order.price * $.order.quantity}}',
  isLarge: '{{$.order.quantity > 10}}',
  status: "{{$.order.paid ? 'paid' : 'open'}}",
  first: '{{$.items[0].name}}',
  count: '{{length($.items)}}',
};

/** The same for JSONata. */
export const JSONATA_MAPPING = `{
  "id": order.id, "customer": user.name, "email": user.email, "city": user.address.city,
  "greeting": "Hello " & user.name, "total": order.price * order.quantity, "isLarge": order.quantity > 10,
  "status": order.paid ? "paid" : "open", "first": items[0].name, "count": $count(items)
}`;

const CEL_MAPPING = `{
  "id": order.id, "customer": user.name, "email": user.email, "city": user.address.city,
  "greeting": "Hello " + user.name, "total": order.price * order.quantity, "isLarge": order.quantity > 10.0,
  "status": order.paid ? "paid" : "open", "first": items[0].name, "count": double(size(items))
}`;

const mapping = compileTemplate(MAPPING);

/** With a path library the fields come from paths, the rest is JavaScript. */
function mappingByPaths(find: Find): Run {
  const [id, customer, email] = ['$.order.id', '$.user.name', '$.user.email'].map(find) as [Run, Run, Run];
  const [city, price, quantity] = ['$.user.address.city', '$.order.price', '$.order.quantity'].map(find) as [
    Run,
    Run,
    Run,
  ];
  const [paid, first, items] = ['$.order.paid', '$.items[0].name', '$.items'].map(find) as [Run, Run, Run];
  return (message) => ({
    id: id(message),
    customer: customer(message),
    email: email(message),
    city: city(message),
    greeting: `Hello ${String(customer(message))}`,
    total: Number(price(message)) * Number(quantity(message)),
    isLarge: Number(quantity(message)) > 10,
    status: paid(message) === true ? 'paid' : 'open',
    first: first(message),
    count: (items(message) as readonly unknown[]).length,
  });
}

function interpolationByPaths(find: Find): Run {
  const [name, city, id] = ['$.user.name', '$.user.address.city', '$.order.id'].map(find) as [Run, Run, Run];
  return (message) => ({
    text: `Dear ${String(name(message))} in ${String(city(message))}, order ${String(id(message))}`,
  });
}

/** The benchmarks of expressions. */
export const CASES: readonly Case[] = [
  {
    name: 'expr-field',
    ours: (message) => field.evaluate(asData(message)),
    byHand: (message) => message?.user?.address?.city,
    byLibrary: (peers) => {
      const [jsonata, cel] = [peers.jsonata('user.address.city'), peers.cel.parse('user.address.city')];
      return {
        jsonata: (message) => jsonata.evaluate(message),
        'jsonpath-plus': jsonpathPlus(peers)('$.user.address.city'),
        'json-p3': jsonP3(peers)('$.user.address.city'),
        'cel-js': (message) => cel(message),
      };
    },
  },
  {
    name: 'expr-interpolate',
    ours: (message) => interpolation.evaluate(asData(message)).value,
    byHand: (message) => ({
      text: `Dear ${message?.user?.name ?? ''} in ${message?.user?.address?.city ?? ''}, order ${message?.order?.id ?? ''}`,
    }),
    byLibrary: (peers) => {
      const jsonata = peers.jsonata(
        '{"text": "Dear " & user.name & " in " & user.address.city & ", order " & order.id}',
      );
      const cel = peers.cel.parse(
        '{"text": "Dear " + user.name + " in " + user.address.city + ", order " + order.id}',
      );
      return {
        jsonata: (message) => jsonata.evaluate(message),
        'jsonpath-plus': interpolationByPaths(jsonpathPlus(peers)),
        'json-p3': interpolationByPaths(jsonP3(peers)),
        'cel-js': (message) => cel(message),
      };
    },
  },
  {
    name: 'expr-filter',
    ours: (message) => filter.evaluate(asData(message)),
    byHand: (message) => message?.items?.filter((item) => item?.price > 10).map((item) => item.name),
    byLibrary: (peers) => {
      const jsonata = peers.jsonata('items[price > 10].name');
      const cel = peers.cel.parse('items.filter(i, i.price > 10.0).map(i, i.name)');
      const path = '$.items[?(@.price > 10)].name';
      const query = peers.jsonP3.compile(path);
      return {
        jsonata: (message) => jsonata.evaluate(message),
        'jsonpath-plus': (json) => peers.JSONPath({ path, json, eval: 'safe' }),
        'json-p3': (message) => query.query(message).values(),
        'cel-js': (message) => cel(message),
      };
    },
  },
  {
    name: 'expr-mapping',
    ours: (message) => mapping.evaluate(asData(message)).value,
    byHand: ({ user, order, items }) => ({
      id: order?.id ?? null,
      customer: user?.name ?? null,
      email: user?.email ?? null,
      city: user?.address?.city ?? null,
      greeting: `Hello ${user?.name ?? ''}`,
      total: order.price * order.quantity,
      isLarge: order.quantity > 10,
      status: order.paid ? 'paid' : 'open',
      first: items?.[0]?.name ?? null,
      count: items?.length ?? 0,
    }),
    byLibrary: (peers) => {
      const [jsonata, cel] = [peers.jsonata(JSONATA_MAPPING), peers.cel.parse(CEL_MAPPING)];
      return {
        jsonata: (message) => jsonata.evaluate(message),
        'jsonpath-plus': mappingByPaths(jsonpathPlus(peers)),
        'json-p3': mappingByPaths(jsonP3(peers)),
        'cel-js': (message) => cel(message),
      };
    },
  },
];
