import { shortForm } from './short-form.ts';
import { rightsRemoved } from './t12-rights-removed.ts';

shortForm(rightsRemoved);
