import { AGE_COLUMN, numberAt, textAt } from './columns.ts';
import type { Column } from './definition.ts';

type Cell = Column['cell'];

/** A column that is always shown. */
export function column(name: string, description: string, cell: Cell, type = 'string'): Column {
  return { name, type, format: '', description, priority: 0, cell };
}

/** A column that only wide tables show. */
export function wide(name: string, description: string, cell: Cell, type = 'string'): Column {
  return { ...column(name, description, cell, type), priority: 1 };
}

/** The text at a path; the first argument is shown when there is none. */
export const text = (fallback: string, ...path: readonly string[]): Cell => {
  return (object) => textAt(object, path, fallback);
};
/** The number at a path, or zero. */
export const count = (...path: readonly string[]): Cell => {
  return (object) => numberAt(object, ...path);
};

/** How old the object is, as the tables of built-in kinds have it. */
export const AGE: Column = { ...AGE_COLUMN, type: 'string' };
