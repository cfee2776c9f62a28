{{/* The scope table, when there is one. */}}
{{- define "sessionpool-operator.hasScopes" -}}
{{- if or (eq .Values.tenants.default "Deny") .Values.tenants.scopes }}true{{ end }}
{{- end }}

{{/* Whether a scope names namespaces by their labels. */}}
{{- define "sessionpool-operator.readsLabels" -}}
{{- range .Values.tenants.scopes }}{{ if .namespaceSelector }}true{{ end }}{{ end }}
{{- end }}

{{/* A Role or ClusterRole and its binding to the operator: kind, name, namespace (of a Role), rules, release. */}}
{{- define "sessionpool-operator.grant" -}}
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ .kind }}
metadata:
  name: {{ .name }}
  {{- with .namespace }}
  namespace: {{ . }}
  {{- end }}
rules:
  {{- toYaml .rules | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: {{ .kind }}Binding
metadata:
  name: {{ .name }}
  {{- with .namespace }}
  namespace: {{ . }}
  {{- end }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: {{ .kind }}
  name: {{ .name }}
subjects:
  - kind: ServiceAccount
    name: sessionpool-operator
    namespace: {{ .release.Namespace }}
{{- end }}
