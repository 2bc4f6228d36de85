{{- define "privaci.name" -}}
{{- if contains "privaci" .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-privaci" (.Release.Name | trunc 32 | trimSuffix "-") -}}
{{- end -}}
{{- end -}}

{{- define "privaci.selector" -}}
app.kubernetes.io/name: privaci
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end -}}

{{- define "privaci.labels" -}}
{{ include "privaci.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "privaci.serviceAccount" -}}
{{- .Values.serviceAccount.name | default (include "privaci.name" .) -}}
{{- end -}}

{{- define "privaci.configMap" -}}
{{- .Values.project.configMap | default (printf "%s-project" (include "privaci.name" .)) -}}
{{- end -}}

{{- define "privaci.proofsClaim" -}}
{{- .Values.proofs.existingClaim | default (printf "%s-proofs" (include "privaci.name" .)) -}}
{{- end -}}

{{- define "privaci.image" -}}
{{- $tag := .Values.image.tag | default .Chart.AppVersion -}}
{{- printf "%s%s%s" .Values.image.repository (ternary "@" ":" (hasPrefix "sha256:" $tag)) $tag | quote -}}
{{- end -}}

{{/* What every pod has: no root, no token of the cluster, the standard "restricted". */}}
{{- define "privaci.pod" -}}
serviceAccountName: {{ include "privaci.serviceAccount" . }}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  seccompProfile: {type: RuntimeDefault}
  {{- with .Values.securityContext }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with .Values.image.pullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end -}}

{{- define "privaci.podMetadata" -}}
labels:
  {{- include "privaci.labels" .root | nindent 2 }}
  app.kubernetes.io/component: {{ .component }}
  {{- with .root.Values.podLabels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
annotations:
  # New text of the policy or of the lock file starts the pod again.
  checksum/project: {{ .root.Values.project | toJson | sha256sum }}
  {{- with .root.Values.podAnnotations }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end -}}

{{- define "privaci.container" -}}
image: {{ include "privaci.image" . }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
{{- end -}}

{{- define "privaci.databases" -}}
{{- $secret := .Values.secrets.name -}}
- name: SOURCE_DB_URL
  valueFrom: {secretKeyRef: {name: {{ $secret }}, key: {{ .Values.secrets.sourceUrl }}}}
- name: TARGET_DB_URL
  valueFrom: {secretKeyRef: {name: {{ $secret }}, key: {{ .Values.secrets.targetUrl }}}}
- name: ANONYMIZATION_SALT
  valueFrom: {secretKeyRef: {name: {{ $secret }}, key: {{ .Values.secrets.salt }}}}
- name: PRIVACI_POLICY
  value: /project/mask-rules.yaml
- name: PRIVACI_PROOFS
  value: /proofs
- name: PRIVACI_CONNECTIONS
  value: {{ .Values.connections | quote }}
{{- with .Values.env }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "privaci.storage" -}}
- name: DAGSTER_POSTGRES_URL
  valueFrom: {secretKeyRef: {name: {{ .Values.storage.secret }}, key: {{ .Values.storage.key }}}}
- name: PRIVACI_CODE_HOST
  value: {{ include "privaci.name" . }}-code
- name: PRIVACI_CODE_PORT
  value: "4000"
{{- end -}}

{{- define "privaci.scratchMounts" -}}
- {name: tmp, mountPath: /tmp}
- {name: home, mountPath: /home/privaci}
{{- end -}}

{{- define "privaci.scratchVolumes" -}}
- name: tmp
  emptyDir: {sizeLimit: {{ .Values.scratch.size }}}
- name: home
  emptyDir: {sizeLimit: {{ .Values.scratch.size }}}
{{- end -}}

{{- define "privaci.projectMounts" -}}
- {name: project, mountPath: /project, readOnly: true}
- {name: proofs, mountPath: /proofs}
{{- end -}}

{{- define "privaci.projectVolumes" -}}
- name: project
  configMap: {name: {{ include "privaci.configMap" . }}}
- name: proofs
  {{- if .Values.proofs.enabled }}
  persistentVolumeClaim: {claimName: {{ include "privaci.proofsClaim" . }}}
  {{- else }}
  emptyDir: {}
  {{- end }}
{{- end -}}
