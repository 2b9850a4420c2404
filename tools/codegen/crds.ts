import { CRDS, type CustomResourceDefinition } from '@tinysystems/api';
import { stringify } from 'yaml';
import type { GeneratedFiles } from './generated-files.ts';

const CHART_TEMPLATES = 'deploy/charts/crds/templates';
const HEADER = '# Generated from packages/api by `npm run codegen`; do not edit.\n';

/** The CRDs twice: one template each for the chart, and one plain file for `kubectl apply -f`. */
export function generateCrds(): GeneratedFiles {
  const files = new Map(
    CRDS.map((crd) => [`${CHART_TEMPLATES}/${pluralOf(crd)}.yaml`, HEADER + toTemplate(crd)]),
  );
  files.set('deploy/crds.yaml', HEADER + CRDS.map(toYaml).join('---\n'));
  return { files, folders: [CHART_TEMPLATES] };
}

function pluralOf(crd: CustomResourceDefinition): string {
  return crd.metadata.name.split('.')[0] ?? crd.metadata.name;
}

/** Helm runs templates over the whole text, so braces in a description have to come out of a template themselves. */
function toTemplate(crd: CustomResourceDefinition): string {
  // Removing the release must not remove everybody's flows with their definitions.
  const annotations = { 'helm.sh/resource-policy': 'keep' };
  const kept = { ...crd, metadata: { ...crd.metadata, annotations } };
  return toYaml(kept).replaceAll('{{', '{{ "{{" }}');
}

function toYaml(value: unknown): string {
  return stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
}
