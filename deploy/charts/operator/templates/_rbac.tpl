{{- define "tinysystems-operator.serviceAccount" -}}
apiVersion: v1
kind: ServiceAccount
metadata:
  {{- include "tinysystems-operator.metadata" . | nindent 2 }}
  {{- with .Values.serviceAccount.annotations }}
  annotations: {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}

{{/* All rights end at the namespace: two releases in two namespaces have nothing in common. */}}
{{- define "tinysystems-operator.role" -}}
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {{- include "tinysystems-operator.metadata" . | nindent 2 }}
rules:
  # Runs its nodes, publishes itself, answers signals, follows flows.
  - apiGroups: [operator.tinysystems.io]
    resources: [tinynodes, tinymodules, tinysignals, tinyflows]
    verbs: [get, list, watch, create, update, patch, delete]
  # Adds up projects, and deletes a tracker whose time is over. Only people create these.
  - apiGroups: [operator.tinysystems.io]
    resources: [tinyprojects, tinytrackers]
    verbs: [get, list, watch, update, patch, delete]
  - apiGroups: [operator.tinysystems.io]
    resources:
      - tinynodes/status
      - tinymodules/status
      - tinysignals/status
      - tinyflows/status
      - tinyprojects/status
      - tinytrackers/status
    verbs: [get, update, patch]
  # Elects a leader. It watches the lease instead of polling it.
  - apiGroups: [coordination.k8s.io]
    resources: [leases]
    verbs: [get, list, watch, create, update, patch]
  # Reports what a user should see in `kubectl describe`; a repeated event is patched.
  - apiGroups: ["", events.k8s.io]
    resources: [events]
    verbs: [create, patch]
  # Looks at its own pod.
  - apiGroups: [""]
    resources: [pods]
    verbs: [get]
  {{- if .Values.rbac.manageServices }}
  # Publishes the ports of HTTP servers.
  - apiGroups: [""]
    resources: [services]
    verbs: [get, list, create, update, patch]
  - apiGroups: [networking.k8s.io]
    resources: [ingresses]
    verbs: [get, list, create, update, patch]
  {{- end }}
  {{- with .Values.rbac.secretNames }}
  # Reads the Secrets that settings refer to, one by one, and sees them change.
  - apiGroups: [""]
    resources: [secrets]
    resourceNames: {{- toYaml . | nindent 6 }}
    verbs: [list, watch]
  {{- end }}
  {{- with .Values.rbac.extraRules }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end -}}

{{- define "tinysystems-operator.roleBinding" -}}
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {{- include "tinysystems-operator.metadata" . | nindent 2 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: {{ include "tinysystems-operator.fullname" . | quote }}
subjects:
  - kind: ServiceAccount
    name: {{ include "tinysystems-operator.fullname" . | quote }}
    namespace: {{ .Release.Namespace | quote }}
{{- end -}}
