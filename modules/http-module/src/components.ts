import type { Component } from '@tinysystems/sdk';
import { httpRequest } from './components/http-request.ts';
import { httpServer } from './components/http-server.ts';

/** What http-module ships. */
export const components: readonly Component[] = [httpRequest, httpServer];
