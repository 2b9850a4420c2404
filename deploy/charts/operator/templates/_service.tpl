{{- define "tinysystems-operator.service" -}}
apiVersion: v1
kind: Service
metadata:
  {{- include "tinysystems-operator.metadata" . | nindent 2 }}
  {{- with .Values.service.annotations }}
  annotations: {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  type: {{ .Values.service.type }}
  selector: {{- include "tinysystems-operator.selectorLabels" . | nindent 4 }}
  ports:
    - { name: grpc, port: 8483, targetPort: grpc, protocol: TCP }
    - { name: metrics, port: 8080, targetPort: metrics, protocol: TCP }
    {{- range .Values.service.extraPorts }}
    - name: {{ .name }}
      port: {{ .port }}
      targetPort: {{ .targetPort | default .port }}
      protocol: {{ .protocol | default "TCP" }}
      {{- with .nodePort }}
      nodePort: {{ . }}
      {{- end }}
    {{- end }}
{{- end -}}

{{/* Lets a drain take one replica at a time. A single replica has none: it would block every drain. */}}
{{- define "tinysystems-operator.podDisruptionBudget" -}}
{{- if and (gt (int .Values.replicas) 1) (.Capabilities.APIVersions.Has "policy/v1") -}}
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {{- include "tinysystems-operator.metadata" . | nindent 2 }}
spec:
  maxUnavailable: 1
  selector:
    matchLabels: {{- include "tinysystems-operator.selectorLabels" . | nindent 6 }}
{{- end -}}
{{- end -}}

{{/* Only modules send messages. Ports that a Service publishes stay open to everybody. */}}
{{- define "tinysystems-operator.networkPolicy" -}}
{{- if .Values.networkPolicy.enabled -}}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {{- include "tinysystems-operator.metadata" . | nindent 2 }}
spec:
  podSelector:
    matchLabels: {{- include "tinysystems-operator.selectorLabels" . | nindent 6 }}
  policyTypes: [Ingress]
  ingress:
    - from:
        - podSelector:
            matchLabels: { app.kubernetes.io/part-of: tinysystems }
      ports:
        - { port: 8483, protocol: TCP }
    - ports:
        - { port: 8080, protocol: TCP }
        - { port: 8081, protocol: TCP }
        {{- range .Values.service.extraPorts }}
        - { port: {{ .targetPort | default .port }}, protocol: {{ .protocol | default "TCP" }} }
        {{- end }}
{{- end -}}
{{- end -}}
