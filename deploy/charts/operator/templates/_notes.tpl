{{/* What `helm install` prints. */}}
{{- define "tinysystems-operator.notes" -}}
{{- $module := include "tinysystems-operator.moduleName" . -}}
{{- $namespace := .Release.Namespace -}}
The module {{ $module }} {{ include "tinysystems-operator.moduleVersion" . }} runs in the namespace {{ $namespace }}.
{{- if not (.Capabilities.APIVersions.Has "operator.tinysystems.io/v1alpha1") }}

ATTENTION: this cluster does not know the TinySystems resources yet. The module waits for them:
  helm install tinysystems-crds <the chart in deploy/charts/crds>
{{- end }}

Is it ready, and which components does it bring?
  kubectl rollout status deployment/{{ include "tinysystems-operator.fullname" . }} -n {{ $namespace }}
  kubectl get tinymodule {{ $module }} -n {{ $namespace }}

Nodes use it with "module: {{ $module }}" in their spec. See how they are:
  kubectl get tinynodes,tinyflows -n {{ $namespace }}

Metrics: http://{{ include "tinysystems-operator.fullname" . }}.{{ $namespace }}:8080/metrics
{{- end -}}
