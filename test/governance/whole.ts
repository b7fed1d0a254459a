/** The files that a deployment may leave out, each with one of everything; `edited` of support knows the others. */
import { governanceFiles } from '../support/governance.ts';

export const WHOLE: Record<string, string> = {
  'deployment.yml': `${governanceFiles().get('deployment.yml') ?? ''}population_permissions: [include_opted_out_pupils]
component_permissions: [event_level_data]
`,
  'orgs.yml': `- {id: riverside-university, name: Riverside University, logo: 'https://riverside.example.edu/logo.svg', members_label: Riverside people}
- {id: hilltop-college, name: Hilltop College}
`,
  'alerts.yml': `- id: maintenance
  level: warning
  title: The warehouse is closed for a day
  text: Jobs wait until it is **back**.
  scope: {backends: [attainment], projects: [ns-2026-014]}
  from: 2026-12-01T18:00Z
  until: 2026-12-02
- {id: welcome, level: info, title: Welcome, text: Good to see you., from: 2026-01-01, until: 2026-12-31T12:00:00Z}
`,
  'forms/application.yml': `- id: project
  title: The project
  help: What you want to find out.
  fields:
    - {id: title, kind: text, required: true, max: 200}
    - {id: project_type, kind: choice, label: Kind of project, options: [research, service_evaluation, audit], required: true}
    - {id: commercial, kind: yes_no}
    - {id: company, kind: text, show_if: {commercial: true}}
    - id: researchers
      kind: group
      max: 20
      fields:
        - {id: name, kind: text, required: true}
        - {id: zone_access, kind: yes_no}
        - {id: phone, kind: phone, private: true, show_if: {zone_access: true}}
- id: sponsor
  title: Sponsor
  show_if: {any: [{project_type: service_evaluation}, {project_type: audit}]}
  fields:
    - {id: sponsor_name, kind: text, required: true}
    - {id: sponsor_email, kind: email, required: true, private: true, show_if: {all: [{commercial: false}, {title: x}]}}
`,
  'permissions/populations.yml': `include_opted_out_pupils:
  steward_team: sp-data-stewards
  ask: https://research.example.edu/permissions/opted-out
  grants:
    - {project: ns-2026-014, from: 2026-03-01, until: 2027-02-28, reason: Approved, ref: GOV-140}
`,
  'permissions/components.yml': `event_level_data:
  steward_team: sp-data-stewards
  ask: https://research.example.edu/permissions/events
`,
};
