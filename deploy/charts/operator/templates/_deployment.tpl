{{- define "tinysystems-operator.deployment" -}}
apiVersion: apps/v1
kind: Deployment
metadata: {{- include "tinysystems-operator.metadata" . | nindent 2 }}
spec:
  replicas: {{ .Values.replicas }}
  strategy:
    type: RollingUpdate
    rollingUpdate:
      maxUnavailable: 0
      maxSurge: 1
  selector:
    matchLabels: {{- include "tinysystems-operator.selectorLabels" . | nindent 6 }}
  template:
    metadata:
      labels: {{- include "tinysystems-operator.labels" . | nindent 8 }}
      {{- with .Values.podAnnotations }}
      annotations: {{- toYaml . | nindent 8 }}
      {{- end }}
    spec:
      serviceAccountName: {{ include "tinysystems-operator.fullname" . | quote }}
      terminationGracePeriodSeconds: {{ .Values.terminationGracePeriodSeconds }}
      {{- include "tinysystems-operator.podSpec" . | nindent 6 }}
      {{- with include "tinysystems-operator.affinity" . }}
      affinity: {{- . | nindent 8 }}
      {{- end }}
      {{- with include "tinysystems-operator.tlsSecretName" . }}
      volumes:
        - name: certificates
          # 292 is 0444: the pods run as a user who does not own the files.
          secret: { secretName: {{ . | quote }}, defaultMode: 292 }
      {{- end }}
      containers:
        - name: manager
          {{- include "tinysystems-operator.container" . | nindent 10 }}
          args:
            - run
            - --name={{ include "tinysystems-operator.moduleName" . }}
            - --version={{ include "tinysystems-operator.moduleVersion" . }}
            - --namespace={{ .Release.Namespace }}
            - --metrics-bind-address=:8080
            - --health-probe-bind-address=:8081
            - --grpc-server-bind-address=:8483
            {{- if .Values.tls.insecure }}
            - --grpc-insecure
            {{- else }}
            - --grpc-certificates=/certificates
            {{- end }}
            - --log-level={{ .Values.logLevel }}
            {{- with .Values.extraArgs }}
            {{- toYaml . | nindent 12 }}
            {{- end }}
          env:
            - name: POD_NAME
              valueFrom: { fieldRef: { fieldPath: metadata.name } }
            - name: POD_NAMESPACE
              valueFrom: { fieldRef: { fieldPath: metadata.namespace } }
            # What this replica tells the others about where it is reached.
            - name: POD_IP
              valueFrom: { fieldRef: { fieldPath: status.podIP } }
            - name: SELF_SERVICE_HOST
              value: {{ include "tinysystems-operator.fullname" . }}.{{ .Release.Namespace }}:8483
            {{- with .Values.extraEnv }}
            {{- toYaml . | nindent 12 }}
            {{- end }}
          {{- if not .Values.tls.insecure }}
          volumeMounts:
            - { name: certificates, mountPath: /certificates, readOnly: true }
          {{- end }}
          ports:
            - { name: grpc, containerPort: 8483, protocol: TCP }
            - { name: metrics, containerPort: 8080, protocol: TCP }
            - { name: health, containerPort: 8081, protocol: TCP }
          livenessProbe:
            httpGet: { path: /healthz, port: 8081 }
            initialDelaySeconds: 15
            periodSeconds: 20
          readinessProbe:
            httpGet: { path: /readyz, port: 8081 }
            initialDelaySeconds: 5
            periodSeconds: 10
{{- end -}}

{{/* What the module's pods and the pre-delete pod have in common. */}}
{{- define "tinysystems-operator.podSpec" -}}
# Links would give each Service of the namespace a dozen environment variables.
enableServiceLinks: false
{{- with .Values.imagePullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
securityContext: {{- toYaml .Values.podSecurityContext | nindent 2 }}
{{- with .Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "tinysystems-operator.container" -}}
image: {{ include "tinysystems-operator.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext: {{- toYaml .Values.securityContext | nindent 2 }}
resources: {{- toYaml .Values.resources | nindent 2 }}
{{- end -}}

{{/* `affinity`, completed with `podAntiAffinity` unless it holds its own. */}}
{{- define "tinysystems-operator.affinity" -}}
{{- $affinity := deepCopy .Values.affinity -}}
{{- $term := dict "topologyKey" "kubernetes.io/hostname" "labelSelector" (dict "matchLabels" (include "tinysystems-operator.selectorLabels" . | fromYaml)) -}}
{{- if eq .Values.podAntiAffinity "required" -}}
{{- $affinity = merge $affinity (dict "podAntiAffinity" (dict "requiredDuringSchedulingIgnoredDuringExecution" (list $term))) -}}
{{- else if eq .Values.podAntiAffinity "preferred" -}}
{{- $affinity = merge $affinity (dict "podAntiAffinity" (dict "preferredDuringSchedulingIgnoredDuringExecution" (list (dict "weight" 100 "podAffinityTerm" $term)))) -}}
{{- end -}}
{{- with $affinity }}{{ toYaml . }}{{ end -}}
{{- end -}}
