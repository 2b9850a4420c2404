import { shortForm } from './short-form.ts';
import { collectorGone } from './t30-collector-gone.ts';

shortForm(collectorGone);
