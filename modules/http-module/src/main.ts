import { runModule } from '@tinysystems/sdk';
import { components } from './components.ts';

await runModule({ name: 'http-module', version: '0.1.0', components });
