import { shortForm } from './short-form.ts';
import { clockJumps } from './t11-clock-jumps.ts';

shortForm(clockJumps);
