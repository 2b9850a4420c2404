import { shortForm } from './short-form.ts';
import { garbage } from './t06-garbage.ts';

shortForm(garbage);
