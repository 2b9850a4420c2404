{{/*
`helm uninstall` removes the module's TinyModule, which Helm did not make. It runs before the Deployment is deleted,
and once more after: until its pods stop, a module restores a TinyModule that somebody deletes.
*/}}
{{- define "tinysystems-operator.preDelete" -}}
{{- $name := include "tinysystems-operator.preDeleteName" . -}}
apiVersion: v1
kind: ServiceAccount
metadata: {{- include "tinysystems-operator.preDeleteMetadata" (dict "root" . "weight" "-1") | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {{- include "tinysystems-operator.preDeleteMetadata" (dict "root" . "weight" "-1") | nindent 2 }}
rules:
  - apiGroups: [operator.tinysystems.io]
    resources: [tinymodules]
    resourceNames: [{{ include "tinysystems-operator.moduleName" . | quote }}]
    verbs: [delete]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {{- include "tinysystems-operator.preDeleteMetadata" (dict "root" . "weight" "-1") | nindent 2 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: {{ $name | quote }}
subjects:
  - kind: ServiceAccount
    name: {{ $name | quote }}
    namespace: {{ .Release.Namespace | quote }}
---
apiVersion: batch/v1
kind: Job
metadata: {{- include "tinysystems-operator.preDeleteMetadata" (dict "root" . "weight" "0") | nindent 2 }}
spec:
  backoffLimit: 2
  activeDeadlineSeconds: 120
  template:
    metadata:
      labels: {{- include "tinysystems-operator.preDeleteLabels" . | nindent 8 }}
    spec:
      serviceAccountName: {{ $name | quote }}
      restartPolicy: Never
      {{- include "tinysystems-operator.podSpec" . | nindent 6 }}
      {{- with .Values.affinity }}
      affinity: {{- toYaml . | nindent 8 }}
      {{- end }}
      containers:
        - name: pre-delete
          {{- include "tinysystems-operator.container" . | nindent 10 }}
          args:
            - pre-delete
            - --name={{ include "tinysystems-operator.moduleName" . }}
            - --namespace={{ .Release.Namespace }}
{{- end -}}

{{- define "tinysystems-operator.preDeleteMetadata" -}}
name: {{ include "tinysystems-operator.preDeleteName" .root | quote }}
namespace: {{ .root.Release.Namespace | quote }}
labels: {{- include "tinysystems-operator.preDeleteLabels" .root | nindent 2 }}
annotations:
  helm.sh/hook: pre-delete,post-delete
  helm.sh/hook-weight: {{ .weight | quote }}
  helm.sh/hook-delete-policy: before-hook-creation,hook-succeeded
{{- end -}}
