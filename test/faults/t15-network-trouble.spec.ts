import { shortForm } from './short-form.ts';
import { networkTrouble } from './t15-network-trouble.ts';

shortForm(networkTrouble);
