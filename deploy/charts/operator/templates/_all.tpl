{{/* Everything a module's release consists of. */}}
{{- define "tinysystems-operator.all" -}}
{{- if has .Release.Namespace (list "kube-system" "kube-public" "kube-node-lease") -}}
{{- fail (printf "the namespace %s belongs to Kubernetes: install the module in another one, with --namespace" .Release.Namespace) -}}
{{- end -}}
{{ include "tinysystems-operator.serviceAccount" . }}
---
{{ include "tinysystems-operator.role" . }}
---
{{ include "tinysystems-operator.roleBinding" . }}
---
{{ include "tinysystems-operator.service" . }}
---
{{ include "tinysystems-operator.networkPolicy" . }}
---
{{ include "tinysystems-operator.tls" . }}
---
{{ include "tinysystems-operator.deployment" . }}
---
{{ include "tinysystems-operator.podDisruptionBudget" . }}
---
{{ include "tinysystems-operator.preDelete" . }}
{{- end -}}
