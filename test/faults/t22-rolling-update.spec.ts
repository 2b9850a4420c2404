import { shortForm } from './short-form.ts';
import { rollingUpdate } from './t22-rolling-update.ts';

shortForm(rollingUpdate);
