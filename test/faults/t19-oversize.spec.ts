import { shortForm } from './short-form.ts';
import { oversize } from './t19-oversize.ts';

shortForm(oversize);
