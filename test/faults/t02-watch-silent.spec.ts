import { shortForm } from './short-form.ts';
import { watchSilent } from './t02-watch-silent.ts';

shortForm(watchSilent);
