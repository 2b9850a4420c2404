import { shortForm } from './short-form.ts';
import { poison } from './t18-poison.ts';

shortForm(poison);
