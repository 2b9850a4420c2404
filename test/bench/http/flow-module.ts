// A module of the benchmark that ships an HTTP server and `transform`.
import { components as commonComponents } from '@tinysystems/common-module';
import { components as httpComponents } from '@tinysystems/http-module';
import { runModule } from '@tinysystems/sdk';

await runModule({
  name: 'bench-module',
  version: '0.1.0',
  components: [...httpComponents, ...commonComponents.filter(({ name }) => name === 'transform')],
});
