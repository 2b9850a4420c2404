import { shortForm } from './short-form.ts';
import { overload } from './t17-overload.ts';

shortForm(overload);
