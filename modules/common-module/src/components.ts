import type { Component } from '@tinysystems/sdk';
import { async } from './components/async.ts';
import { debug } from './components/debug.ts';
import { delay } from './components/delay.ts';
import { router } from './components/router.ts';
import { signal } from './components/signal.ts';
import { transform } from './components/transform.ts';

/** What common-module ships. */
export const components: readonly Component[] = [async, debug, delay, router, signal, transform];
