import { cp1KilledControlPlane } from './cp1-killed-control-plane.ts';
import { shortForm } from './short-form.ts';

shortForm(cp1KilledControlPlane);
