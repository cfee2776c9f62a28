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

{{/*
The flags of an operator, in their order: value (empty: the flag is left out), and from, which value of the chart it is (none: the chart sets it by itself).
root, name and shard (empty for the first operator).
*/}}
{{- define "sessionpool-operator.flags" -}}
{{- $values := .root.Values }}
- {flag: drift-interval, from: driftInterval, value: {{ $values.driftInterval | quote }}}
- {flag: concurrency, from: concurrency, value: {{ int $values.concurrency | quote }}}
- {flag: arm-budget-share, from: armBudgetShare, value: {{ int (.shard.armBudgetShare | default $values.armBudgetShare) | quote }}}
- {flag: max-in-flight-writes, from: maxInFlightWrites, value: {{ int $values.maxInFlightWrites | quote }}}
- {flag: max-drift-corrections, from: maxDriftCorrections, value: {{ int $values.maxDriftCorrections | quote }}}
- {flag: log-level, from: logLevel, value: {{ $values.logLevel | quote }}}
- {flag: health-port, value: "8081"}
- {flag: metrics-port, value: "8080"}
- {flag: secret-access, from: secretWatch, value: {{ ternary "watch" "get" $values.secretWatch }}}
- {flag: leader-elect, value: "true"}
- {flag: lease-name, value: {{ .name | quote }}}
- {flag: watch-label-selector, from: watchLabelSelector, value: {{ .shard.watchLabelSelector | default $values.watchLabelSelector | quote }}}
- {flag: namespaces, from: watchNamespaces, value: {{ join "," $values.watchNamespaces | quote }}}
- {flag: cluster-id, from: clusterId, value: {{ $values.clusterId | quote }}}
- {flag: scopes-file, from: tenants, value: {{ ternary "/etc/sessionpool-operator/scopes.yaml" "" (not (not (include "sessionpool-operator.hasScopes" .root))) | quote }}}
- {flag: metrics-auth, from: metrics.auth, value: {{ ternary "token" "" (eq $values.metrics.auth "token") | quote }}}
{{- $tls := not (not $values.metrics.tlsSecret) }}
- {flag: metrics-tls-cert-file, from: metrics.tlsSecret, value: {{ ternary "/etc/sessionpool-operator-metrics/tls.crt" "" $tls | quote }}}
- {flag: metrics-tls-key-file, from: metrics.tlsSecret, value: {{ ternary "/etc/sessionpool-operator-metrics/tls.key" "" $tls | quote }}}
{{- end }}

{{/* The variables that the chart sets itself. */}}
{{- define "sessionpool-operator.env" -}}
# Subscription of resources that name none; empty: it is demanded of each.
- name: AZURE_SUBSCRIPTION_ID
  value: {{ .Values.azure.subscriptionId | quote }}
- name: POD_NAME
  valueFrom:
    fieldRef:
      fieldPath: metadata.name
# Where the Secret with the key of the hashes is kept, and the Lease.
- name: POD_NAMESPACE
  valueFrom:
    fieldRef:
      fieldPath: metadata.namespace
{{- end }}
