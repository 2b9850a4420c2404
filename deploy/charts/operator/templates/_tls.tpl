{{/*
Mutual TLS between modules: from a Secret of yours (`tls.secretName`), from cert-manager (`tls.certManager`), else from
an authority that Helm makes once for the namespace. `tls.insecure` turns it off.
*/}}
{{- define "tinysystems-operator.tls" -}}
{{- $modes := list -}}
{{- if .Values.tls.secretName }}{{ $modes = append $modes "tls.secretName" }}{{ end -}}
{{- if .Values.tls.certManager.issuerRef.name }}{{ $modes = append $modes "tls.certManager.issuerRef.name" }}{{ end -}}
{{- if .Values.tls.insecure }}{{ $modes = append $modes "tls.insecure" }}{{ end -}}
{{- if gt (len $modes) 1 -}}
{{- fail (printf "%s exclude each other: set one of them, or none" (join " and " $modes)) -}}
{{- end -}}
{{- if .Values.tls.certManager.issuerRef.name -}}
{{ include "tinysystems-operator.certificate" . }}
{{- else if not $modes -}}
{{ include "tinysystems-operator.generatedCertificates" . }}
{{- end -}}
{{- end -}}

{{/* The Secret that the pods mount; empty: none. */}}
{{- define "tinysystems-operator.tlsSecretName" -}}
{{- if not .Values.tls.insecure -}}
{{ .Values.tls.secretName | default (printf "%s-tls" (include "tinysystems-operator.fullname" .)) }}
{{- end -}}
{{- end -}}

{{/* cert-manager keeps the Secret, and renews it. */}}
{{- define "tinysystems-operator.certificate" -}}
{{- $module := include "tinysystems-operator.moduleName" . -}}
apiVersion: cert-manager.io/v1
kind: Certificate
metadata:
  name: {{ include "tinysystems-operator.tlsSecretName" . | quote }}
  namespace: {{ .Release.Namespace | quote }}
  labels: {{- include "tinysystems-operator.labels" . | nindent 4 }}
spec:
  secretName: {{ include "tinysystems-operator.tlsSecretName" . | quote }}
  uris: ["spiffe://tinysystems/ns/{{ .Release.Namespace }}/module/{{ $module }}"]
  usages: [digital signature, server auth, client auth]
  privateKey: { algorithm: ECDSA, size: 256, rotationPolicy: Always }
  duration: {{ .Values.tls.certManager.duration }}
  renewBefore: {{ .Values.tls.certManager.renewBefore }}
  issuerRef: {{- toYaml .Values.tls.certManager.issuerRef | nindent 4 }}
{{- end -}}

{{/*
The authority belongs to the namespace: the first release makes it, no release removes it, all later ones find it.
Helm cannot put a URI into a certificate; the DNS name stands for it.
*/}}
{{- define "tinysystems-operator.generatedCertificates" -}}
{{- $namespace := .Release.Namespace -}}
{{- $module := include "tinysystems-operator.moduleName" . -}}
{{- $name := include "tinysystems-operator.tlsSecretName" . -}}
{{- $identity := printf "%s.%s.modules.tinysystems.internal" $module $namespace -}}
{{- if not (lookup "v1" "Secret" $namespace "") -}}
{{- fail (printf "without a cluster Helm cannot look up the authority of the modules in %s, and a new one each time would cut them off: set tls.certManager.issuerRef.name, tls.secretName, or tls.insecure=true" $namespace) -}}
{{- end -}}
{{- $known := lookup "v1" "Secret" $namespace "tinysystems-ca" -}}
{{- $authority := dict -}}
{{- if $known -}}
{{- $authority = buildCustomCert (index $known.data "tls.crt") (index $known.data "tls.key") -}}
{{- else -}}
{{- $authority = genCAWithKey "tinysystems-ca" 7300 (genPrivateKey "ecdsa") -}}
apiVersion: v1
kind: Secret
metadata:
  name: tinysystems-ca
  namespace: {{ $namespace | quote }}
  labels:
    app.kubernetes.io/part-of: tinysystems
  annotations:
    helm.sh/resource-policy: keep
type: kubernetes.io/tls
data:
  tls.crt: {{ b64enc $authority.Cert }}
  tls.key: {{ b64enc $authority.Key }}
---
{{ end -}}
{{- $own := lookup "v1" "Secret" $namespace $name | default dict -}}
{{- $data := $own.data | default dict -}}
{{- $notes := ($own.metadata | default dict).annotations | default dict -}}
{{- $renewAfter := index $notes "tinysystems.io/renew-after" | default "0" -}}
{{- if or (ne (index $data "ca.crt" | default "") (b64enc $authority.Cert)) (ne (index $notes "tinysystems.io/identity" | default "") $identity) (gt (now | unixEpoch | int64) ($renewAfter | int64)) -}}
{{- $certificate := genSignedCertWithKey $module nil (list $identity) 3650 $authority (genPrivateKey "ecdsa") -}}
{{- $data = dict "tls.crt" (b64enc $certificate.Cert) "tls.key" (b64enc $certificate.Key) "ca.crt" (b64enc $authority.Cert) -}}
{{- $renewAfter = add (now | unixEpoch) 31536000 | toString -}}
{{- end -}}
apiVersion: v1
kind: Secret
metadata:
  name: {{ $name | quote }}
  namespace: {{ $namespace | quote }}
  labels: {{- include "tinysystems-operator.labels" . | nindent 4 }}
  annotations:
    tinysystems.io/identity: {{ $identity | quote }}
    # `helm upgrade` makes another certificate after this moment, seconds since the epoch.
    tinysystems.io/renew-after: {{ $renewAfter | quote }}
type: kubernetes.io/tls
data: {{- toYaml $data | nindent 2 }}
{{- end -}}
