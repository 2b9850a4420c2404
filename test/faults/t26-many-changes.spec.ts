import { shortForm } from './short-form.ts';
import { manyChanges } from './t26-many-changes.ts';

shortForm(manyChanges);
