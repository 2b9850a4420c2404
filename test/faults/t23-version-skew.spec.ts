import { shortForm } from './short-form.ts';
import { versionSkew } from './t23-version-skew.ts';

shortForm(versionSkew);
