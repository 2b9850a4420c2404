import { shortForm } from './short-form.ts';
import { recreatedNode } from './t21-recreated-node.ts';

shortForm(recreatedNode);
