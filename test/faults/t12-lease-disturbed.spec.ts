import { shortForm } from './short-form.ts';
import { leaseDisturbed } from './t12-lease-disturbed.ts';

shortForm(leaseDisturbed);
