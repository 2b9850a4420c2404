import { shortForm } from './short-form.ts';
import { versionGone } from './t03-version-gone.ts';

shortForm(versionGone);
