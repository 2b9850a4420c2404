import { shortForm } from './short-form.ts';
import { malformed } from './t20-malformed.ts';

shortForm(malformed);
