const INTRINSICS: readonly object[] = [
  Object,
  Array,
  Function,
  String,
  Number,
  Boolean,
  RegExp,
  Map,
  Error,
  Promise,
  JSON,
  Math,
  Reflect,
];

/** Watches the ways out of an expression. */
export interface HostGuard extends Disposable {
  /** @throws Error when something reached the host or changed what every object inherits. */
  check(): void;
}

/** Makes every constructor of functions record its callers, and remembers what the intrinsics look like. */
export function guardHost(): HostGuard {
  let calls = 0;
  const record = (): never => {
    calls += 1;
    throw new Error('an expression reached a constructor of functions');
  };
  const owners: readonly object[] = [
    Function.prototype,
    Object.getPrototypeOf(async () => undefined) as object,
    Object.getPrototypeOf(function* () {}) as object,
  ];
  const before = owners.map(
    (owner) => Object.getOwnPropertyDescriptor(owner, 'constructor') as PropertyDescriptor,
  );
  for (const owner of owners)
    Object.defineProperty(owner, 'constructor', { value: record, configurable: true });
  const known = fingerprint();
  return {
    check() {
      if (calls > 0) throw new Error(`${calls} calls of a constructor of functions`);
      if (fingerprint() !== known) throw new Error('an intrinsic object was changed');
    },
    [Symbol.dispose]() {
      for (const [index, owner] of owners.entries())
        Object.defineProperty(owner, 'constructor', before[index] as PropertyDescriptor);
    },
  };
}

/** The keys of everything that values inherit from, and of the global object. */
function fingerprint(): string {
  const prototypes = INTRINSICS.map((each) => (each as { readonly prototype?: object }).prototype);
  return [globalThis, ...INTRINSICS, ...prototypes]
    .map((each) => (each === undefined ? '' : Reflect.ownKeys(each).map(String).join(' ')))
    .join('\n');
}
