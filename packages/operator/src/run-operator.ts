import type { Component } from '@tinysystems/core';
export interface OperatorOptions { readonly name: string; readonly version: string; readonly sdkVersion: string; readonly components: readonly Component[] }
export async function runOperator(_options: OperatorOptions): Promise<void> {}
