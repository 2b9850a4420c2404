import { shortForm } from './short-form.ts';
import { runtimes } from './t29-runtimes.ts';

shortForm(runtimes);
