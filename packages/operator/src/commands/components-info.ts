import type { Component } from '@tinysystems/core';
import { publishedComponent } from '../discovery/published-component.ts';

/** The components as JSON, as TinyModule lists them. */
export function componentsInfo(name: string, version: string, components: readonly Component[]): string {
  return JSON.stringify({ name, version, components: components.map(publishedComponent) }, null, 2);
}
