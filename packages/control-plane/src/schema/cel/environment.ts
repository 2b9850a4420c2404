import { Environment } from '@marcbachmann/cel-js';

import { registerLists } from './functions/lists.ts';
import { registerNamedFormats } from './functions/named-formats.ts';
import { registerNetwork } from './functions/network.ts';
import { registerQuantity } from './functions/quantity.ts';
import { registerSemver } from './functions/semver.ts';
import { registerText } from './functions/text.ts';
import { registerMacros } from './macros.ts';

/** CEL with everything that Kubernetes adds; without variables. */
export const KUBERNETES_CEL: Environment = createEnvironment();

function createEnvironment(): Environment {
  const environment = new Environment({ homogeneousAggregateLiterals: false, enableOptionalTypes: true });
  registerMacros(environment);
  registerText(environment);
  registerLists(environment);
  registerNetwork(environment);
  registerQuantity(environment);
  registerSemver(environment);
  registerNamedFormats(environment);
  return environment;
}
