import { shortForm } from './short-form.ts';
import { watchDropped } from './t01-watch-dropped.ts';

shortForm(watchDropped);
