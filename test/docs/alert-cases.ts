/** For each alert, series as Prometheus would have them, and minutes after which it fires or must not have fired. */
export interface Case {
  /** Series → values in promtool's notation: `0x10` is eleven zeros, `0+3x10` rises by three, `_` is no sample. */
  series: Readonly<Record<string, string>>;
  /** Minutes. */
  at: number;
}

export interface Cases {
  /** Of the alert that fires, beside those that the rule gives it. */
  labels?: Readonly<Record<string, string>>;
  fires: readonly Case[];
  quiet: readonly Case[];
}

const HOUR = 60;

/** A value that stands. */
const stands = (name: string, value: number, at: number, more: Record<string, string> = {}): Case => ({
  series: { [name]: `${value}x${at}`, ...more },
  at,
});

/** An age above its line; just below; and one that was never known, long and shortly after the start. */
function old(role: string, seconds: number, forMinutes = 0): Cases {
  const age = `sallyport_${role}_governance_age_seconds`;
  const started = `sallyport_${role}_started_seconds`;
  const minutes = seconds / 60;
  return {
    fires: [
      stands(age, seconds + 1, forMinutes + 1, { [started]: `0x${forMinutes + 1}` }),
      stands(started, 0, minutes + forMinutes + 1),
    ],
    quiet: [
      stands(age, seconds - 1, minutes * 2, { [started]: `0x${minutes * 2}` }),
      stands(started, 0, minutes - 1),
    ],
  };
}

const level = (role: string, which: string): Cases => {
  const name = `sallyport_${role}_disk_level{level="${which}"}`;
  return { labels: { level: which }, fires: [stands(name, 1, 1)], quiet: [stands(name, 0, HOUR)] };
};

/** Polls as they are counted: so many each minute. */
const polls = (role: string, failed: number, answered: number, at: number): Case => ({
  series: {
    [`sallyport_${role}_polls_total{result="failed"}`]: `0+${failed}x${at}`,
    [`sallyport_${role}_polls_total{result="answered"}`]: `7+${answered}x${at}`,
  },
  at,
});
const hubAway = (role: string): Cases => ({
  labels: { result: 'failed' },
  fires: [polls(role, 2, 0, 20)],
  quiet: [polls(role, 2, 1, 20), polls(role, 0, 0, 20), polls(role, 0, 2, 20)],
});

const requests = (door: string, result: string): string =>
  `sallyport_hub_http_requests_total{door="${door}",result="${result}"}`;
const calls = (role: string, result: string): string =>
  `sallyport_${role}_github_calls_total{result="${result}"}`;
const carried = (result: string, rule = 'git-fetch'): string =>
  `sallyport_proxy_requests_total{job="sallyport-proxy",instance="a",rule="${rule}",result="${result}"}`;
const refused = (code: string): string =>
  `sallyport_proxy_refused_total{job="sallyport-proxy",instance="a",code="${code}"}`;
const cutOff = (upstream: string): string =>
  `sallyport_proxy_upstream_failed_total{job="sallyport-proxy",instance="a",upstream="${upstream}"}`;
/** Answers of GitHub that had begun within so many seconds. */
const begun = (within: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(within).map(([le, values]) => [
      `sallyport_proxy_upstream_seconds_bucket{job="sallyport-proxy",instance="a",upstream="github",le="${le}"}`,
      values,
    ]),
  );
const GAVE_WAY = 'sallyport_proxy_store_evictions_total{job="sallyport-proxy",instance="a"}';
const PROXY = { job: 'sallyport-proxy', instance: 'a' };

const ENTRIES = {
  sallyport_hub_ledger_entries: '12x60',
  sallyport_hub_ledger_signed_entries: '10x60',
  sallyport_hub_started_seconds: '0x60',
};

