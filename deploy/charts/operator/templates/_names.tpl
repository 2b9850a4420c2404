{{/* Name of the chart, the same for all releases of it. */}}
{{- define "tinysystems-operator.name" -}}
{{- .Values.nameOverride | default .Chart.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{/* Name of everything a release makes. 50 characters leave room for a suffix within the 63 of a DNS label. */}}
{{- define "tinysystems-operator.fullname" -}}
{{- $name := include "tinysystems-operator.name" . -}}
{{- $full := contains $name .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name $name) -}}
{{- .Values.fullnameOverride | default $full | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{- define "tinysystems-operator.preDeleteName" -}}
{{ include "tinysystems-operator.fullname" . }}-pre-delete
{{- end -}}

{{/* `--name`: what nodes call this module. */}}
{{- define "tinysystems-operator.moduleName" -}}
{{- .Values.module.name | default .Chart.Name -}}
{{- end -}}

{{- define "tinysystems-operator.moduleVersion" -}}
{{- .Values.module.version | default .Chart.AppVersion -}}
{{- end -}}

{{- define "tinysystems-operator.image" -}}
{{- $image := .Values.image -}}
{{- $repository := required "image.repository is empty: set it to where the module's image is, without the tag" $image.repository -}}
{{- if $image.digest -}}
{{ $repository }}@{{ $image.digest }}
{{- else -}}
{{ $repository }}:{{ $image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end -}}

{{/* What a selector matches; never changes during the life of a release. */}}
{{- define "tinysystems-operator.selectorLabels" -}}
app.kubernetes.io/name: {{ include "tinysystems-operator.name" . | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
app.kubernetes.io/component: manager
{{- end -}}

{{- define "tinysystems-operator.labels" -}}
{{ include "tinysystems-operator.selectorLabels" . }}
{{ include "tinysystems-operator.releaseLabels" . }}
{{- end -}}

{{/* Labels of the pre-delete hook: another component, so that the Service never sends it a message. */}}
{{- define "tinysystems-operator.preDeleteLabels" -}}
app.kubernetes.io/name: {{ include "tinysystems-operator.name" . | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
app.kubernetes.io/component: pre-delete
{{ include "tinysystems-operator.releaseLabels" . }}
{{- end -}}

{{- define "tinysystems-operator.releaseLabels" -}}
app.kubernetes.io/version: {{ include "tinysystems-operator.moduleVersion" . | quote }}
app.kubernetes.io/part-of: tinysystems
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end -}}

{{- define "tinysystems-operator.metadata" -}}
name: {{ include "tinysystems-operator.fullname" . | quote }}
namespace: {{ .Release.Namespace | quote }}
labels: {{- include "tinysystems-operator.labels" . | nindent 2 }}
{{- end -}}