export const CASES: Readonly<Record<string, Cases>> = {
  SallyportGone: {
    labels: { job: 'sallyport-agent', instance: 'a' },
    fires: [stands('up{job="sallyport-agent",instance="a"}', 0, 2)],
    quiet: [
      stands('up{job="sallyport-agent",instance="a"}', 0, 1),
      stands('up{job="sallyport-agent",instance="a"}', 1, HOUR),
      stands('up{job="another",instance="a"}', 0, HOUR),
    ],
  },
  HubDatabaseAway: {
    fires: [stands('sallyport_hub_database_up', 0, 1)],
    quiet: [
      { series: { sallyport_hub_database_up: '0 1x5' }, at: 1 },
      stands('sallyport_hub_database_up', 1, HOUR),
    ],
  },
  HubDatabaseBusy: {
    labels: { state: 'waiting' },
    fires: [stands('sallyport_hub_database_connections{state="waiting"}', 1, 5)],
    quiet: [
      stands('sallyport_hub_database_connections{state="waiting"}', 3, 4),
      stands('sallyport_hub_database_connections{state="open"}', 10, HOUR),
    ],
  },
  HubSlow: {
    fires: [stands('sallyport_hub_nodejs_eventloop_lag_p99_seconds', 0.6, 10)],
    quiet: [
      stands('sallyport_hub_nodejs_eventloop_lag_p99_seconds', 0.6, 9),
      stands('sallyport_hub_nodejs_eventloop_lag_p99_seconds', 0.4, HOUR),
    ],
  },
  HubFails: {
    fires: [{ series: { [requests('pages', 'failed')]: '0+6x30' }, at: 25 }],
    quiet: [
      { series: { [requests('pages', 'failed')]: '0+2x60' }, at: HOUR },
      { series: { [requests('pages', 'refused')]: '0+60x60' }, at: HOUR },
    ],
  },
  HubGovernanceOld: old('hub', 900, 1),
  WebhooksWait: {
    fires: [stands('sallyport_hub_inbox_oldest_seconds', 301, 5)],
    quiet: [
      stands('sallyport_hub_inbox_oldest_seconds', 301, 4),
      stands('sallyport_hub_inbox_oldest_seconds', 299, HOUR),
    ],
  },
  WebhooksParked: {
    fires: [stands('sallyport_hub_inbox_parked_newest_seconds', 10, 1)],
    // Where none was ever parked the metric is absent.
    quiet: [
      stands('sallyport_hub_inbox_parked_newest_seconds', 3601, 1),
      stands('sallyport_hub_inbox_waiting', 0, 1),
    ],
  },
  WebhooksRefused: {
    fires: [{ series: { [requests('webhooks', 'refused')]: '0+1x20' }, at: 20 }],
    quiet: [
      { series: { [requests('webhooks', 'refused')]: '0x10 5x20' }, at: 20 },
      { series: { [requests('pages', 'refused')]: '0+50x20' }, at: 20 },
    ],
  },
  GitHubNotShown: {
    fires: [stands('sallyport_hub_outbox_oldest_seconds', 901, 5)],
    quiet: [
      stands('sallyport_hub_outbox_oldest_seconds', 901, 4),
      stands('sallyport_hub_outbox_oldest_seconds', 899, HOUR),
    ],
  },
  GitHubNotShownParked: {
    fires: [stands('sallyport_hub_outbox_parked', 1, 1)],
    quiet: [stands('sallyport_hub_outbox_parked', 0, HOUR)],
  },
  GitHubCallsFail: {
    fires: [
      { series: { [calls('hub', 'failed')]: '0+2x30', [calls('hub', 'ok')]: '0+10x30' }, at: 25 },
      { series: { [calls('hub', 'no-answer')]: '0+1x30', [calls('hub', 'ok')]: '0x30' }, at: 25 },
    ],
    quiet: [
      { series: { [calls('hub', 'failed')]: '0+1x30', [calls('hub', 'ok')]: '0+12x30' }, at: 25 },
      // Nobody calls: nothing divided by nothing.
      { series: { [calls('hub', 'failed')]: '3x30', [calls('hub', 'ok')]: '9x30' }, at: 25 },
    ],
  },
  GitHubRateLow: {
    labels: { resource: 'core' },
    fires: [stands('sallyport_hub_github_rate_remaining{resource="core"}', 499, 1)],
    quiet: [
      stands('sallyport_hub_github_rate_remaining{resource="core"}', 500, HOUR),
      stands('sallyport_hub_github_rate_remaining{resource="search"}', 9, HOUR),
    ],
  },
  JobsWait: {
    labels: { backend: 'a' },
    fires: [stands('sallyport_hub_job_oldest_ready_seconds{backend="a"}', 7201, 1)],
    quiet: [stands('sallyport_hub_job_oldest_ready_seconds{backend="a"}', 7199, HOUR)],
  },
  AgentSilent: {
    labels: { backend: 'a', agent: 'one' },
    fires: [stands('sallyport_hub_agent_contact_seconds{backend="a",agent="one"}', 301, 1)],
    quiet: [stands('sallyport_hub_agent_contact_seconds{backend="a",agent="one"}', 299, HOUR)],
  },
  AgentNotReady: {
    labels: { backend: 'a', agent: 'one' },
    fires: [stands('sallyport_hub_agent_ready{backend="a",agent="one"}', 0, 10)],
    quiet: [
      stands('sallyport_hub_agent_ready{backend="a",agent="one"}', 0, 9),
      stands('sallyport_hub_agent_ready{backend="a",agent="one"}', 1, HOUR),
    ],
  },
  LedgerNotNumbered: {
    fires: [stands('sallyport_hub_ledger_unnumbered', 1, 10)],
    quiet: [
      stands('sallyport_hub_ledger_unnumbered', 1, 9),
      { series: { sallyport_hub_ledger_unnumbered: '5 0 5x9' }, at: 11 },
    ],
  },
  CheckpointOld: {
    fires: [
      { series: { ...ENTRIES, sallyport_hub_ledger_checkpoint_seconds: '601x60' }, at: 1 },
      // None was ever signed.
      { series: { ...ENTRIES, sallyport_hub_ledger_signed_entries: '0x60' }, at: 11 },
    ],
    quiet: [
      { series: { ...ENTRIES, sallyport_hub_ledger_checkpoint_seconds: '599x60' }, at: 60 },
      {
        series: {
          ...ENTRIES,
          sallyport_hub_ledger_signed_entries: '12x60',
          sallyport_hub_ledger_checkpoint_seconds: '9999x60',
        },
        at: 60,
      },
      { series: { ...ENTRIES, sallyport_hub_ledger_signed_entries: '0x60' }, at: 9 },
    ],
  },
  StewardHubAway: hubAway('steward'),
  StewardFails: {
    labels: { kind: 'task', result: 'failed' },
    fires: [{ series: { 'sallyport_steward_work_total{kind="task",result="failed"}': '0 1x40' }, at: 20 }],
    quiet: [
      { series: { 'sallyport_steward_work_total{kind="task",result="failed"}': '0 1x40' }, at: 10 },
      { series: { 'sallyport_steward_work_total{kind="task",result="failed"}': '4x60' }, at: HOUR },
      { series: { 'sallyport_steward_work_total{kind="task",result="told"}': '0+5x60' }, at: HOUR },
    ],
  },
  StewardCallsFail: {
    fires: [{ series: { [calls('steward', 'failed')]: '0+2x60' }, at: 40 }],
    quiet: [
      { series: { [calls('steward', 'failed')]: '0+1x60' }, at: HOUR },
      { series: { [calls('steward', 'refused')]: '0+9x60' }, at: HOUR },
    ],
  },
  StewardRests: {
    fires: [stands('sallyport_steward_github_rest_seconds', 5, 30)],
    quiet: [
      stands('sallyport_steward_github_rest_seconds', 5, 29),
      stands('sallyport_steward_github_rest_seconds', 0, HOUR),
    ],
  },
  StewardGovernanceOld: old('steward', 7200),
  ProxyGovernanceOld: old('proxy', 900),
  ProxyRefuses: {
    labels: PROXY,
    fires: [{ series: { [carried('refused')]: '0+3x20', [carried('refused', 'none')]: '0+2x20' }, at: 20 }],
    quiet: [
      { series: { [carried('refused')]: '0+3x20', [carried('passed')]: '0+90x20' }, at: 20 },
      { series: { [carried('refused')]: '500x60' }, at: HOUR },
    ],
  },
  ProxyUpstreamFails: {
    labels: PROXY,
    fires: [
      'github-away',
      'github-limit',
      'registry-away',
      'registry-limit',
      'registry-denied',
      'archive-away',
    ].map((code) => ({ series: { [refused(`proxy.${code}`)]: '0+1x20' }, at: 15 })),
    quiet: [
      { series: { [refused('proxy.github-away')]: '0 0 1x20' }, at: 15 },
      { series: { [refused('proxy.not-allowed')]: '0+9x20' }, at: 15 },
      { series: { [refused('proxy.registry-redirect')]: '0+9x20' }, at: 15 },
    ],
  },
  ProxyFaults: {
    labels: PROXY,
    fires: [{ series: { [refused('proxy.fault')]: '0+1x20' }, at: 15 }],
    quiet: [
      { series: { [refused('proxy.fault')]: '0 0 1x20' }, at: 15 },
      { series: { [refused('proxy.github-away')]: '0+9x20' }, at: 15 },
    ],
  },
  ProxyBreaksOff: {
    labels: PROXY,
    fires: [{ series: { [carried('broken')]: '0+2x30', [carried('passed')]: '0+9x30' }, at: 25 }],
    quiet: [
      { series: { [carried('broken')]: '0+1x30', [carried('passed')]: '0+12x30' }, at: 25 },
      { series: { [carried('broken')]: '0+2x30', [carried('passed')]: '0+9x30' }, at: 9 },
    ],
  },
  ProxyUpstreamCut: {
    labels: { ...PROXY, upstream: 'registry' },
    fires: [{ series: { [cutOff('registry')]: '0+1x30' }, at: 25 }],
    quiet: [
      { series: { [cutOff('registry')]: '0 0 3x30' }, at: 10 },
      { series: { [cutOff('registry')]: '99x60' }, at: HOUR },
    ],
  },
  ProxyUpstreamSlow: {
    labels: { ...PROXY, upstream: 'github' },
    fires: [{ series: begun({ '10': '0x40', '30': '0+2x40', '+Inf': '0+2x40' }), at: 35 }],
    quiet: [
      { series: begun({ '10': '0x40', '30': '0+2x40', '+Inf': '0+2x40' }), at: 14 },
      { series: begun({ '10': '0+2x60', '30': '0+2x60', '+Inf': '0+2x60' }), at: HOUR },
      { series: begun({ '10': '7x60', '30': '9x60', '+Inf': '9x60' }), at: HOUR },
    ],
  },
  ProxyStoreTooSmall: {
    labels: PROXY,
    fires: [{ series: { [GAVE_WAY]: '0+2x90' }, at: 90 }],
    quiet: [
      { series: { [GAVE_WAY]: '0+1x60' }, at: HOUR },
      { series: { [GAVE_WAY]: '500x60' }, at: HOUR },
    ],
  },
  ProxyHandshakesFail: {
    fires: [{ series: { sallyport_proxy_handshakes_failed_total: '0+1x20' }, at: 20 }],
    quiet: [
      { series: { sallyport_proxy_handshakes_failed_total: '0x10 5x20' }, at: 20 },
      { series: { sallyport_proxy_handshakes_failed_total: '99x60' }, at: HOUR },
    ],
  },
  EngineDown: {
    fires: [stands('sallyport_agent_engine_up', 0, 5)],
    quiet: [stands('sallyport_agent_engine_up', 0, 4), stands('sallyport_agent_engine_up', 1, HOUR)],
  },
  AgentHubAway: hubAway('agent'),
  AgentUpdatesWait: {
    fires: [stands('sallyport_agent_updates_waiting', 1, 15)],
    quiet: [
      stands('sallyport_agent_updates_waiting', 1, 14),
      stands('sallyport_agent_updates_waiting', 0, HOUR),
    ],
  },
  AgentGovernanceOld: old('agent', 1800),
  AgentDiskAmber: level('agent', 'amber'),
  AgentDiskRed: level('agent', 'red'),
  AirlockHubAway: {
    fires: [stands('sallyport_airlock_hub_reached', 0, 10)],
    quiet: [stands('sallyport_airlock_hub_reached', 0, 9), stands('sallyport_airlock_hub_reached', 1, HOUR)],
  },
  AirlockNewsWait: {
    fires: [stands('sallyport_airlock_news_oldest_seconds', 901, 1)],
    quiet: [stands('sallyport_airlock_news_oldest_seconds', 899, HOUR)],
  },
  UploadsFailed: {
    labels: { state: 'failed' },
    fires: [stands('sallyport_airlock_uploads{state="failed"}', 1, 1)],
    quiet: [
      stands('sallyport_airlock_uploads{state="failed"}', 0, HOUR),
      stands('sallyport_airlock_uploads{state="waiting"}', 9, HOUR),
    ],
  },
  ScannerDown: {
    fires: [stands('sallyport_airlock_scanner_up', 0, 5)],
    quiet: [
      stands('sallyport_airlock_scanner_up', 0, 4),
      stands('sallyport_airlock_scanner_up', 1, HOUR),
      // There is none.
      stands('sallyport_airlock_hub_reached', 1, HOUR),
    ],
  },
  ChecksWait: {
    fires: [stands('sallyport_airlock_checks_waiting', 1, 40)],
    quiet: [{ series: { sallyport_airlock_checks_waiting: '1x20 0 1x20' }, at: 40 }],
  },
  AirlockGovernanceOld: old('airlock', 1800),
  AirlockDiskAmber: level('airlock', 'amber'),
  AirlockDiskRed: level('airlock', 'red'),
};
